import { Logger } from '@nestjs/common';
import type { ServiceConfig } from './config.ts';
import { FatalStartError } from './startup.ts';

/** How the embedded brokers of tools/embedded-brokers name themselves: AMQP server property `product`, Kafka cluster id. */
const AMQP_PRODUCT = 'Fourfold embedded';
const KAFKA_CLUSTER = 'fourfold-embedded';

/** In production the embedded brokers are refused: what they hold is gone when they end. */
export const refuseEmbedded = async (
  broker: 'rabbitmq' | 'kafka',
  { NODE_ENV, RABBITMQ_URL, KAFKA_BROKERS }: ServiceConfig,
): Promise<void> => {
  if (NODE_ENV !== 'production') return;
  const isEmbedded =
    broker === 'rabbitmq' ? await isEmbeddedAmqp(RABBITMQ_URL!) : await isEmbeddedKafka(KAFKA_BROKERS!);
  if (!isEmbedded) return;
  const variable = broker === 'rabbitmq' ? 'RABBITMQ_URL' : 'KAFKA_BROKERS';
  throw new FatalStartError(`${variable}: an embedded broker keeps everything in memory and is refused in production`);
};

const isEmbeddedAmqp = async (url: string): Promise<boolean> => {
  const { connect } = await import('amqplib');
  const model = await connect(url);
  const { serverProperties } = model.connection;
  await model.close();
  return serverProperties.product === AMQP_PRODUCT;
};

const isEmbeddedKafka = async (brokers: string): Promise<boolean> => {
  const { Kafka } = (await import('kafkajs')).default;
  const { kafkaConfig } = await import('@fourfold/transport/kafka/connection');
  const { withAdmin } = await import('@fourfold/transport/kafka/topics');
  const kafka = new Kafka(kafkaConfig({ brokers: brokers.split(',') }, 'embedded', new Logger('Startup')));
  const { clusterId } = await withAdmin(kafka, (admin) => admin.describeCluster());
  return clusterId === KAFKA_CLUSTER;
};
