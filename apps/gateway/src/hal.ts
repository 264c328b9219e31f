import { type Link, linkTo, type Links, templateOf, uriOf } from './links.ts';
import type { ShopRelation } from './relations.ts';
import type { Place } from './uris.ts';

/** One representation under three names, the one that says most first. For `@Produces`. */
export const HAL = ['application/prs.hal-forms+json', 'application/hal+json', 'application/json'];

/** What a request that changes something must have: a template of HAL-FORMS (https://rwcbook.github.io/hal-forms). */
export interface Form {
  title: string;
  method: 'POST' | 'PUT';
  /** A URI. */
  target: string;
  contentType: 'application/json';
  properties: Field[];
}

export interface Field {
  name: string;
  prompt: string;
  required?: true;
  minLength?: number;
  maxLength?: number;
  /** What a value looks like. */
  placeholder?: string;
}

/** A Resource Object of HAL, as a list has it in `_embedded`. */
export interface Resource {
  _links: Links;
}

/** What a request for a resource is answered with: the resource, what can be done with it, and where its relations are described. */
export const documentOf = <R extends Resource>(resource: R, forms: Record<string, Form> = {}) => ({
  ...resource,
  _links: { ...resource._links, curies: [{ name: 'shop', ...templateOf('relation') }] },
  ...(Object.keys(forms).length > 0 && { _templates: forms }),
});

/** A page of a list, and how to ask for it. */
export interface Page<R extends Resource> {
  place: Place;
  /** What was asked for. */
  input: { pageSize: number; pageToken: string; customerId?: string };
  /** Empty on the last page. */
  nextPageToken: string;
  relation: ShopRelation;
  items: R[];
}

/** What the responses of Nest's adapters have in common: Express and Fastify. */
export interface HttpResponse {
  getHeader(name: string): unknown;
  header(name: string, value: string): unknown;
}

/** Answers with a page. The next one is linked in `Link` (RFC 8288), too, for clients that do not read HAL. */
export const answerPage = <R extends Resource>(response: HttpResponse, page: Page<R>) => {
  const { place, input, nextPageToken, relation, items } = page;
  const next: Link | undefined = nextPageToken ? linkTo(place, { ...input, pageToken: nextPageToken }) : undefined;
  if (next) response.header('Link', `<${next.href}>; rel="next"`);
  return documentOf({
    _links: { self: { href: uriOf(place, { ...input }) }, ...(next && { next }) },
    _embedded: { [relation]: items },
  });
};
