import { IsString } from 'class-validator';

/** The environment that orders reads beside every service's. */
export class OrdersConfig {
  /** Where inventory serves gRPC: `127.0.0.1:50052`. */
  @IsString() INVENTORY_GRPC_URL = '';
}
