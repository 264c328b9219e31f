import { Injectable } from '@nestjs/common';
import type { ListProductsResponse, Product } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import type { ListProductsDto } from '@fourfold/contracts/inventory';
import { productNotFound } from '@fourfold/contracts/inventory.errors';
import { pageOf } from '@fourfold/service/page';
import { ProductsRepository } from './products.repository.ts';

/** What can be done with products. */
@Injectable()
export class ProductsService {
  constructor(private readonly products: ProductsRepository) {}

  async get(productId: string): Promise<Product> {
    const product = await this.products.find(productId);
    if (!product) throw productNotFound({ productId });
    return product;
  }

  /** The catalogue, oldest first, page by page. */
  async list(page: ListProductsDto): Promise<ListProductsResponse> {
    const { items: products, nextPageToken } = await pageOf(
      page,
      ({ productId }: Product) => productId,
      (productId, limit) => this.products.findAfter(productId, limit),
    );
    return { products, nextPageToken };
  }
}
