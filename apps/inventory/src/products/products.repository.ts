import { Injectable } from '@nestjs/common';
import type { Product } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import { Database, type Transaction } from '@fourfold/service/database';
import { asc, eq, gt, inArray, sql } from 'drizzle-orm';
import { products } from '../inventory.schema.ts';

/** How products and their stock are kept. */
@Injectable()
export class ProductsRepository {
  constructor(private readonly database: Database) {}

  async find(productId: string): Promise<Product | undefined> {
    const [row] = await this.database.select().from(products).where(eq(products.productId, productId));
    return row && productOf(row);
  }

  async findAll(transaction: Transaction, productIds: string[]): Promise<Product[]> {
    const rows = await transaction.select().from(products).where(inArray(products.productId, productIds));
    return rows.map(productOf);
  }

  /** By id; UUIDv7 sorts by age. */
  async findAfter(productId: string, limit: number): Promise<Product[]> {
    const rows = await this.database
      .select()
      .from(products)
      .where(gt(products.productId, productId))
      .orderBy(asc(products.productId))
      .limit(limit);
    return rows.map(productOf);
  }

  async isEmpty(): Promise<boolean> {
    return (await this.database.select({ id: products.productId }).from(products).limit(1)).length === 0;
  }

  /** Leaves alone what is there. */
  async insertAll(given: Product[]): Promise<void> {
    await this.database.insert(products).values(given.map(rowOf)).onConflictDoNothing();
  }

  /**
   * Changes the stock of each product by a number of units, and answers what is left. One after the other, in the order of
   * their ids: each row stays locked until the transaction ends, and orders that lock in one order never block each other.
   */
  async changeStock(transaction: Transaction, changes: ReadonlyMap<string, number>): Promise<Map<string, number>> {
    const left = new Map<string, number>();
    for (const productId of [...changes.keys()].toSorted()) {
      const [row] = await transaction
        .update(products)
        .set({ stock: sql`${products.stock} + ${changes.get(productId)}` })
        .where(eq(products.productId, productId))
        .returning({ stock: products.stock });
      if (row) left.set(productId, row.stock);
    }
    return left;
  }
}

type Row = typeof products.$inferSelect;

const productOf = ({ currencyCode, priceMinorUnits, stock, ...row }: Row): Product => ({
  ...row,
  price: { currencyCode, minorUnits: priceMinorUnits },
  stock: Math.max(stock, 0),
});

const rowOf = ({ price, ...product }: Product): Row => ({
  ...product,
  currencyCode: price!.currencyCode,
  priceMinorUnits: price!.minorUnits,
});
