import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { type GrpcOptions, type RmqOptions, Transport } from '@nestjs/microservices';
import { PaymentsServiceDefinition } from '@fourfold/contracts/gen/shop/payments/v1/payments';
import { loadConfig, ServiceConfig } from '@fourfold/service/config';
import { Readiness } from '@fourfold/service/readiness';
import { ServiceModule } from '@fourfold/service/service.module';
import { Startup } from '@fourfold/service/startup';
import { AcknowledgeInterceptor } from './acknowledge.interceptor.ts';
import { commandDeserializer, declareDeadLetterQueue, queueOptionsOf } from './commands.ts';
import { grpcDefinition } from './grpc-definition.ts';
import { PaymentsModule } from './payments.module.ts';
import { ServersConfig } from './servers.config.ts';
import { ServiceErrorFilter } from './service-error.filter.ts';

const { HOST, MESSAGING_PREFIX } = loadConfig(ServiceConfig, process.env);
const { HTTP_PORT, GRPC_PORT, RABBITMQ_URL } = loadConfig(ServersConfig, process.env);
const queues = ['payments.charge-payment', 'payments.refund-payment'].map((name) => MESSAGING_PREFIX + name);

const app = await NestFactory.create(ServiceModule.around(PaymentsModule, 'payments', process.env));
app.enableShutdownHooks();
app.useGlobalFilters(new ServiceErrorFilter());
app.useGlobalInterceptors(new AcknowledgeInterceptor());

// after the globals, and with inheritAppConfig: otherwise they apply to HTTP only
app.connectMicroservice<GrpcOptions>(
  { transport: Transport.GRPC, options: { url: `${HOST}:${GRPC_PORT}`, ...grpcDefinition(PaymentsServiceDefinition) } },
  { inheritAppConfig: true },
);
// a server has one queue
for (const queue of queues)
  app.connectMicroservice<RmqOptions>(
    {
      transport: Transport.RMQ,
      options: {
        urls: [RABBITMQ_URL],
        queue,
        queueOptions: queueOptionsOf(queue),
        noAck: false, // the default loses messages in flight when the process dies
        prefetchCount: 64, // the default is unlimited
        deserializer: commandDeserializer,
      },
    },
    { inheritAppConfig: true },
  );

await app.get(Startup).run(new AbortController().signal); // the database, its migrations, the outbox
for (const queue of queues) await declareDeadLetterQueue(RABBITMQ_URL, queue);
await app.startAllMicroservices();
app.get(Readiness).serve();
await app.listen(HTTP_PORT, HOST);
