/** What a service that is not one of ours says of its failures. */
import {
  Metadata,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServiceError as GrpcError,
  status,
} from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { ErrorInfo } from '@fourfold/contracts/gen/google/rpc/error_details';
import { Status } from '@fourfold/contracts/gen/google/rpc/status';
import { ParcelsContract } from '@fourfold/testing/parcels';
import { expect, it, onTestFinished, vi } from 'vitest';
import { clientOf, createClient } from '../../src/client.ts';
import { GrpcClient } from '../../src/grpc/client.ts';

const SECRET = 'stack: secret password=1234\n    at db.connect (/srv/app.js:1:1)';

/** The error that our client makes of what a foreign service answers. */
const errorOf = async (answer: Partial<GrpcError>): Promise<unknown> => {
  abstract class ParcelsClient extends clientOf(ParcelsContract) {}
  const server = new Server();
  const bytes = { serialize: (value: Buffer) => value, deserialize: (value: Buffer) => value };
  server.addService(
    {
      GetParcel: {
        path: '/parcels.v1.ParcelsService/GetParcel',
        requestStream: false,
        responseStream: false,
        requestSerialize: bytes.serialize,
        requestDeserialize: bytes.deserialize,
        responseSerialize: bytes.serialize,
        responseDeserialize: bytes.deserialize,
      },
    },
    { GetParcel: (_: unknown, answered: sendUnaryData<Buffer>) => answered(answer) },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const client = new GrpcClient(`127.0.0.1:${port}`);
  onTestFinished(async () => {
    await client.close();
    server.forceShutdown();
  });
  return createClient(ParcelsClient, client)
    .getParcel({ parcelId: 'p-1' })
    .then(
      () => expect.unreachable(),
      (thrown: unknown) => thrown,
    );
};

it.each(['INTERNAL', 'UNKNOWN', 'NOT_FOUND', 'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'DATA_LOSS'] as const)(
  'a foreign error keeps its code: %s; its text is logged once, on one line, and goes no further',
  async (code) => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const error = await errorOf({ code: status[code], details: SECRET });
    expect(error).toMatchObject({ code, reason: code });
    expect((error as Error).message).toBe(`parcels.v1.ParcelsService/GetParcel failed with ${code}`);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/GetParcel failed with \w+: "stack: secret .*\\n/)]]);
  },
);

it('the details of a foreign error are not taken for ours', async () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
  onTestFinished(() => warn.mockRestore());
  const info = { reason: 'API_DISABLED', domain: 'googleapis.com', metadata: { consumer: 'projects/123' } };
  const value = Buffer.from(ErrorInfo.encode(info).finish());
  const details = [{ typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value }];
  const metadata = new Metadata();
  metadata.set(
    'grpc-status-details-bin',
    Buffer.from(Status.encode({ code: status.PERMISSION_DENIED, message: SECRET, details }).finish()),
  );
  const error = await errorOf({ code: status.PERMISSION_DENIED, details: SECRET, metadata });
  expect(error).toMatchObject({ code: 'PERMISSION_DENIED', reason: 'PERMISSION_DENIED', details: {} });
  expect(JSON.stringify(error) + (error as Error).message).not.toContain('secret');
});
