import { Controller, Get, Res } from '@nestjs/common';
import { IfNoneMatch } from '@fourfold/transport/preconditions';
import { Produces } from '@fourfold/transport/produces';
import { documentOf, HAL, type HttpResponse } from './hal.ts';
import { linkTo, templateOf } from './links.ts';
import { placeOrderForm } from './order.representation.ts';
import { routeOf } from './uris.ts';
import { WebFiles } from './web-files.ts';

/** They change with a new version of the gateway alone. */
const LINKS_FIELDS = { 'Cache-Control': 'public, max-age=60' };

/** The page needs its own files and its own API: no inline script or style, nothing of others, and no frame around it. */
const PAGE_FIELDS = {
  'Cache-Control': 'public, no-cache', // as its files
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'", // what forms do is done by script
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** `/`: who knows only this can do everything. Browsers get a page for people, everybody else the links. */
@Controller()
export class RootController {
  constructor(private readonly files: WebFiles) {}

  @Get(routeOf('root'))
  @Produces(...HAL, 'text/html')
  getRoot(@IfNoneMatch() cached: IfNoneMatch, @Res({ passthrough: true }) response: HttpResponse) {
    const isPage = String(response.getHeader('content-type')).startsWith('text/html'); // as @Produces has chosen
    for (const [name, value] of Object.entries(isPage ? PAGE_FIELDS : LINKS_FIELDS)) response.header(name, value);
    return cached.answerByDigest(isPage ? this.files.page : this.links());
  }

  private links() {
    const _links = {
      self: linkTo('root'),
      describedby: linkTo('relations'),
      'shop:products': templateOf('products'),
      'shop:product': templateOf('product'),
      'shop:orders': templateOf('orders'),
      'shop:order': templateOf('order'),
      'shop:events': templateOf('orderEvents'),
      'shop:cancellation': templateOf('cancellation'),
      'shop:payment': templateOf('payment'),
      'shop:notifications': templateOf('notifications'),
      'shop:order-element': linkTo('webFile', { file: 'shop-order.js' }),
    };
    return documentOf({ name: 'Fourfold', _links }, { placeOrder: placeOrderForm() });
  }
}
