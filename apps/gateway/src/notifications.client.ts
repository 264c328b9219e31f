import { NotificationsContract } from '@fourfold/contracts/notifications';
import { clientOf } from '@fourfold/transport/client';

/** The notifications service, as the gateway calls it. */
export abstract class NotificationsClient extends clientOf(NotificationsContract) {}
