/** A version of a representation (RFC 9110, section 8.8.3). */
export interface EntityTag {
  /** With its quotes: `"v3"`. */
  opaque: string;
  /** `W/"v3"`: equal in meaning, but perhaps not in every byte. */
  isWeak: boolean;
}

/** What If-Match or If-None-Match lists; `*` stands for whatever there is. */
export type EntityTags = '*' | readonly EntityTag[];

/** Visible characters but the quote, and what Node reads of bytes above ASCII. A comma or a backslash is nothing special. */
const ENTITY_TAG = /(W\/)?("[!\x23-\x7e\x80-\xff]*")/.source;
/** Elements of a list may be empty (section 5.6.1.2). */
const LIST = new RegExp(`^[ \\t,]*(?:${ENTITY_TAG}[ \\t]*(?:,[ \\t,]*|$))*$`);

/** Undefined if the field is malformed. */
export const readEntityTags = (field: string): EntityTags | undefined => {
  if (field.trim() === '*') return '*';
  if (!LIST.test(field)) return undefined;
  return [...field.matchAll(new RegExp(ENTITY_TAG, 'g'))].map(([, weak, opaque]) => ({
    opaque: opaque!,
    isWeak: weak !== undefined,
  }));
};

/** The comparison for changes (section 8.8.3.2): two weak tags are never the same. */
export const isListedStrongly = (etag: string, tags: EntityTags): boolean =>
  tags === '*' || (!etag.startsWith('W/') && tags.some(({ opaque, isWeak }) => !isWeak && opaque === etag));

/** The comparison for what is cached: tags are the same whether or not they are weak. */
export const isListedWeakly = (etag: string, tags: EntityTags): boolean =>
  tags === '*' || tags.some(({ opaque }) => opaque === etag.replace(/^W\//, ''));
