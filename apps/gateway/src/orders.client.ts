import { OrdersContract } from '@fourfold/contracts/orders';
import { clientOf } from '@fourfold/transport/client';

/** The orders service, as the gateway calls it. */
export abstract class OrdersClient extends clientOf(OrdersContract) {}
