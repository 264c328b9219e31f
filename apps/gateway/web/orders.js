import { become, customerId } from './customer.js';
import { Resource } from './hal.js';
import { h, money, time } from './html.js';
import { addressOf, pagesView } from './view.js';

const PAGE_SIZE = 20;

/** @param {import('./view.js').Context} context */
export const ordersView = async ({ root, uri, signal, go }) => {
  const page = uri
    ? await Resource.read(uri, { signal })
    : await root.follow('shop:orders', { customerId: customerId(), pageSize: PAGE_SIZE }, { signal });
  const orders = page.embedded('shop:orders');
  return {
    title: 'Orders',
    content: [
      orders.length
        ? h('ol', { class: 'orders' }, ...orders.map(orderRow))
        : h('p', {}, 'There are none yet. ', h('a', { href: '#products' }, 'See the products')),
      pagesView('orders', page, !uri),
      customerForm(() => go('orders')),
    ],
  };
};

/** @param {Resource} order */
const orderRow = (order) => {
  const { status, lines, total, placedAt } = order.body;
  const [{ name }] = lines;
  const more = lines.length - 1;
  return h(
    'li',
    {},
    h('a', { href: addressOf('order', order.uri('self')) }, more ? `${name} and ${more} more` : name),
    h('span', { class: `status ${status.toLowerCase()}` }, wordOf(status)),
    h('span', {}, money(total)),
    h('span', { class: 'hint' }, time(placedAt)),
  );
};

/** @param {string} status */
const wordOf = (status) => status.charAt(0) + status.slice(1).toLowerCase();

/**
 * What was ordered elsewhere, with curl for example, is seen by the id of its customer.
 * @param {() => void} onchanged
 */
export const customerForm = (onchanged) => {
  const id = h('input', { name: 'customer', value: customerId(), required: true, maxlength: 64, autocomplete: 'off' });
  /** @param {SubmitEvent} event */
  const onsubmit = (event) => {
    event.preventDefault();
    become(id.value);
    onchanged();
  };
  return h(
    'form',
    { class: 'customer', onsubmit },
    h('label', {}, 'Customer', id),
    h('button', { class: 'quiet' }, 'Show'),
  );
};
