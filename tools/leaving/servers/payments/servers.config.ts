import { IsInt, Matches } from 'class-validator';

/** The environment that the servers read. */
export class ServersConfig {
  @IsInt() HTTP_PORT = 3003;
  @IsInt() GRPC_PORT = 50053;
  /** `amqp://user:password@127.0.0.1:5672/vhost` */
  @Matches(/^amqps?:\/\//) RABBITMQ_URL = '';
}
