import { h } from './html.js';

/** A problem document (RFC 9457), or that there was no answer at all: then its status is 0. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {{ title?: string, detail?: string, reason?: string, traceId?: string, metadata?: Record<string, string>,
   *   violations?: { path: string, message: string }[] }} [document]
   * @param {number} [retryAfter] seconds
   */
  constructor(status, document = {}, retryAfter) {
    super(document.detail ?? document.title ?? `HTTP ${status}`);
    this.status = status;
    this.document = document;
    this.retryAfter = retryAfter;
  }

  get reason() {
    return this.document.reason;
  }

  /** @param {Response} response */
  static async of(response) {
    const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
    const document = isProblem ? await response.json().catch(() => ({})) : {};
    return new Problem(response.status, document, Number(response.headers.get('retry-after')) || undefined);
  }

  /** What happened, and what to do next, in words for people. */
  get words() {
    const [title, next] =
      BY_REASON[this.reason ?? ''] ?? BY_STATUS[this.status] ?? (this.status < 500 ? OTHER : FAILED);
    return { title, next: this.retryAfter ? `Try again in ${this.retryAfter} s.` : next };
  }
}

/** @type {Record<string, [title: string, next: string]>} */
const BY_REASON = {
  OUT_OF_STOCK: ['There is not enough in stock', 'Nothing was ordered. Take fewer of it, or leave it out.'],
  UNKNOWN_PRODUCT: ['A product is no longer sold', 'Nothing was ordered. Remove it from the basket.'],
  ORDER_CHANGED: [
    'The order has changed meanwhile',
    'Nothing was cancelled. Look at it as it is now, then decide again.',
  ],
};
/** @type {Record<number, [title: string, next: string]>} */
const BY_STATUS = {
  0: ['The shop cannot be reached', 'Check your connection, then try again.'],
  404: ['This does not exist', 'Go back to the products or to your orders.'],
  429: ['There are too many requests', 'Try again in a moment.'],
  503: ['The shop is busy', 'Try again in a moment.'],
  504: ['The shop took too long', 'Try again.'],
};
/** @type {[title: string, next: string]} */
const OTHER = ['The shop refused this', 'Change what it says, then try again.'];
/** @type {[title: string, next: string]} */
const FAILED = ['Something went wrong in the shop', 'Try again in a minute.'];

/**
 * @param {unknown} thrown
 * @param {() => void} [retry] what the button does, if there is to be one
 */
export const problemView = (thrown, retry) => {
  const problem = thrown instanceof Problem ? thrown : new Problem(500);
  if (problem !== thrown) console.error(thrown);
  const { title, next } = problem.words;
  const { detail, violations = [], traceId } = problem.document;
  return h(
    'div',
    { role: 'alert', class: 'problem' },
    h('p', {}, h('strong', {}, title)),
    violations.length
      ? h('ul', {}, ...violations.map(({ path, message }) => h('li', {}, path ? `${path}: ${message}` : message)))
      : detail !== undefined && h('p', {}, detail),
    h('p', {}, next),
    retry && h('button', { type: 'button', onclick: retry }, 'Try again'),
    problem.status >= 500 &&
      traceId !== undefined &&
      h('p', {}, h('small', {}, `Quote ${traceId} if you ask for help.`)),
  );
};
