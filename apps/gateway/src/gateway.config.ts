import { IsString } from 'class-validator';

/** The environment that the gateway reads beside every service's: where each service serves gRPC, `127.0.0.1:50051`. */
export class GatewayConfig {
  @IsString() ORDERS_GRPC_URL = '';
  @IsString() INVENTORY_GRPC_URL = '';
  @IsString() NOTIFICATIONS_GRPC_URL = '';
}
