import { InventoryContract } from '@fourfold/contracts/inventory';
import { clientOf } from '@fourfold/transport/client';

/** The inventory service, as orders calls it. */
export abstract class InventoryClient extends clientOf(InventoryContract) {}
