import { origin } from './addresses.ts';

/** An HTTP answer of the shop, with its JSON body parsed. */
export interface Answer {
  status: number;
  headers: Headers;
  body: any;
}

export const get = (path: string, app = 'gateway'): Promise<Answer> => answer(fetch(origin(app) + path));
export const post = (
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  app = 'gateway',
): Promise<Answer> =>
  answer(
    fetch(origin(app) + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  );

export const put = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  answer(
    fetch(origin('gateway') + path, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  );

/** All products, page by page. */
export const products = async (): Promise<any[]> => {
  const found: any[] = [];
  for (let next: string | undefined = '/v1/products?pageSize=50'; next;) {
    const { body }: Answer = await get(next);
    found.push(...body._embedded['shop:products']);
    next = body._links.next?.href;
  }
  return found;
};
export const productInStock = async (units = 5): Promise<any> => (await products()).find(({ stock }) => stock >= units);

/** The `data` of each event of an SSE stream, until it ends. */
export const events = async (path: string): Promise<any[]> => {
  const response = await fetch(origin('gateway') + path, { headers: { accept: 'text/event-stream' } });
  const text = await response.text();
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data!));
};

const answer = async (pending: Promise<Response>): Promise<Answer> => {
  const response = await pending;
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
};
