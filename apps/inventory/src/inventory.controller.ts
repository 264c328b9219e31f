import { Header } from '@nestjs/common';
import type { ListProductsResponse, Product, Reservation } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import { GetProductDto, InventoryContract, ListProductsDto, ReserveStockDto } from '@fourfold/contracts/inventory';
import { Implements } from '@fourfold/transport/implements';
import { Input } from '@fourfold/transport/input';
import { ProductsService } from './products/products.service.ts';
import { ReservationsService } from './reservations/reservations.service.ts';

/** Over HTTP. How much is in stock changes with each reservation, which is what decides. */
const CATALOGUE = 'public, max-age=5, stale-while-revalidate=25';

/** What the inventory service does when asked, over every transport of its contract. */
@Implements(InventoryContract)
export class InventoryController {
  constructor(
    private readonly products: ProductsService,
    private readonly reservations: ReservationsService,
  ) {}

  @Header('cache-control', CATALOGUE)
  getProduct(@Input() { productId }: GetProductDto): Promise<Product> {
    return this.products.get(productId);
  }

  @Header('cache-control', CATALOGUE)
  listProducts(@Input() page: ListProductsDto): Promise<ListProductsResponse> {
    return this.products.list(page);
  }

  reserveStock(@Input() order: ReserveStockDto): Promise<Reservation> {
    return this.reservations.reserve(order);
  }
}
