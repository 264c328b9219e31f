/** `npx nx run service:bench`: what is done in time, and how fast, as the load grows: plain Nest beside a service of ours. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, Transport } from '@nestjs/microservices';
import { freePorts } from '@fourfold/testing/free-ports';
import { GetLabelDto, LabelsContract, PrintLabelDto } from '@fourfold/testing/parcels';
import { Implements } from '@fourfold/transport/implements';
import { Input } from '@fourfold/transport/input';
import { expect, it } from 'vitest';
import { createService } from '../src/start/start.ts';
import type { Outcome } from './load.ts';

/** Milliseconds of CPU time and of waiting of one call. */
const CPU = 2;
const WAIT = 5;
/** Milliseconds that a caller waits. */
const DEADLINE = 1000;
const SECONDS = 4;
const ROUNDS = 3;
/** Calls per second; one core does about 400. The last one comes right after the largest. */
const LOADS = [200, 360, 400, 600, 800, 2000, 360];

const work = async () => {
  await sleep(WAIT);
  for (const end = performance.now() + CPU; performance.now() < end;);
  return { parcelId: '', text: '' };
};

@Controller()
class RouteController {
  @Get('label')
  label() {
    return work();
  }
}
@Controller()
class PlainController {
  @GrpcMethod('LabelsService', 'GetLabel')
  getLabel() {
    return work();
  }
}
@Controller()
@Implements(LabelsContract)
class OurController {
  getLabel(@Input() _: GetLabelDto) {
    return work();
  }
  printLabel(@Input() _: PrintLabelDto) {}
}
@Module({ controllers: [RouteController, PlainController] })
class PlainModule {}
@Module({ controllers: [RouteController, OurController] })
class OurModule {}

const startPlain = async () => {
  const app = await NestFactory.create(PlainModule, { logger: false });
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const protoPath = new URL('../../../tools/testing/proto/parcels/v1/parcels.proto', import.meta.url).pathname;
  app.connectMicroservice({ transport: Transport.GRPC, options: { url: address, package: 'parcels.v1', protoPath } });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), address, stop: () => app.close() };
};

const startOurs = async () => {
  const environment = { HTTP_PORT: '0', GRPC_PORT: '0', LOG_LEVEL: 'error' };
  const service = await createService({
    name: 'bench',
    module: async () => OurModule,
    transports: ['grpc'],
    environment,
  });
  await service.ready;
  return { url: service.url, address: service.addressOf('grpc')!, stop: () => service.stop() };
};

const load = async (url: string, rate: number): Promise<Outcome> => {
  const args = [new URL('load.ts', import.meta.url).pathname, url, rate, SECONDS, DEADLINE].map(String);
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout);
};
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const row = (...cells: (string | number)[]) => console.log(cells.map((cell) => String(cell).padStart(11)).join(''));

it('prints goodput and p99 over the offered load', async () => {
  const [plain, ours] = await Promise.all([startPlain(), startOurs()]);
  const subjects = Object.entries({ plain, ours }).flatMap(([name, { url, address }]) => [
    { name, transport: 'HTTP', url: `${url}/label` },
    { name, transport: 'gRPC', url: `grpc://${address}/parcels.v1.LabelsService/GetLabel` },
  ]);
  const outcomes = new Map<string, Outcome[]>();
  for (let round = 0; round < ROUNDS; round++)
    for (const [step, rate] of LOADS.entries())
      for (const { name, transport, url } of subjects) {
        const key = `${transport} ${name} ${step}`;
        outcomes.set(key, [...(outcomes.get(key) ?? []), await load(url, rate)]);
      }
  for (const transport of ['HTTP', 'gRPC'])
    for (const name of ['plain', 'ours']) {
      console.log(`\n${transport}, ${name}: calls per second, milliseconds; medians of ${ROUNDS} rounds`);
      row('offered', 'in time', 'p99', 'refused', 'p99', 'slowest', 'failed');
      for (const [step, rate] of LOADS.entries()) {
        const all = outcomes.get(`${transport} ${name} ${step}`)!;
        const of = (field: keyof Outcome) => Math.round(median(all.map((one) => one[field])));
        const counted = (field: keyof Outcome) => Math.round(of(field) / SECONDS);
        row(
          rate,
          of('goodput'),
          of('p99'),
          counted('refused'),
          of('refusedP99'),
          of('refusedSlowest'),
          counted('failed'),
        );
        expect(name === 'plain' || of('goodput')).toBeTruthy();
      }
    }
  await ours.stop();
  await plain.stop();
}, 900_000);
