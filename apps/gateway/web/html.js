/** Elements and texts. Text is only ever added as text, so nothing that the API sends is read as markup. */

/**
 * `h('a', { href: '#', onclick }, 'text', child)`. An attribute that is undefined or false is left out, and so is such a child.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | number | boolean | undefined | ((event: any) => void)>} [attributes]
 * @param {...(Node | string | false | undefined | (Node | string | false | undefined)[])} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export const h = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return element;
};

const language = () => document.documentElement.lang || undefined;

/**
 * @param {{ currencyCode: string, minorUnits: number }} amount
 * @returns {string} `€12.50`
 */
export const money = ({ currencyCode, minorUnits }) => {
  const format = new Intl.NumberFormat(language(), { style: 'currency', currency: currencyCode });
  return format.format(Number(minorUnits) / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
};

/** @param {string} at RFC 3339 */
export const time = (at) =>
  h('time', { datetime: at }, new Date(at).toLocaleString(language(), { dateStyle: 'medium', timeStyle: 'short' }));
