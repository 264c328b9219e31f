import { Controller, Get } from '@nestjs/common';
import type { Product } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import { GetProductDto, ListProductsDto } from '@fourfold/contracts/inventory';
import { Input } from '@fourfold/transport/input';
import { InventoryClient } from './inventory.client.ts';
import { linkTo, linkToPlaceOrder } from './links.ts';

/** `/v1/products`, each with its stock. */
@Controller('v1/products')
export class ProductsController {
  constructor(private readonly inventory: InventoryClient) {}

  @Get()
  async listProducts(@Input(ListProductsDto) input: ListProductsDto) {
    const { products, nextPageToken } = await this.inventory.listProducts(input);
    return {
      products: products.map(withLinks),
      nextPageToken,
      links: {
        self: linkTo('products', { ...input }),
        ...(nextPageToken && { next: linkTo('products', { ...input, pageToken: nextPageToken }) }),
      },
    };
  }

  @Get(':productId')
  async getProduct(@Input(GetProductDto) input: GetProductDto) {
    return withLinks(await this.inventory.getProduct(input));
  }
}

const withLinks = (product: Product) => {
  const { productId } = product;
  return { ...product, links: { self: linkTo('product', { productId }), order: linkToPlaceOrder(productId) } };
};
