import { Injectable } from '@nestjs/common';
import type { ListProductsResponse, Product } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import type { ListProductsDto } from '@fourfold/contracts/inventory';
import { productNotFound } from '@fourfold/contracts/inventory.errors';
import { idOfPageToken, pageTokenAfter } from '@fourfold/transport/page-token';
import { ProductsRepository } from './products.repository.ts';

const DEFAULT_PAGE_SIZE = 50;

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
  async list({ pageSize, pageToken }: ListProductsDto): Promise<ListProductsResponse> {
    const size = pageSize || DEFAULT_PAGE_SIZE;
    const found = await this.products.findAfter(idOfPageToken(pageToken), size + 1);
    const products = found.slice(0, size);
    return { products, nextPageToken: found.length > size ? pageTokenAfter(products.at(-1)!.productId) : '' };
  }
}
