import { describe, expect, it } from 'vitest';
import { templateOf, uriOf } from './links.ts';
import { routeOf } from './uris.ts';

describe('a URI', () => {
  it('has what is given in its path, encoded', () => {
    expect(uriOf('orderEvents', { orderId: 'a/b ü' })).toBe('/v1/orders/a%2Fb%20%C3%BC/events');
  });
  it('has in its query what is given and no default', () => {
    expect(uriOf('products')).toBe('/v1/products');
    expect(uriOf('products', { pageSize: 0, pageToken: '' })).toBe('/v1/products');
    expect(uriOf('products', { pageSize: 2, pageToken: 'a&b c', other: 'x' })).toBe(
      '/v1/products?pageSize=2&pageToken=a%26b%20c',
    );
  });
});

it('a template is for the client to fill in', () => {
  expect(templateOf('products')).toEqual({ href: '/v1/products{?pageSize,pageToken}', templated: true });
});

it('a route has the path of the template, as Nest writes it', () => {
  expect(routeOf('root')).toBe('/');
  expect(routeOf('products')).toBe('/v1/products');
  expect(routeOf('cancellation')).toBe('/v1/orders/:orderId/cancellation');
});
