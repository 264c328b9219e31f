/** A client of HAL and HAL-FORMS: it knows relations and forms, and no URI but the one that it begins with. */
import { Problem } from './problem.js';

const ACCEPT = 'application/prs.hal-forms+json, application/hal+json;q=0.9, application/json;q=0.8';

/** @typedef {Record<string, string | number | undefined>} Variables */
/** @typedef {{ href: string, templated?: boolean }} Link */
/** @typedef {{ method: string, target: string, contentType?: string }} Form */
/** @typedef {{ signal?: AbortSignal, headers?: Record<string, string> }} Options */

export class Resource {
  /**
   * @param {any} body
   * @param {string} base what its links are relative to
   * @param {string} [etag]
   */
  constructor(body, base, etag) {
    this.body = body;
    this.base = base;
    this.etag = etag;
  }

  /**
   * @param {string} uri
   * @param {Options} [options]
   */
  static read(uri, options) {
    return send(uri, {}, options);
  }

  /**
   * The absolute URI that a link leads to; undefined if there is none.
   * @param {string} relation
   * @param {Variables} [variables] of its URI template; without a value they are left out
   */
  uri(relation, variables = {}) {
    /** @type {Link | undefined} */
    const link = [this.body._links?.[relation]].flat()[0];
    if (!link) return undefined;
    return new URL(link.templated ? expand(link.href, variables) : link.href, this.base).href;
  }

  /**
   * @param {string} relation
   * @param {Variables} [variables]
   * @param {Options} [options]
   */
  async follow(relation, variables, options) {
    const uri = this.uri(relation, variables);
    if (!uri) throw new Problem(404, { detail: `The shop has no link "${relation}" here.` });
    return Resource.read(uri, options);
  }

  /**
   * @param {string} relation
   * @returns {Resource[]}
   */
  embedded(relation) {
    const bodies = [this.body._embedded?.[relation] ?? []].flat();
    return bodies.map((body) => new Resource(body, this.base));
  }

  /**
   * What can be changed here, and how; undefined if it cannot, or not now.
   * @param {string} name
   * @returns {Form | undefined}
   */
  form(name) {
    const form = this.body._templates?.[name];
    return form && { ...form, target: new URL(form.target ?? this.uri('self'), this.base).href };
  }
}

/**
 * @param {Form} form
 * @param {object} values
 * @param {Options} [options]
 */
export const submit = ({ method, target, contentType = 'application/json' }, values, { headers, signal } = {}) =>
  send(
    target,
    { method, body: JSON.stringify(values) },
    { headers: { 'content-type': contentType, ...headers }, signal },
  );

/**
 * RFC 6570: `{id}`, `{?a,b}`, `{&a,b}`.
 * @param {string} template
 * @param {Variables} variables
 */
export const expand = (template, variables) =>
  template.replace(/\{([?&]?)([^}]*)\}/g, (_, operator, /** @type {string} */ list) => {
    const names = list.split(',').filter((name) => variables[name] !== undefined);
    const values = names.map((name) => encodeURIComponent(String(variables[name])));
    if (!operator) return values.join(',');
    const pairs = names.map((name, index) => `${name}=${values[index]}`);
    return pairs.length ? operator + pairs.join('&') : '';
  });

/**
 * @param {string} uri
 * @param {RequestInit} request
 * @param {Options} [options]
 */
const send = async (uri, request, { headers, signal } = {}) => {
  const response = await fetch(uri, { ...request, signal, headers: { accept: ACCEPT, ...headers } }).catch((thrown) => {
    throw signal?.aborted ? thrown : new Problem(0);
  });
  if (!response.ok) throw await Problem.of(response);
  const body = await response.json().catch((thrown) => {
    throw signal?.aborted ? thrown : new Problem(0);
  });
  return new Resource(body, response.url, response.headers.get('etag') ?? undefined);
};
