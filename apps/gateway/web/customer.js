/** What this browser keeps of its customer. There is no sign-in: who has the id sees the orders. */

/** An id that nobody else has; `crypto.randomUUID` is not there on pages without TLS. */
export const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** A value of the browser's storage, or only of this page if the browser keeps none for it. */
class Kept {
  /** @type {string | null} */
  #value = null;

  /**
   * @param {string} key
   * @param {() => Storage} storage
   */
  constructor(key, storage) {
    this.key = key;
    this.storage = storage;
  }

  get value() {
    try {
      return this.storage().getItem(this.key) ?? this.#value;
    } catch {
      return this.#value;
    }
  }

  set value(value) {
    this.#value = value;
    try {
      this.storage().setItem(this.key, value ?? '');
    } catch {
      // storage is off or full
    }
  }
}

const customer = new Kept('customer', () => localStorage);
const basket = new Kept('basket', () => sessionStorage);

/** @returns {string} */
export const customerId = () => {
  customer.value ||= newId();
  return /** @type {string} */ (customer.value);
};

/** @param {string} id */
export const become = (id) => void (customer.value = id);

/** @typedef {{ productId: string, name: string, price: { currencyCode: string, minorUnits: number }, quantity: number }} Line */

/**
 * `key` is the Idempotency-Key of an order of just these lines: sent twice, it is still one order.
 * @returns {{ key: string, lines: Line[] }}
 */
export const readBasket = () => {
  try {
    return JSON.parse(basket.value || '');
  } catch {
    return { key: newId(), lines: [] };
  }
};

/**
 * Sets how many of a product are wanted, under a new key.
 * @param {Omit<Line, 'quantity'>} product
 * @param {number} quantity 0 removes it
 */
export const setQuantity = ({ productId, name, price }, quantity) => {
  const lines = readBasket().lines;
  const index = lines.findIndex((line) => line.productId === productId);
  const line = quantity > 0 ? [{ productId, name, price, quantity }] : [];
  lines.splice(index < 0 ? lines.length : index, index < 0 ? 0 : 1, ...line);
  keepBasket(lines);
};

export const emptyBasket = () => keepBasket([]);

/** @param {Line[]} lines */
const keepBasket = (lines) => {
  basket.value = JSON.stringify({ key: newId(), lines });
  dispatchEvent(new Event('basket-change'));
};
