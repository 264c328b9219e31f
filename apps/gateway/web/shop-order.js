/**
 * `<shop-order href="https://shop.example/v1/orders/…">` shows an order of the shop and watches it until it is settled, on a page of
 * any origin that the shop lets in (CORS_ORIGINS). docs/http.md says which Content-Security-Policy the page needs.
 *
 * It dispatches `order-change`, with the order as `detail`, when it shows one for the first time and after each change, and
 * `order-problem`, with the problem, when there is none to show. Both bubble out of shadow trees.
 */
import { Resource } from './hal.js';
import { h, money, time } from './html.js';
import { Problem, problemView } from './problem.js';

/** Milliseconds between two looks at an order whose events cannot be had, and after failures at most. */
const POLL = 2000;
const POLL_AT_MOST = 30_000;

/** @type {Record<string, { title: string, text: string, steps: [done: string[], next: string[]] }>} */
const STATES = {
  PENDING: { title: 'Pending', text: 'The payment is under way.', steps: [['Placed'], ['Payment', 'Confirmed']] },
  CONFIRMED: { title: 'Confirmed', text: 'It is paid and yours.', steps: [['Placed', 'Payment', 'Confirmed'], []] },
  CANCELLED: { title: 'Cancelled', text: '', steps: [['Placed', 'Cancelled'], []] },
};

export class ShopOrder extends HTMLElement {
  static observedAttributes = ['href'];

  #root = this.attachShadow({ mode: 'open' });
  /** @type {Resource | undefined} */
  #resource;
  /** Ends what goes on for one `href`: requests, events, timers. */
  #ending = new AbortController();
  // the parts stay, their contents change: what is read aloud is only what has changed
  #state = h('p', { role: 'status', class: 'state' });
  #content = h('div');
  #note = h('p', { class: 'note', role: 'status' });

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [STYLES];
    this.#root.append(h('article', { 'aria-label': 'Order' }, this.#state, this.#content, this.#note));
  }

  /** The order as it was last seen; undefined before that. */
  get order() {
    return this.#resource;
  }

  connectedCallback() {
    this.#start();
  }

  disconnectedCallback() {
    this.#ending.abort();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#start();
  }

  /**
   * Reads the order again, and watches it on if it is not settled.
   * @returns {Promise<Resource>} the order, with its ETag; rejects with a Problem
   */
  async refresh() {
    this.#ending.abort();
    const { signal } = (this.#ending = new AbortController());
    try {
      const order = await Resource.read(new URL(this.getAttribute('href') ?? '', this.baseURI).href, { signal });
      this.#show(order);
      return order;
    } finally {
      if (this.#resource && !signal.aborted) this.#watch(signal);
    }
  }

  #start() {
    this.#resource = undefined;
    this.#content.replaceChildren();
    this.#state.replaceChildren();
    if (!this.hasAttribute('href')) return this.#ending.abort();
    this.#state.replaceChildren('Loading…');
    this.refresh().catch((thrown) => this.#fail(thrown));
  }

  /** @param {Resource} order */
  #show(order) {
    const before = this.#resource;
    this.#resource = order;
    this.#note.replaceChildren();
    if (before && JSON.stringify(before.body) === JSON.stringify(order.body)) return;
    const { status, lines, total, placedAt, cancelReason } = order.body;
    const state = STATES[status] ?? { title: status, text: '', steps: [[], []] };
    const text = status === 'CANCELLED' && cancelReason ? `Reason: ${cancelReason}` : state.text;
    this.#state.replaceChildren(h('strong', { class: status.toLowerCase() }, state.title), ' ', text);
    this.#content.replaceChildren(
      stepsView(state.steps),
      linesView(lines, total),
      h('p', {}, 'Placed ', time(placedAt)),
    );
    this.#emit('order-change', order.body);
  }

  /**
   * By events if the shop has them, else by looking again.
   * @param {AbortSignal} signal
   */
  #watch(signal) {
    const uri = this.#resource?.uri('shop:events');
    if (this.#isSettled) return;
    if (!uri) return this.#poll(signal);
    const events = new EventSource(uri);
    signal.addEventListener('abort', () => events.close());
    events.addEventListener('message', ({ data }) => {
      this.#show(new Resource(JSON.parse(data), uri));
      if (this.#isSettled) events.close();
    });
    events.addEventListener('error', () => {
      if (signal.aborted) return;
      if (events.readyState === EventSource.CLOSED)
        this.#poll(signal); // refused: the browser does not try again
      else this.#note.replaceChildren('The connection was lost. Trying again…');
    });
  }

  /** @param {AbortSignal} signal */
  async #poll(signal, wait = POLL) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (signal.aborted) return;
    const uri = this.#resource?.uri('self') ?? '';
    try {
      this.#show(await Resource.read(uri, { signal }));
      wait = POLL;
    } catch (thrown) {
      if (signal.aborted) return;
      if (thrown instanceof Problem && thrown.status === 404) return this.#fail(thrown);
      const { title, next } = (thrown instanceof Problem ? thrown : new Problem(0)).words;
      this.#note.replaceChildren(`${title}. ${next}`);
      const retryAfter = (thrown instanceof Problem && thrown.retryAfter) || 0;
      wait = Math.max(Math.min(wait * 2, POLL_AT_MOST), retryAfter * 1000);
    }
    if (!this.#isSettled) void this.#poll(signal, wait);
  }

  get #isSettled() {
    return this.#resource?.body.status !== 'PENDING';
  }

  /** @param {unknown} thrown */
  #fail(thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') return; // another href, or gone from the page
    this.#resource = undefined;
    this.#state.replaceChildren();
    this.#content.replaceChildren(problemView(thrown, () => this.#start()));
    this.#emit('order-problem', thrown);
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

/** @param {[done: string[], next: string[]]} steps */
const stepsView = ([done, next]) =>
  h(
    'ol',
    { class: 'steps' },
    ...done.map((step) => h('li', { class: 'done' }, step, h('span', { class: 'unseen' }, ', done'))),
    ...next.map((step, index) => h('li', { 'aria-current': index === 0 && 'step' }, step)),
  );

/**
 * @param {{ name: string, quantity: number, unitPrice: Parameters<typeof money>[0] }[]} lines
 * @param {Parameters<typeof money>[0]} total
 */
const linesView = (lines, total) =>
  h(
    'table',
    {},
    h('caption', { class: 'unseen' }, 'What was ordered'),
    h(
      'thead',
      { class: 'unseen' },
      h('tr', {}, ...['Product', 'Quantity', 'Price'].map((name) => h('th', { scope: 'col' }, name))),
    ),
    h(
      'tbody',
      {},
      ...lines.map(({ name, quantity, unitPrice }) =>
        h('tr', {}, h('th', { scope: 'row' }, name), h('td', {}, `${quantity} ×`), h('td', {}, money(unitPrice))),
      ),
    ),
    h('tfoot', {}, h('tr', {}, h('th', { scope: 'row', colspan: 2 }, 'Total'), h('td', {}, money(total)))),
  );

const STYLES = new CSSStyleSheet(); // unlike <style>, no matter for the page's Content-Security-Policy
STYLES.replaceSync(`
  :host { display: block; font: inherit; color: inherit; }
  :host([hidden]) { display: none; }
  article {
    --good: light-dark(#1d6b3f, #7fd6a2); --bad: light-dark(#a32a1e, #ff9d8f); --open: light-dark(#8a5a00, #f0bf62);
    --line: color-mix(in srgb, currentColor 22%, transparent);
    display: grid; gap: 1rem; border: 1px solid var(--line); border-radius: .75rem; padding: clamp(.9rem, 3vw, 1.5rem);
  }
  p, ol, table { margin: 0; }
  p:empty { position: absolute; } /* takes no room, but stays a region that is read aloud */
  div { display: grid; gap: 1rem; }
  .state { font-size: 1.15em; overflow-wrap: anywhere; }
  .confirmed { color: var(--good); } .cancelled { color: var(--bad); } .pending { color: var(--open); }
  .note { color: var(--open); }
  .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

  .steps { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; list-style: none; padding: 0; font-size: .875em; }
  .steps li { position: relative; padding-top: 1.4em; text-align: center; }
  .steps li::before {
    content: ''; position: absolute; z-index: 1; top: .1em; left: calc(50% - .45em); width: .9em; height: .9em;
    box-sizing: border-box; border: 2px solid currentColor; border-radius: 50%; background: Canvas;
  }
  .steps li + li::after {
    content: ''; position: absolute; top: .5em; right: calc(50% + .45em); width: calc(100% - .9em); height: 2px; background: var(--line);
  }
  .steps .done::before { background: currentColor; }
  .steps .done + .done::after { background: currentColor; }
  .steps [aria-current] { font-weight: 600; }
  .steps [aria-current]::before { border-color: var(--open); }
  @media (prefers-reduced-motion: no-preference) {
    .steps [aria-current]::before { animation: wait 1.6s ease-in-out infinite; }
    @keyframes wait { 50% { background: var(--open); transform: scale(1.25); } }
  }

  table { width: 100%; border-collapse: collapse; }
  th, td { padding: .4em 0 .4em .75em; text-align: right; vertical-align: top; white-space: nowrap; font-variant-numeric: tabular-nums; }
  th { padding-left: 0; text-align: left; font-weight: inherit; white-space: normal; overflow-wrap: anywhere; }
  tbody tr, tfoot tr { border-top: 1px solid var(--line); }
  tfoot { font-weight: 600; }
  tfoot th { font-weight: inherit; }
  .problem { gap: .5rem; border-left: 4px solid var(--bad); padding-left: .75rem; overflow-wrap: anywhere; }
  button { justify-self: start; font: inherit; min-height: 2.75rem; padding: 0 1rem; }
`);

customElements.define('shop-order', ShopOrder);
