import { invalidInput } from '../../errors.ts';

/** RFC 3986: segments of characters that need no escape, none of them `.` or `..`. */
const PLAIN = /^(?:\/(?!\.{1,2}(?:\/|$))[\w\-.~!$&'()*+,;=:@]*)+$/;
/** What a path may consist of. */
const PATH = /^\/[\w\-.~!$&'()*+,;=:@/%]*$/;
/** Browsers write more into a query than its grammar allows: `|`, `{`, `[` … */
const QUERY = /^[!-~]*$/;

/** The path of a request, in the one spelling that all equivalent ones have. */
export interface Target {
  path: string;
  /** The path and the query as they should have been, if they were spelled otherwise. */
  canonical?: string;
}

/**
 * Reads the target of a request. URIs that RFC 3986 calls equivalent (section 6.2.2: needless escapes, escapes in small letters,
 * dot segments) have one path. Throws INVALID_ARGUMENT for what is no URI, or not in UTF-8.
 */
export const readTarget = (url: string): Target => {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? '' : url.slice(mark);
  if (!QUERY.test(query)) throw malformed('isUri', 'the query has a character that must be percent-encoded');
  if (PLAIN.test(path)) return { path };
  if (!PATH.test(path)) throw malformed('isUri', 'the path has a character that must be percent-encoded');
  const normal = withoutDots(normalised(path));
  return normal === path ? { path } : { path: normal, canonical: normal + query };
};

/** `http://host/path` (RFC 9112, section 3.2.2) as its host and the rest, which a proxy would have sent. */
export const readAbsolute = (url: string): { host: string; url: string } | undefined => {
  const [, host, rest] = /^https?:\/\/([^/?#@]+)(.*)$/i.exec(url) ?? [];
  return host === undefined ? undefined : { host, url: rest!.startsWith('/') ? rest! : `/${rest}` };
};

const UNRESERVED = /[\w\-.~]/;

const normalised = (path: string): string => {
  if (/%(?![\da-f]{2})/i.test(path)) throw malformed('isPercentEncoded', 'the path has a % that begins no escape');
  try {
    decodeURIComponent(path);
  } catch {
    throw malformed('isUtf8', 'the path is not UTF-8');
  }
  return path.replace(/%([\da-f]{2})/gi, (escape, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : escape.toUpperCase();
  });
};

/** RFC 3986, section 5.2.4. */
const withoutDots = (path: string): string => {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment === '..') kept.pop();
    if (segment !== '.' && segment !== '..') kept.push(segment);
    else if (isLast) kept.push('');
  }
  return `/${kept.join('/')}`;
};

const malformed = (rule: string, message: string) => invalidInput([{ path: '', rule, message }]);
