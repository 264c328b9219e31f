import type { INestApplication } from '@nestjs/common';
import type { Contract } from '@fourfold/contracts/contract';
import type { Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import { GetParcelDto, ParcelsContract, SendParcelDto } from '@fourfold/testing/parcels';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOf, createClient } from '../../src/client.ts';
import { IdempotencyKey } from '../../src/handlers/idempotency-key.ts';
import { Implements } from '../../src/handlers/implements.ts';
import { Input } from '../../src/handlers/input.ts';
import { HttpClient } from '../../src/http/client.ts';
import { startApplication } from '../application.ts';
import { send } from './raw.ts';

const { getParcel, sendParcel } = ParcelsContract;
const Keyed = {
  getParcel,
  sendParcel: { ...sendParcel, bindings: { ...sendParcel.bindings, idempotencyKey: 'required' } },
} as const satisfies Contract;
abstract class ParcelsClient extends clientOf(Keyed) {}

let calls = 0;
const parcel = (parcelId: string): Parcel => ({ parcelId, senderId: 'c', status: 'SENT', items: [] });

@Implements(Keyed)
class ParcelsController {
  getParcel(@Input() _: GetParcelDto, @IdempotencyKey() key?: IdempotencyKey): Parcel {
    return parcel(key ? `key ${key.id}` : 'none');
  }
  sendParcel(@Input() _: SendParcelDto, @IdempotencyKey() key?: IdempotencyKey): Parcel {
    calls++;
    return parcel(`key ${key!.id}`);
  }
}

let app: INestApplication;
let origin: string;
beforeAll(async () => {
  ({ app, origin } = await startApplication([ParcelsController], []));
});
afterAll(() => app.close());

const get = async (...keys: string[]) => {
  const fields = keys.map((key) => `Idempotency-Key: ${key}\r\n`).join('');
  const { status, body } = await send(
    origin,
    `GET /parcels/p HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${fields}\r\n`,
  );
  const { parcelId, violations } = JSON.parse(body);
  return [status, status === 200 ? parcelId : violations];
};

describe('Idempotency-Key', () => {
  it.each([
    ['"8e03978e-40d5"', 'key 8e03978e-40d5'],
    ['8e03978e-40d5', 'key 8e03978e-40d5'],
    ['"a b"', 'key a b'],
    [String.raw`"a\"b\\c"`, String.raw`key a"b\c`],
    ['"k";v=1', 'key k'],
    ['a,b', 'key a,b'],
    ['""', 'none'],
    ['', 'none'],
  ])('%s is read as %s', async (key, expected) => {
    expect(await get(key)).toEqual([200, expected]);
  });
  it.each([
    ['"a'],
    ['"a"b'],
    [String.raw`"a\x"`],
    ['"a"', '"b"'],
    ['a', 'b'],
    ['ü'],
    ['x'.repeat(256)],
    [`"${'x'.repeat(256)}"`],
  ])('is refused: %s %s', async (...keys) => {
    expect(await get(...keys)).toEqual([400, [expect.objectContaining({ path: 'idempotencyKey', rule: 'matches' })]]);
  });
  it('comes as it was sent by our client', async () => {
    const transport = new HttpClient(origin);
    const client = createClient(ParcelsClient, transport);
    for (const idempotencyKey of ['k-1', String.raw`a "b" \ c`])
      expect(await client.getParcel({ parcelId: 'p' }, { idempotencyKey })).toMatchObject({
        parcelId: `key ${idempotencyKey}`,
      });
    await transport.close();
  });
  it('is wanted where the contract says so: without it the handler is not called', async () => {
    const post = (headers: Record<string, string>) =>
      fetch(`${origin}/parcels`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"senderId":"c","items":[{"articleId":"a","quantity":1}]}',
      });
    const without: Record<string, string>[] = [{}, { 'idempotency-key': '' }, { 'idempotency-key': '""' }];
    for (const headers of without) {
      const response = await post(headers);
      expect([response.status, await response.json()]).toEqual([
        400,
        expect.objectContaining({
          reason: 'IDEMPOTENCY_KEY_MISSING',
          violations: [expect.objectContaining({ path: 'idempotencyKey', rule: 'isDefined' })],
        }),
      ]);
    }
    expect(calls).toBe(0);
    expect((await post({ 'idempotency-key': '"k"' })).status).toBe(201);
    expect(calls).toBe(1);
  });
});
