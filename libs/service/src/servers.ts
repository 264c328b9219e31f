import type { INestApplication } from '@nestjs/common';
import { contractsOf } from '@fourfold/transport/mounts';
import type { TransportName } from '@fourfold/transport/context';
import { listen, type TransportServer } from '@fourfold/transport/transports';
import { required, type ServiceConfig } from './config.ts';
import { refuseEmbedded } from './embedded.ts';
import { FatalStartError, oneLine } from './startup.ts';

/** A transport of this process, as start and stop see it. */
export interface RunningServer {
  name: TransportName;
  server: TransportServer;
  listen(): Promise<void>;
  isReady(): boolean;
  /** Called once the whole service takes work. */
  onServing?(): void;
  /** Brokers: takes nothing more and finishes what it has. */
  stopConsuming?(): Promise<void>;
  /** gRPC: the port that it got. */
  port?(): number | undefined;
}

/** The servers of the transports that a service has; each loads its library only here. */
export const createServers = (
  app: INestApplication,
  service: string,
  transports: TransportName[],
  config: ServiceConfig,
): Promise<RunningServer[]> => Promise.all(transports.map((name) => CREATE[name]!(app, service, config)));

type Create = (app: INestApplication, service: string, config: ServiceConfig) => Promise<RunningServer>;

const CREATE: Partial<Record<TransportName, Create>> = {
  async grpc(app, service, config) {
    const { GrpcServer } = await import('@fourfold/transport/grpc/server');
    const { descriptorSet } = await import('@fourfold/contracts/gen/descriptors');
    const port = required(config, 'GRPC_PORT', `${service} serves gRPC`);
    const url = `${config.HOST}:${port}`;
    const server = new GrpcServer({
      url,
      contracts: contractsOf(app),
      descriptorSet,
      drainTimeout: config.SHUTDOWN_TIMEOUT_MS,
    });
    return {
      name: 'grpc',
      server,
      listen: () =>
        listen(server).catch((thrown) => {
          throw new FatalStartError(`GRPC_PORT ${port}: cannot listen: ${oneLine(thrown)}`);
        }),
      isReady: () => server.port !== undefined,
      onServing: () => server.setServing(true),
      port: () => server.port,
    };
  },

  async rabbitmq(_, service, config) {
    const { RabbitMqServer } = await import('@fourfold/transport/rabbitmq/server');
    const url = required(config, 'RABBITMQ_URL', `${service} takes messages from RabbitMQ`);
    const server = new RabbitMqServer({
      url,
      prefix: config.MESSAGING_PREFIX,
      drainTimeout: config.SHUTDOWN_TIMEOUT_MS,
    });
    return brokerServer('rabbitmq', server, config);
  },

  async kafka(_, service, config) {
    const { KafkaServer } = await import('@fourfold/transport/kafka/server');
    const brokers = required(config, 'KAFKA_BROKERS', `${service} takes messages from Kafka`).split(',');
    const prefix = config.MESSAGING_PREFIX;
    const server = new KafkaServer({ brokers, group: service, prefix, drainTimeout: config.SHUTDOWN_TIMEOUT_MS });
    return brokerServer('kafka', server, config);
  },
};

const brokerServer = (
  name: 'rabbitmq' | 'kafka',
  server: TransportServer & { isReady(): boolean; stopConsuming(): Promise<void> },
  config: ServiceConfig,
): RunningServer => ({
  name,
  server,
  listen: () => refuseEmbedded(name, config).then(() => listen(server)),
  isReady: () => server.isReady(),
  stopConsuming: () => server.stopConsuming(),
});
