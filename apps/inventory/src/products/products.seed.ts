import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Startup } from '@fourfold/service/startup';
import products from '../../products.json' with { type: 'json' };
import { ProductsRepository } from './products.repository.ts';

/** Fills an empty catalogue with the sample products, once the database is there. Safe for several replicas at once. */
@Injectable()
export class ProductsSeed implements OnModuleInit {
  private readonly logger = new Logger(ProductsSeed.name);

  constructor(
    private readonly repository: ProductsRepository,
    private readonly startup: Startup,
  ) {}

  // modules add their steps when they are constructed: this one comes after the database's
  onModuleInit(): void {
    this.startup.add('products', () => this.seed());
  }

  private async seed(): Promise<void> {
    if (!(await this.repository.isEmpty())) return;
    await this.repository.insertAll(products);
    this.logger.log(`seeded ${products.length} products`);
  }
}
