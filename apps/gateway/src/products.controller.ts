import { Controller, Get, Res } from '@nestjs/common';
import type { Product } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import { GetProductDto, ListProductsDto } from '@fourfold/contracts/inventory';
import { Input } from '@fourfold/transport/input';
import { Produces } from '@fourfold/transport/produces';
import { answerPage, documentOf, HAL, type HttpResponse } from './hal.ts';
import { InventoryClient } from './inventory.client.ts';
import { linkTo } from './links.ts';
import { placeOrderForm } from './order.representation.ts';
import { routeOf } from './uris.ts';

/** The products, each with its stock. */
@Controller()
export class ProductsController {
  constructor(private readonly inventory: InventoryClient) {}

  @Get(routeOf('products'))
  @Produces(...HAL)
  async listProducts(
    @Input(ListProductsDto) input: ListProductsDto,
    @Res({ passthrough: true }) response: HttpResponse,
  ) {
    const { products, nextPageToken } = await this.inventory.listProducts(input);
    const items = products.map(productWithLinks);
    return answerPage(response, { place: 'products', input, nextPageToken, relation: 'shop:products', items });
  }

  @Get(routeOf('product'))
  @Produces(...HAL)
  async getProduct(@Input(GetProductDto) input: GetProductDto) {
    const product = await this.inventory.getProduct(input);
    return documentOf(productWithLinks(product), { placeOrder: placeOrderForm(product.productId) });
  }
}

const productWithLinks = (product: Product) => {
  const _links = { self: linkTo('product', { productId: product.productId }), collection: linkTo('products') };
  return { ...product, _links };
};
