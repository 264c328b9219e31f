/** What the views of the page have in common. */
import { h } from './html.js';

/**
 * What a view gets: the root of the API, the resource that its address names, if any, and a signal that ends with the view.
 * @typedef {{ root: import('./hal.js').Resource, uri?: string, signal: AbortSignal, go(view: string, uri?: string): void,
 *   announce(text: string): void }} Context
 * @typedef {{ title: string, content: (Node | undefined)[] }} View
 */

/**
 * The address of a view, for a link.
 * @param {string} view
 * @param {string} [uri] of the resource that it shows
 */
export const addressOf = (view, uri) => `#${view}${uri === undefined ? '' : `=${encodeURIComponent(uri)}`}`;

/**
 * The way through a list that comes page by page; undefined if there is just one.
 * @param {string} view
 * @param {import('./hal.js').Resource} page
 * @param {boolean} isFirst
 */
export const pagesView = (view, page, isFirst) => {
  const next = page.uri('next');
  if (isFirst && next === undefined) return undefined;
  return h(
    'nav',
    { class: 'pages', 'aria-label': 'Pages' },
    !isFirst && h('a', { href: addressOf(view) }, 'First page'),
    next !== undefined && h('a', { href: addressOf(view, next), rel: 'next' }, 'Next page'),
  );
};
