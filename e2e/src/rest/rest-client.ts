/**
 * A client of any API that speaks HAL and HAL-FORMS. It has no URI in it but `/`. What it must know beforehand is what every client
 * of the Web must: media types, and what the names of relations, forms and fields mean.
 */
import { parseTemplate } from 'url-template';

/** A link of HAL: a URI, or a template of one (RFC 6570). */
export interface Link {
  href: string;
  templated?: boolean;
}

/** A form of HAL-FORMS. */
export interface Form {
  method: string;
  target: string;
  contentType: string;
  properties: { name: string; required?: boolean }[];
}

/** An answer of the server. */
export interface Resource {
  /** What was asked for. */
  uri: string;
  /** The server that answered. */
  origin: string;
  status: number;
  headers: Headers;
  /** Its JSON, if it is JSON, with `_links`, `_embedded` and `_templates`. */
  body: any;
}

/** An event of a stream (Server-Sent Events). */
export interface StreamEvent {
  id: string;
  data: any;
}

const ACCEPT = 'application/prs.hal-forms+json, application/hal+json;q=0.9, application/json;q=0.8';

export class RestClient {
  private requests = 0;

  /** `http://127.0.0.1:3000`. Of several servers, each request goes to the next one. */
  constructor(private readonly origins: readonly string[]) {}

  /** The only URI that the client knows. */
  root(): Promise<Resource> {
    return this.get('/');
  }

  get(uri: string, headers: Record<string, string> = {}): Promise<Resource> {
    return this.send('GET', uri, headers);
  }

  /** Follows the link of a relation; `variables` fill in its template. */
  follow(from: Resource, relation: string, variables: Record<string, string | number> = {}): Promise<Resource> {
    return this.get(uriOf(linkOf(from.body, relation), variables));
  }

  /** Sends a form, with the fields that it asks for. */
  submit(from: Resource, name: string, fields: object, headers: Record<string, string> = {}): Promise<Resource> {
    const form: Form | undefined = from.body._templates?.[name];
    if (!form) throw new Error(`${from.uri} has no form ${name}`);
    for (const { name: field, required } of form.properties)
      if (required && !(field in fields)) throw new Error(`${name} needs ${field}`);
    return this.send(
      form.method,
      form.target,
      { 'content-type': form.contentType, ...headers },
      JSON.stringify(fields),
    );
  }

  /** The items of all pages of a list. */
  async all(list: Resource, relation: string): Promise<any[]> {
    const items = list.body._embedded[relation];
    if (!list.body._links.next) return items;
    return [...items, ...(await this.all(await this.follow(list, 'next'), relation))];
  }

  /** The events of a stream, until it ends. `after` is the id of the last one that the client has. */
  async *watch(from: Resource, relation: string, after?: string): AsyncGenerator<StreamEvent> {
    const headers = { accept: 'text/event-stream', ...(after && { 'last-event-id': after }) };
    const response = await fetch(this.nextOrigin() + uriOf(linkOf(from.body, relation), {}), { headers });
    if (response.status === 204) return; // there is nothing that the client does not have
    if (response.status !== 200) throw new Error(`${relation} answered ${response.status}`);
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop()!;
      for (const event of events) {
        const [, id] = /^id: (.*)$/m.exec(event) ?? [];
        const [, data] = /^data: (.*)$/m.exec(event) ?? [];
        if (id && data) yield { id, data: JSON.parse(data) };
      }
    }
  }

  private async send(method: string, uri: string, headers: Record<string, string>, body?: string): Promise<Resource> {
    const origin = this.nextOrigin();
    const response = await fetch(origin + uri, { method, headers: { accept: ACCEPT, ...headers }, body });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return {
      uri,
      origin,
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : undefined,
    };
  }

  private nextOrigin(): string {
    return this.origins[this.requests++ % this.origins.length]!;
  }
}

/** The link of a relation, the first one if there are several. */
export const linkOf = (resource: any, relation: string): Link => {
  const [link]: (Link | undefined)[] = [resource._links[relation]].flat();
  if (!link) throw new Error(`there is no link ${relation}, only ${Object.keys(resource._links)}`);
  return link;
};

/** What a template is without variables, it is without: `/v1/products{?pageSize}` is `/v1/products`. */
export const uriOf = ({ href, templated }: Link, variables: Record<string, string | number>): string =>
  templated ? parseTemplate(href).expand(variables) : href;
