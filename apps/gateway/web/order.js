import { submit } from './hal.js';
import { h, money, time } from './html.js';
import { messageList } from './messages.js';
import { Problem, problemView } from './problem.js';
import { ShopOrder } from './shop-order.js';

/** Milliseconds after a change: payment and messages follow by themselves, a moment later. */
const LOOKS = [0, 1000, 3000, 7000, 15_000, 30_000];

/** @param {import('./view.js').Context} context */
export const orderView = async ({ uri, signal }) => {
  if (!uri) throw new Problem(404);
  const payment = h('div', { role: 'status' }, 'Nothing is charged yet.');
  const messages = h('div', {}, h('p', {}, 'There are none yet.'));
  const cancellation = h('div');
  const order = new ShopOrder();
  let looks = new AbortController();

  order.addEventListener('order-change', () => {
    looks.abort();
    looks = new AbortController();
    const both = AbortSignal.any([signal, looks.signal]);
    const resource = order.order;
    if (!resource) return;
    for (const wait of LOOKS) setTimeout(() => both.aborted || void followUp(resource, payment, messages, both), wait);
    if (!resource.form('cancel')) cancellation.replaceChildren();
    else if (!cancellation.hasChildNodes()) cancellation.append(cancelForm(order));
  });
  order.setAttribute('href', uri);
  return {
    title: 'Order',
    content: [
      order,
      h('section', { 'aria-labelledby': 'payment' }, h('h2', { id: 'payment' }, 'Payment'), payment),
      h('section', { 'aria-labelledby': 'messages' }, h('h2', { id: 'messages' }, 'Messages'), messages),
      cancellation,
    ],
  };
};

/** @type {Record<string, string>} */
const PAYMENTS = {
  SETTLED: 'is paid',
  DECLINED: 'was declined: nothing is charged',
  REFUNDED: 'was paid and is given back',
  VOIDED: 'is not charged any more',
};

/**
 * Shows what became of the payment, and what the customer was told.
 * @param {import('./hal.js').Resource} order
 * @param {HTMLElement} payment
 * @param {HTMLElement} messages
 * @param {AbortSignal} signal
 */
const followUp = async (order, payment, messages, signal) => {
  const paid = order.body.status === 'PENDING' ? undefined : order.follow('shop:payment', {}, { signal });
  const told = order.follow('shop:notifications', {}, { signal });
  const [paidNow, toldNow] = await Promise.allSettled([paid, told]);
  if (signal.aborted) return;
  if (paidNow.status === 'fulfilled' && paidNow.value) {
    const { status, amount, decidedAt } = paidNow.value.body;
    payment.replaceChildren(`${money(amount)} ${PAYMENTS[status] ?? status}, `, time(decidedAt));
  } else if (paidNow.status === 'rejected' && !isNotYet(paidNow.reason))
    payment.replaceChildren(problemView(paidNow.reason));
  if (toldNow.status === 'rejected') return messages.replaceChildren(problemView(toldNow.reason));
  const own = toldNow.value.embedded('shop:notifications').filter((one) => one.uri('shop:order') === order.uri('self'));
  if (own.length) messages.replaceChildren(messageList(own));
};

/** @param {unknown} thrown */
const isNotYet = (thrown) => thrown instanceof Problem && thrown.status === 404;

/**
 * The order is read when the form is opened: only what the customer has seen is cancelled (If-Match), not what it became since.
 * @param {ShopOrder} element
 */
const cancelForm = (element) => {
  const problem = h('div');
  const reason = h('input', { name: 'reason', maxlength: 200, autocomplete: 'off' });
  const button = h('button', { class: 'danger' }, 'Cancel the order');
  /** @type {Promise<import('./hal.js').Resource> | undefined} */
  let seen;

  /** @param {Event} event */
  const ontoggle = (event) => {
    if (!(/** @type {HTMLDetailsElement} */ (event.currentTarget).open)) return;
    seen = element.refresh();
    seen.catch(() => {}); // said when the form is sent
  };
  /** @param {SubmitEvent} event */
  const onsubmit = async (event) => {
    event.preventDefault();
    if (button.getAttribute('aria-disabled')) return;
    button.setAttribute('aria-disabled', 'true');
    problem.replaceChildren();
    try {
      const order = await (seen ?? element.refresh());
      const form = order.form('cancel');
      if (form) await submit(form, { reason: reason.value }, { headers: { 'if-match': order.etag ?? '' } });
      await element.refresh();
      document.querySelector('h1')?.focus();
    } catch (thrown) {
      problem.replaceChildren(problemView(thrown));
      button.removeAttribute('aria-disabled');
      seen = element.refresh();
      seen.catch(() => {});
    }
  };
  return h(
    'details',
    { class: 'cancel', ontoggle },
    h('summary', {}, 'Cancel this order'),
    h('form', { onsubmit }, h('label', {}, 'Reason, if you like', reason), problem, button),
  );
};
