import { afterAll, beforeAll } from 'vitest';
import { FREE_PORTS, testEnvironment } from './test-environment.ts';

type Environment = Record<string, string>;
type Module = new (...dependencies: any[]) => unknown;

/** As libs/service has it. Given to each function below, not imported: the specs of libs/service use this package. */
type CreateService<Service, Transport> = (options: {
  name: string;
  module: () => Promise<Module>;
  transports?: Transport[];
  environment?: Environment;
}) => Promise<Service>;

interface RunningService {
  app: unknown;
  url: string;
  addressOf(transport: 'grpc'): string | undefined;
  ready: Promise<void>;
  stop(): Promise<void>;
}

/** Without `transports` the app speaks HTTP alone; `environment` is added to that of `testEnvironment`. */
export interface AppOptions<Transport> {
  name: string;
  module: Module;
  transports?: Transport[];
  environment?: Environment;
}

/** Starts an app of system.ts on free ports and a new database; resolves once it is ready. */
export async function startApp<Service extends RunningService, Transport>(
  createService: CreateService<Service, Transport>,
  { environment, ...options }: AppOptions<Transport>,
): Promise<Service> {
  return start(createService, {
    ...options,
    environment: { ...(await testEnvironment(options.name)), ...environment },
  });
}

/** Starts a stand-in for the services that an app calls; resolves once it is ready. */
export function startStandIn<Service extends RunningService>(
  createService: CreateService<Service, 'grpc'>,
  module: Module,
): Promise<Service> {
  return start(createService, { name: 'stand-in', module, transports: ['grpc'], environment: FREE_PORTS });
}

/** Starts an app before the tests of a file and stops it after them. What it returns can be used once it has started. */
export function appForTests<Service extends RunningService, Transport>(
  createService: CreateService<Service, Transport>,
  { environment, ...options }: Omit<AppOptions<Transport>, 'environment'> & { environment?: () => Environment },
): ServiceForTests<Service> {
  return new ServiceForTests(() => startApp(createService, { ...options, environment: environment?.() }));
}

/** Starts a stand-in before the tests of a file and stops it after them. */
export function standInForTests<Service extends RunningService>(
  createService: CreateService<Service, 'grpc'>,
  module: Module,
): ServiceForTests<Service> {
  return new ServiceForTests(() => startStandIn(createService, module));
}

export class ServiceForTests<Service extends RunningService> {
  #service: Service | undefined;

  constructor(startService: () => Promise<Service>) {
    beforeAll(async () => {
      this.#service = await startService();
    });
    afterAll(() => this.#service?.stop());
  }

  get app(): Service['app'] {
    return this.#started.app;
  }

  /** `http://127.0.0.1:3001` */
  get url(): string {
    return this.#started.url;
  }

  /** `127.0.0.1:50051` */
  get grpcUrl(): string {
    const address = this.#started.addressOf('grpc');
    if (!address) throw new Error("the app has no gRPC: start it with transports: ['grpc']");
    return address;
  }

  get #started(): Service {
    if (!this.#service) throw new Error('the app has not started yet: use it in beforeAll, in a test or after');
    return this.#service;
  }
}

async function start<Service extends RunningService, Transport>(
  createService: CreateService<Service, Transport>,
  { module, ...options }: AppOptions<Transport>,
): Promise<Service> {
  const service = await createService({ ...options, module: async () => module });
  await service.ready;
  return service;
}
