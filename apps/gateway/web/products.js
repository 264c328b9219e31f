import { readBasket, setQuantity } from './customer.js';
import { h, money } from './html.js';
import { pagesView } from './view.js';
import { Resource } from './hal.js';

const PAGE_SIZE = 12;
/** As the API has it. */
const MOST = 1000;

/** @param {import('./view.js').Context} context */
export const productsView = async ({ root, uri, signal, announce }) => {
  const page = uri
    ? await Resource.read(uri, { signal })
    : await root.follow('shop:products', { pageSize: PAGE_SIZE }, { signal });
  return {
    title: 'Products',
    content: [
      h('ul', { class: 'products' }, ...page.embedded('shop:products').map(({ body }) => productView(body, announce))),
      pagesView('products', page, !uri),
    ],
  };
};

/**
 * @param {any} product
 * @param {(text: string) => void} announce
 */
const productView = (product, announce) => {
  const { productId, name, description, price, stock } = product;
  const quantity = h('input', {
    type: 'number',
    name: 'quantity',
    min: 1,
    max: Math.min(stock, MOST),
    value: 1,
    required: true,
    inputmode: 'numeric',
    'aria-label': `How many of ${name}`,
  });
  /** @param {SubmitEvent} event */
  const onsubmit = (event) => {
    event.preventDefault();
    const had = readBasket().lines.find((line) => line.productId === productId)?.quantity ?? 0;
    setQuantity(product, had + quantity.valueAsNumber);
    announce(`${quantity.value} × ${name} is in the basket, which has ${had + quantity.valueAsNumber} of it.`);
  };
  return h(
    'li',
    {},
    h('h2', {}, name),
    h('p', { class: 'description' }, description),
    h(
      'p',
      { class: 'price' },
      h('strong', {}, money(price)),
      ' ',
      h('span', {}, stock > 0 ? `${stock} in stock` : 'Sold out'),
    ),
    stock > 0 &&
      h(
        'form',
        { onsubmit },
        quantity,
        h('button', {}, 'Add', h('span', { class: 'unseen' }, ` ${name} to the basket`)),
      ),
  );
};
