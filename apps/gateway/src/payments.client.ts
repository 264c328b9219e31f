import { PaymentsContract } from '@fourfold/contracts/payments';
import { clientOf } from '@fourfold/transport/client';

/** The payments service, as the gateway calls it. */
export abstract class PaymentsClient extends clientOf(PaymentsContract) {}
