import { IsGrpcTarget } from '@fourfold/service/config';

/** The environment that orders reads beside every service's. */
export class OrdersConfig {
  /** Where inventory serves gRPC: `127.0.0.1:50052`. */
  @IsGrpcTarget() INVENTORY_GRPC_URL = '';
}
