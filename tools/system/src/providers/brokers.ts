import { DockerProvider } from './docker.provider.ts';
import { EmbeddedProvider } from './embedded.provider.ts';
import { EmbeddedPostgresProvider } from './embedded-postgres.provider.ts';
import { ExternalProvider } from './external.provider.ts';
import { NativeKafkaProvider } from './native-kafka.provider.ts';
import { NativeRabbitmqProvider } from './native-rabbitmq.provider.ts';
import type { Ground, Provider } from './provider.ts';

/** The choices of `--brokers=…`, each with what the apps then stand on. */
const CHOICES = {
  embedded: (ground: Ground) => [new EmbeddedPostgresProvider(ground), new EmbeddedProvider(ground)],
  native: (ground: Ground) => [
    new EmbeddedPostgresProvider(ground),
    new NativeRabbitmqProvider(ground),
    new NativeKafkaProvider(ground),
  ],
  docker: (ground: Ground) => [new DockerProvider(ground)],
  external: (ground: Ground) => [new ExternalProvider(ground)],
} satisfies Record<string, (ground: Ground) => Provider[]>;

export type Brokers = keyof typeof CHOICES;
export const BROKERS = Object.keys(CHOICES) as Brokers[];
export const DEFAULT_BROKERS: Brokers = 'embedded';

/** The providers behind one choice of brokers; the database comes with them. */
export function providersOf(brokers: Brokers, ground: Ground): Provider[] {
  return CHOICES[brokers](ground);
}
