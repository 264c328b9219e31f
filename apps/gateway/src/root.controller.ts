import { Controller, Get, Header } from '@nestjs/common';
import { IfNoneMatch } from '@fourfold/transport/preconditions';
import { Produces } from '@fourfold/transport/produces';
import { documentOf, HAL } from './hal.ts';
import { linkTo, templateOf } from './links.ts';
import { placeOrderForm } from './order.representation.ts';
import { routeOf } from './uris.ts';

/** `/`: who knows only this can do everything. */
@Controller()
export class RootController {
  /** Changes with a new version of the gateway alone. */
  @Get(routeOf('root'))
  @Produces(...HAL)
  @Header('cache-control', 'public, max-age=60')
  getRoot(@IfNoneMatch() cached: IfNoneMatch) {
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
    };
    return cached.answerByDigest(documentOf({ name: 'Fourfold', _links }, { placeOrder: placeOrderForm() }));
  }
}
