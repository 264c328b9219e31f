import { InventoryContract } from '@fourfold/contracts/inventory';
import { clientOf } from '@fourfold/transport/client';

/** The inventory service, as the gateway calls it. */
export abstract class InventoryClient extends clientOf(InventoryContract) {}
