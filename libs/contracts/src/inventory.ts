import { ArrayMaxSize, ArrayMinSize, IsInt, Max, Min } from 'class-validator';
import { contract } from './define/contract.ts';
import { Id, NestedList, PageSize, PageToken } from './define/fields.ts';
import { InventoryServiceDefinition } from './gen/shop/inventory/v1/inventory.ts';

export class GetProductDto {
  @Id() productId = '';
}
export class ListProductsDto {
  @PageSize() pageSize = 0;
  @PageToken() pageToken = '';
}
export class StockLineDto {
  @Id() productId = '';
  @IsInt() @Min(1) @Max(1000) quantity = 0;
}
export class ReserveStockDto {
  @Id() orderId = '';
  @NestedList(() => StockLineDto) @ArrayMinSize(1) @ArrayMaxSize(100) lines: StockLineDto[] = [];
}

export const InventoryContract = contract(InventoryServiceDefinition, {
  getProduct: { input: GetProductDto, idempotent: true, http: 'GET /products/:productId' },
  listProducts: { input: ListProductsDto, idempotent: true, http: 'GET /products' },
  reserveStock: { input: ReserveStockDto, idempotent: true, http: 'POST /reservations' },
});
