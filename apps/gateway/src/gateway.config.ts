import { IsGrpcTarget } from '@fourfold/service/config';

/** The environment that the gateway reads beside every service's: where each service serves gRPC, `127.0.0.1:50051`. */
export class GatewayConfig {
  @IsGrpcTarget() ORDERS_GRPC_URL = '';
  @IsGrpcTarget() INVENTORY_GRPC_URL = '';
  @IsGrpcTarget() PAYMENTS_GRPC_URL = '';
  @IsGrpcTarget() NOTIFICATIONS_GRPC_URL = '';
}
