import { pathPrefix } from '@fourfold/transport/path-prefix';
import { parseTemplate } from 'url-template';
import type { Relation } from './relations.ts';
import { type Place, URIS } from './uris.ts';

/** A Link Object of HAL (draft-kelly-json-hal-11, section 5). */
export interface Link {
  /** A URI, or an RFC 6570 template for the client to fill in. */
  href: string;
  templated?: true;
  title?: string;
}

export type Links = { self?: Link } & Partial<Record<Relation, Link | Link[]>>;

type Variables = Record<string, string | number>;

/** The URI of a place; variables that are empty or 0 are left out, as both are the default in a query. */
export const uriOf = (place: Place, variables: Variables = {}): string =>
  parseTemplate(uriTemplateOf(place)).expand(
    Object.fromEntries(Object.entries(variables).filter(([, value]) => value)),
  );

/** As the client of this request sees it, perhaps through a proxy that has it under a path. */
const uriTemplateOf = (place: Place): string => pathPrefix() + URIS[place];

export const linkTo = (place: Place, variables?: Variables): Link => ({ href: uriOf(place, variables) });

/** For who does not know the variables. */
export const templateOf = (place: Place): Link => ({ href: uriTemplateOf(place), templated: true });
