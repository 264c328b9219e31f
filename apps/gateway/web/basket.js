import { become, customerId, emptyBasket, readBasket, setQuantity } from './customer.js';
import { submit } from './hal.js';
import { h, money } from './html.js';
import { Problem, problemView } from './problem.js';

/** @param {import('./view.js').Context} context */
export const basketView = async (context) => {
  const { lines } = readBasket();
  const content = lines.length ? [orderForm(lines, context)] : [emptyView()];
  return { title: 'Basket', content };
};

const emptyView = () => h('p', {}, 'There is nothing in it yet. ', h('a', { href: '#products' }, 'See the products'));

/**
 * @param {import('./customer.js').Line[]} lines
 * @param {import('./view.js').Context} context
 */
const orderForm = (lines, context) => {
  const { announce } = context;
  const problem = h('div');
  const total = h('td', {}, totalOf(lines));
  const button = h('button', { class: 'primary' }, 'Place the order');
  const customer = h('input', {
    name: 'customer',
    value: customerId(),
    required: true,
    maxlength: 64,
    autocomplete: 'off',
  });

  /** @param {SubmitEvent} event */
  const onsubmit = async (event) => {
    event.preventDefault();
    if (button.hasAttribute('aria-disabled')) return; // `disabled` would lose the focus
    button.setAttribute('aria-disabled', 'true');
    problem.replaceChildren();
    announce('Placing the order…');
    become(customer.value);
    try {
      await placeOrder(context);
      announce('');
    } catch (thrown) {
      announce('');
      problem.replaceChildren(problemView(thrown));
      button.removeAttribute('aria-disabled');
    }
  };
  const onchanged = () => {
    const now = readBasket().lines;
    total.replaceChildren(totalOf(now));
    if (!now.length) view.replaceWith(emptyView());
  };
  const view = h(
    'form',
    { class: 'basket', onsubmit },
    h(
      'table',
      {},
      h('caption', { class: 'unseen' }, 'What you want to order'),
      h('thead', {}, h('tr', {}, ...['Product', 'Quantity', 'Price'].map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...lines.map((line) => lineView(line, onchanged, announce))),
      h('tfoot', {}, h('tr', {}, h('th', { scope: 'row', colspan: 2 }, 'Total'), total)),
    ),
    h('label', {}, 'Customer', customer),
    h('p', { class: 'hint' }, NO_SIGN_IN),
    problem,
    button,
  );
  return view;
};

const NO_SIGN_IN = 'This sample has no sign-in: who has this id sees the orders. This browser keeps it.';

/**
 * Orders what is in the basket, and goes to the order. Tried again with the same basket, it is the same order.
 * @param {import('./view.js').Context} context
 */
const placeOrder = async ({ root, signal, go }) => {
  const form = root.form('placeOrder');
  if (!form) throw new Problem(404, { detail: 'The shop takes no orders now.' });
  const { key, lines } = readBasket();
  const order = await submit(
    form,
    { customerId: customerId(), lines: lines.map(({ productId, quantity }) => ({ productId, quantity })) },
    { headers: { 'idempotency-key': `"${key}"` } },
  );
  emptyBasket();
  if (!signal.aborted) go('order', order.uri('self'));
};

/**
 * @param {import('./customer.js').Line} line
 * @param {() => void} onchanged
 * @param {(text: string) => void} announce
 */
const lineView = (line, onchanged, announce) => {
  const { name, price, quantity } = line;
  const field = h('input', {
    type: 'number',
    min: 1,
    max: 1000,
    required: true,
    value: quantity,
    inputmode: 'numeric',
    'aria-label': `How many of ${name}`,
    onchange: () => {
      if (!field.checkValidity()) return;
      setQuantity(line, field.valueAsNumber);
      onchanged();
    },
  });
  const remove = () => {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    setQuantity(line, 0);
    row.remove();
    announce(`${name} is removed.`);
    onchanged();
    /** @type {HTMLElement | null} */ (next?.querySelector('button') ?? document.querySelector('h1'))?.focus();
  };
  const row = h(
    'tr',
    {},
    h('th', { scope: 'row' }, name),
    h(
      'td',
      {},
      field,
      ' ',
      h('button', { type: 'button', class: 'quiet', onclick: remove, 'aria-label': `Remove ${name}` }, 'Remove'),
    ),
    h('td', {}, money(price)),
  );
  return row;
};

/** @param {import('./customer.js').Line[]} lines */
const totalOf = (lines) => {
  const [first] = lines;
  if (!first) return '';
  const minorUnits = lines.reduce((sum, { price, quantity }) => sum + price.minorUnits * quantity, 0);
  return money({ currencyCode: first.price.currencyCode, minorUnits });
};
