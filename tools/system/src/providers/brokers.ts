import { DockerProvider } from './docker.provider.ts';
import { EmbeddedBrokersProvider } from './embedded-brokers.provider.ts';
import { EmbeddedPostgresProvider } from './embedded-postgres.provider.ts';
import { ExternalProvider } from './external.provider.ts';
import { NativeKafkaProvider } from './native-kafka.provider.ts';
import { NativeRabbitmqProvider } from './native-rabbitmq.provider.ts';
import type { ProviderContext, Provider } from './provider.ts';

/** The choices of `--brokers=…`, each with its providers. */
const CHOICES = {
  embedded: (context: ProviderContext) => [new EmbeddedPostgresProvider(context), new EmbeddedBrokersProvider(context)],
  native: (context: ProviderContext) => [
    new EmbeddedPostgresProvider(context),
    new NativeRabbitmqProvider(context),
    new NativeKafkaProvider(context),
  ],
  docker: (context: ProviderContext) => [new DockerProvider(context)],
  external: (context: ProviderContext) => [new ExternalProvider(context)],
} satisfies Record<string, (context: ProviderContext) => Provider[]>;

export type Brokers = keyof typeof CHOICES;
export const BROKERS = Object.keys(CHOICES) as Brokers[];
export const DEFAULT_BROKERS: Brokers = 'embedded';

/** The providers of one choice of brokers, including that of the database. */
export function providersOf(brokers: Brokers, context: ProviderContext): Provider[] {
  return CHOICES[brokers](context);
}
