import { type CallOptions, Metadata } from '@grpc/grpc-js';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { ClientGrpc } from '@nestjs/microservices';
import type { Reservation, ReserveStockRequest } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import { currentMessage } from '@fourfold/transport/context';
import { propagate } from '@fourfold/transport/metadata';
import { catchError, firstValueFrom, type Observable } from 'rxjs';
import { rethrow } from './grpc-errors.ts';

export const INVENTORY = Symbol('inventory');
const TIMEOUT_MS = 2000;

interface Inventory {
  reserveStock(request: ReserveStockRequest, metadata: Metadata, options: CallOptions): Observable<Reservation>;
}

/** The inventory service, as orders calls it. */
@Injectable()
export class InventoryClient implements OnModuleInit {
  private inventory!: Inventory;

  constructor(@Inject(INVENTORY) private readonly grpc: ClientGrpc) {}

  onModuleInit(): void {
    this.inventory = this.grpc.getService('InventoryService');
  }

  reserveStock(request: ReserveStockRequest): Promise<Reservation> {
    const metadata = Metadata.fromHttp2Headers(propagate(currentMessage()?.metadata));
    const answer = this.inventory.reserveStock(request, metadata, { deadline: Date.now() + TIMEOUT_MS });
    return firstValueFrom(answer.pipe(catchError(rethrow)));
  }
}
