import { Controller, Get } from '@nestjs/common';
import { linkTo, linkToPlaceOrder, templateOf } from './links.ts';

/** `/`: who knows only this can do everything. */
@Controller()
export class RootController {
  @Get()
  getRoot() {
    return {
      name: 'Fourfold',
      links: {
        self: linkTo('root'),
        products: templateOf('products'),
        product: templateOf('product'),
        orders: linkToPlaceOrder(),
        customerOrders: templateOf('orders'),
        order: templateOf('order'),
        orderEvents: templateOf('orderEvents'),
        cancellation: templateOf('cancellation'),
        payment: templateOf('payment'),
        notifications: templateOf('notifications'),
      },
    };
  }
}
