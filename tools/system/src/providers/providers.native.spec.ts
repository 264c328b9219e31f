import { describe } from 'vitest';
import { kafkaAnswers, rabbitmqAnswers } from '../servers/answers.ts';
import { NativeKafkaProvider } from './native-kafka.provider.ts';
import { NativeRabbitmqProvider } from './native-rabbitmq.provider.ts';
import { itProvides, useProviderContext } from './providers.suite.ts';

const context = useProviderContext();

describe('native RabbitMQ', () => {
  itProvides(
    context,
    (on) => new NativeRabbitmqProvider(on),
    ({ rabbitmq = '' }) => rabbitmqAnswers(rabbitmq),
  );
});

describe('native Kafka', () => {
  itProvides(
    context,
    (on) => new NativeKafkaProvider(on),
    ({ kafka = '' }) => kafkaAnswers(kafka),
  );
});
