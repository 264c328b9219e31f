/**
 * The uniform interface, which is what makes a client and a server that were written apart understand each other. Four things:
 * resources have URIs; what is sent are representations of them, and changes are made by the same few methods everywhere; a message
 * says all that is needed to understand it; and what to do next is in the representations (hypermedia). One section each.
 */
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { origin } from '../addresses.ts';
import { type Link, type Resource, RestClient, uriOf } from './rest-client.ts';
import { Customer } from './shopping.ts';

let client: RestClient;
let customer: Customer;
let order: Resource;
beforeAll(async () => {
  client = new RestClient([origin('gateway')]);
  customer = new Customer(client);
  order = await customer.paidOrder(); // so that there is a payment to be linked
});

/** As it stands: fetch would put a path right. */
const ask = (method: string, target: string, headers: Record<string, string> = {}, body?: string) =>
  new Promise<{ status: number; headers: Record<string, any> }>((resolve, reject) => {
    const { hostname, port } = new URL(origin('gateway'));
    const sent = request({ hostname, port, method, path: target, headers }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode!, headers: response.headers }));
    });
    sent.on('error', reject).end(body);
  });

describe('a resource has one URI', () => {
  const targets = (): string[] => {
    const { self, collection, ...others } = order.body._links;
    return [self, others['shop:payment'], others['shop:cancellation'], collection].map(({ href }: Link) => href);
  };

  it('a path that is spelled otherwise is another one, and nothing has it', async () => {
    for (const target of targets()) {
      const [path, query = ''] = target.split(/(?=\?)/);
      for (const other of [`${path}/${query}`, path!.toUpperCase() + query, path!.replace(/(?<=.)\//, '//') + query])
        expect([other, (await ask('GET', other)).status]).toEqual([other, 404]);
    }
  });

  it('what the rules of URIs call the same is sent on to the one spelling: a needless escape, a dot segment', async () => {
    for (const target of targets())
      for (const other of [`/.${target}`, `/%${target.charCodeAt(1).toString(16)}${target.slice(2)}`]) {
        const { status, headers } = await ask('GET', other);
        expect([other, status, headers['location']]).toEqual([other, 308, target]);
      }
  });

  it('an order that was placed has the URI that the answer names: 201 with Location', async () => {
    const placed = await customer.order(await customer.browse());
    expect(placed.status).toBe(201);
    const location = placed.headers.get('location')!;
    expect(location).toBe(placed.body._links.self.href);
    expect((await client.get(location)).body.orderId).toBe(placed.body.orderId);
  });
});

describe('a few methods mean the same for every resource', () => {
  it('OPTIONS says which a resource has, and any other is 405 with the same Allow', async () => {
    for (const [target, allow] of [
      [order.body._links.self.href, 'GET, HEAD, OPTIONS'],
      [order.body._links['shop:cancellation'].href, 'GET, HEAD, OPTIONS, PUT'],
      [order.body._links.collection.href, 'GET, HEAD, OPTIONS, POST'],
    ]) {
      const options = await ask('OPTIONS', target);
      expect([options.status, options.headers['allow'].split(', ').sort().join(', ')]).toEqual([204, allow]);
      const refused = await ask('DELETE', target);
      expect([refused.status, refused.headers['allow']]).toEqual([405, options.headers['allow']]);
    }
    expect((await ask('BREW', '/')).status).toBe(501); // a method that nothing has
  });

  it('HEAD is GET without the body: the header fields are the same', async () => {
    const known = ({ headers }: { headers: Record<string, any> }) =>
      Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(date|age|traceparent)$/.test(name)));
    const { href } = order.body._links.self;
    expect(known(await ask('HEAD', href))).toEqual(known(await ask('GET', href)));
  });

  it('GET changes nothing, and PUT may be repeated: the second one finds what it wants to be so', async () => {
    const paid = await customer.paidOrder();
    const first = await customer.cancel(paid, 'ordered twice');
    const again = await customer.cancel(paid, 'ordered twice'); // the answer to the first one may have been lost
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.body).toEqual(first.body);
    expect((await client.get(first.body._links.self.href)).body).toEqual(first.body);
  });

  it('POST may be repeated if it has a key: the second one is not a second order', async () => {
    const product = await customer.browse();
    const key = randomUUID();
    const first = await customer.order(product, key);
    expect((await customer.order(product, key)).headers.get('location')).toBe(first.headers.get('location'));
  });

  it('a change is made to the version that the client has seen: 428 without If-Match, 412 for another one', async () => {
    const { cancel } = order.body._templates;
    const put = (headers: Record<string, string>) =>
      ask('PUT', cancel.target, { 'content-type': 'application/json', ...headers });
    expect((await put({})).status).toBe(428);
    expect((await put({ 'if-match': '"never"' })).status).toBe(412);
    expect((await client.get(order.uri)).body.status).toBe('CONFIRMED');
  });
});

describe('a message says all that is needed to understand it', () => {
  it('its media type, and that the answer depends on Accept', async () => {
    for (const [accept, type] of [
      ['*/*', 'application/prs.hal-forms+json'],
      ['application/hal+json', 'application/hal+json'],
      ['application/json', 'application/json'],
      ['text/html;q=0.9, application/json', 'application/json'],
    ]) {
      const { headers } = await ask('GET', order.uri, { accept: accept! });
      expect([headers['content-type'].split(';')[0], headers['vary']]).toEqual([
        type,
        expect.stringContaining('Accept'),
      ]);
    }
    const nothing = await ask('GET', order.uri, { accept: 'image/png' });
    expect(nothing.status).toBe(406);
    const { target } = order.body._templates.cancel;
    const xml = await ask('PUT', target, { 'content-type': 'text/xml', 'if-match': '*' }, '<reason/>');
    expect(xml.status).toBe(415);
  });

  it('what went wrong: a problem document (RFC 9457), whose type leads to what is known of the error', async () => {
    const missing = await client.get(`${order.body._links.self.href}0`);
    expect(missing.headers.get('content-type')).toContain('application/problem+json');
    expect(missing.body).toMatchObject({ status: 404, reason: 'ORDER_NOT_FOUND', instance: expect.any(String) });
    expect((await client.get(missing.body.type)).body).toMatchObject({ reason: 'ORDER_NOT_FOUND', status: 404 });
  });
});

describe('hypermedia: the whole API can be walked from /', () => {
  /** Relations that IANA registers and that are used here: https://www.iana.org/assignments/link-relations */
  const REGISTERED = new Set(['self', 'collection', 'describedby', 'item', 'next']);
  /** Everything that can be reached, by its URI. */
  const walk = async (): Promise<Resource[]> => {
    const { orderId, customerId, lines } = order.body;
    const { notificationId } = (await customer.notifications(order))[0];
    // ids that the client was told: with them it fills in templates
    const variables = { orderId, customerId, notificationId, productId: lines[0].productId };
    const found = new Map<string, Resource>();
    const open = ['/'];
    for (let uri = open.pop(); uri !== undefined; uri = open.pop()) {
      if (found.has(uri)) continue;
      const resource = await client.get(uri, { accept: '*/*' });
      found.set(uri, resource);
      for (const [, link] of linksIn(resource.body)) open.push(uriOf(link, variables));
    }
    return [...found.values()];
  };

  let found: Resource[];
  beforeAll(async () => {
    found = await walk();
  });

  it('every link leads to a resource that answers, and that has a link to itself', () => {
    const broken = found.filter(({ status }) => status !== 200);
    expect(broken.map(({ uri, status }) => `${uri}: ${status}`)).toEqual([]);
    const isOf = (type: string) => (one: Resource) => one.headers.get('content-type')!.startsWith(type);
    const documents = found.filter(isOf('application/prs.hal-forms+json'));
    const streams = found.filter(isOf('text/event-stream')); // the events of each order
    const code = found.filter(isOf('text/javascript')); // shop:order-element
    expect(documents.length + streams.length + code.length).toBe(found.length);
    expect(documents.length).toBeGreaterThan(20);
    for (const { uri, body } of documents) expect(body._links.self).toEqual({ href: uri });
  });

  it('every relation is registered, or its name leads to what it means', async () => {
    const meanings = new Map<string, any>();
    for (const { body } of found)
      for (const [relation] of linksIn(body)) {
        if (REGISTERED.has(relation) || meanings.has(relation)) continue;
        const [prefix, rel = ''] = relation.split(':');
        const { href } = body._links.curies.find(({ name }: { name: string }) => name === prefix);
        meanings.set(relation, (await client.get(uriOf({ href, templated: true }, { rel }))).body);
      }
    for (const [relation, meaning] of meanings)
      expect(meaning).toMatchObject({ relation, description: expect.any(String) });
    const all = (await client.follow(await client.root(), 'describedby')).body._links.item;
    expect([...meanings.keys()].toSorted()).toEqual(all.map(({ title }: { title: string }) => title).toSorted());
  });

  it('what can be done now is in the resource: an order that is cancelled has no form to cancel it', async () => {
    const paid = await customer.paidOrder();
    expect(paid.body._templates.cancel).toMatchObject({ method: 'PUT', contentType: 'application/json' });
    const cancelled = await customer.cancel(paid, 'ordered twice');
    expect(cancelled.body).not.toHaveProperty('_templates');
  });

  it('a page of a list leads to the next one, in the body and in the header field Link (RFC 8288)', async () => {
    const page = await client.follow(await client.root(), 'shop:products', { pageSize: 10 });
    const { next } = page.body._links;
    expect(page.headers.get('link')).toBe(`<${next.href}>; rel="next"`);
    const ids = (await client.all(page, 'shop:products')).map(({ productId }) => productId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(10);
  });
});

/** Items of a list that are looked at. */
const SOME = 3;

/** The links of a document, and of the items that it embeds. */
const linksIn = (body: any): [string, Link][] => {
  const { curies: _, ...links } = body?._links ?? {};
  const own = Object.entries<any>(links).flatMap(([relation, one]) =>
    [one].flat().map((link): [string, Link] => [relation, link]),
  );
  const items = Object.values<any[]>(body?._embedded ?? {}).flatMap((list) => list.slice(0, SOME));
  return [...own, ...items.flatMap(linksIn)];
};
