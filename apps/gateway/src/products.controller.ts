import { Controller, Get, Header, Res } from '@nestjs/common';
import type { Product } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import { GetProductDto, ListProductsDto } from '@fourfold/contracts/inventory';
import { Input } from '@fourfold/transport/input';
import { IfNoneMatch } from '@fourfold/transport/preconditions';
import { Produces } from '@fourfold/transport/produces';
import { answerPage, documentOf, HAL, type HttpResponse } from './hal.ts';
import { InventoryClient } from './inventory.client.ts';
import { linkTo } from './links.ts';
import { placeOrderForm } from './order.representation.ts';
import { routeOf } from './uris.ts';

/** How much is in stock changes with each order, which finds out for itself: what caches say may be half a minute old. */
const POLICY = 'public, max-age=5, stale-while-revalidate=25';

/** The products, each with its stock. */
@Controller()
export class ProductsController {
  constructor(private readonly inventory: InventoryClient) {}

  @Get(routeOf('products'))
  @Produces(...HAL)
  @Header('cache-control', POLICY)
  async listProducts(
    @Input(ListProductsDto) input: ListProductsDto,
    @IfNoneMatch() cached: IfNoneMatch,
    @Res({ passthrough: true }) response: HttpResponse,
  ) {
    const { products, nextPageToken } = await this.inventory.listProducts(input);
    const items = products.map(productWithLinks);
    const page = answerPage(response, { place: 'products', input, nextPageToken, relation: 'shop:products', items });
    return cached.answerByDigest(page);
  }

  @Get(routeOf('product'))
  @Produces(...HAL)
  @Header('cache-control', POLICY)
  async getProduct(@Input(GetProductDto) input: GetProductDto, @IfNoneMatch() cached: IfNoneMatch) {
    const product = await this.inventory.getProduct(input);
    const forms = { placeOrder: placeOrderForm(product.productId) };
    return cached.answerByDigest(documentOf(productWithLinks(product), forms));
  }
}

const productWithLinks = (product: Product) => {
  const _links = { self: linkTo('product', { productId: product.productId }), collection: linkTo('products') };
  return { ...product, _links };
};
