import { describe } from 'vitest';
import { kafkaAnswers, rabbitmqAnswers } from '../servers/answers.ts';
import { NativeKafkaProvider } from './native-kafka.provider.ts';
import { NativeRabbitmqProvider } from './native-rabbitmq.provider.ts';
import { itProvides, useGround } from './providers.suite.ts';

const ground = useGround();

describe('native RabbitMQ', () => {
  itProvides(
    ground,
    (on) => new NativeRabbitmqProvider(on),
    ({ rabbitmq = '' }) => rabbitmqAnswers(rabbitmq),
  );
});

describe('native Kafka', () => {
  itProvides(
    ground,
    (on) => new NativeKafkaProvider(on),
    ({ kafka = '' }) => kafkaAnswers(kafka),
  );
});
