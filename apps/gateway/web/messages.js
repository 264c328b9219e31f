import { customerId } from './customer.js';
import { Resource } from './hal.js';
import { h, time } from './html.js';
import { customerForm } from './orders.js';
import { addressOf, pagesView } from './view.js';

/** @param {import('./view.js').Context} context */
export const messagesView = async ({ root, uri, signal, go }) => {
  const page = uri
    ? await Resource.read(uri, { signal })
    : await root.follow('shop:notifications', { customerId: customerId() }, { signal });
  const messages = page.embedded('shop:notifications');
  return {
    title: 'Messages',
    content: [
      messages.length
        ? messageList(messages, true)
        : h('p', {}, 'There are none yet: each step of an order brings one.'),
      pagesView('messages', page, !uri),
      customerForm(() => go('messages')),
    ],
  };
};

/**
 * @param {Resource[]} messages
 * @param {boolean} [linked] to their orders
 */
export const messageList = (messages, linked) =>
  h(
    'ol',
    { class: 'messages' },
    ...messages.map((message) => {
      const order = message.uri('shop:order');
      return h(
        'li',
        {},
        h('span', {}, message.body.text),
        ' ',
        h('span', { class: 'hint' }, time(message.body.sentAt)),
        ' ',
        linked && order !== undefined && h('a', { href: addressOf('order', order) }, 'See the order'),
      );
    }),
  );
