import { describe, expect, it } from 'vitest';
import { templateOf, uriOf } from './links.ts';

describe('a URI', () => {
  it('has what is given in its path, encoded', () => {
    expect(uriOf('orderEvents', { orderId: 'a/b ü' })).toBe('/v1/orders/a%2Fb%20%C3%BC/events');
  });
  it('has in its query what is given and no default', () => {
    expect(uriOf('products')).toBe('/v1/products');
    expect(uriOf('products', { pageSize: 0, pageToken: '' })).toBe('/v1/products');
    expect(uriOf('products', { pageSize: 2, pageToken: 'a&b', other: 'x' })).toBe(
      '/v1/products?pageSize=2&pageToken=a%26b',
    );
  });
});

describe('a template', () => {
  it('comes with what can be had without filling it in', () => {
    expect(templateOf('products')).toEqual({
      href: '/v1/products',
      template: '/v1/products{?pageSize,pageToken}',
    });
  });
  it('stands alone where its path has to be filled in', () => {
    expect(templateOf('order')).toEqual({ template: '/v1/orders/{orderId}' });
  });
});
