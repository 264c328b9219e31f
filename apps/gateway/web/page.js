/** The page: its address after `#` says which view is shown, and of which resource. */
import { readBasket } from './customer.js';
import { Resource } from './hal.js';
import { h } from './html.js';
import { basketView } from './basket.js';
import { messagesView } from './messages.js';
import { orderView } from './order.js';
import { ordersView } from './orders.js';
import { problemView } from './problem.js';
import { productsView } from './products.js';
import { addressOf } from './view.js';

/** @type {Map<string, (context: import('./view.js').Context) => Promise<import('./view.js').View>>} */
const VIEWS = new Map([
  ['products', productsView],
  ['basket', basketView],
  ['orders', ordersView],
  ['order', orderView],
  ['messages', messagesView],
]);
const SHOP = document.title;
/** Milliseconds: what is there sooner needs no sign that it is loading. */
const PATIENCE = 300;
const ANNOUNCED = 5000;

const main = /** @type {HTMLElement} */ (document.querySelector('main'));
const announcement = /** @type {HTMLElement} */ (document.querySelector('.announcement'));
/** @type {Resource | undefined} */
let root;
let ending = new AbortController();

/** @type {ReturnType<typeof setTimeout> | undefined} */
let silence;
/** @param {string} text read aloud, and seen for a while */
const announce = (text) => {
  clearTimeout(silence);
  announcement.replaceChildren(text);
  silence = setTimeout(() => announcement.replaceChildren(), ANNOUNCED);
};

/**
 * @param {string} view
 * @param {string} [uri]
 */
const go = (view, uri) => {
  const address = addressOf(view, uri);
  if (location.hash === address) void show(true);
  else location.hash = address;
};

/** @param {boolean} moveFocus */
const show = async (moveFocus) => {
  ending.abort();
  const { signal } = (ending = new AbortController());
  const [[name = '', uri = ''] = []] = [...new URLSearchParams(location.hash.slice(1))];
  const view = VIEWS.get(name) ?? productsView;
  markCurrent(VIEWS.has(name) ? name : 'products');
  const loading = setTimeout(() => main.replaceChildren(h('p', { role: 'status' }, 'Loading…')), PATIENCE);
  main.setAttribute('aria-busy', 'true');
  try {
    root ??= await Resource.read(location.pathname, { signal });
    const { title, content } = await view({ root, uri: uri || undefined, signal, go, announce });
    if (signal.aborted) return;
    document.title = `${title} – ${SHOP}`;
    main.replaceChildren(h('h1', { tabindex: -1 }, title), ...content.filter((node) => !!node));
  } catch (thrown) {
    if (signal.aborted) return;
    document.title = `Problem – ${SHOP}`;
    main.replaceChildren(problemView(thrown, () => show(true)));
  } finally {
    clearTimeout(loading);
    if (!signal.aborted) main.removeAttribute('aria-busy');
  }
  if (moveFocus) (main.querySelector('h1') ?? main).focus();
};

/** @param {string} view */
const markCurrent = (view) => {
  for (const link of document.querySelectorAll('nav a')) {
    const isCurrent = link.getAttribute('href') === `#${view === 'order' ? 'orders' : view}`;
    if (isCurrent) link.setAttribute('aria-current', view === 'order' ? 'true' : 'page');
    else link.removeAttribute('aria-current');
  }
};

const countBasket = () => {
  const count = readBasket().lines.reduce((sum, { quantity }) => sum + quantity, 0);
  document.querySelector('nav a[href="#basket"]')?.replaceChildren(count ? `Basket (${count})` : 'Basket');
};

addEventListener('hashchange', () => void show(true));
addEventListener('basket-change', countBasket);
document.querySelector('.skip')?.addEventListener('click', (event) => {
  event.preventDefault(); // what is after # is the view
  main.focus();
});
countBasket();
void show(false);
