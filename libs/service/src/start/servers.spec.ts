import { Module } from '@nestjs/common';
import type { Contract } from '@fourfold/contracts/contract';
import { GetProductDto, InventoryContract } from '@fourfold/contracts/inventory';
import { freePorts } from '@fourfold/testing/free-ports';
import { clientOf, createClient } from '@fourfold/transport/client';
import { Implements } from '@fourfold/transport/implements';
import { Input } from '@fourfold/transport/input';
import { tcpClient } from '@fourfold/transport/tcp';
import { afterEach, describe, expect, it } from 'vitest';
import { createService, type RunningService } from './start.ts';

const { getProduct } = InventoryContract;
const ProductsContract = {
  getProduct: { ...getProduct, bindings: { input: GetProductDto, grpc: false, tcp: true } },
} as const satisfies Contract;
abstract class ProductsClient extends clientOf(ProductsContract) {}

@Implements(ProductsContract)
class ProductsController {
  getProduct(@Input() { productId }: GetProductDto) {
    return { productId, name: 'Nut', description: '', stock: 7 };
  }
}
@Module({ controllers: [ProductsController] })
class ProductsModule {}

let service: RunningService | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});
const start = async (variables: Record<string, string>) => {
  const environment = { HTTP_PORT: '0', LOG_LEVEL: 'error', ...variables };
  service = await createService({
    name: 'products',
    module: async () => ProductsModule,
    transports: ['tcp'],
    environment,
  });
  await service.ready;
};

describe('a service with a transport beside HTTP', () => {
  it('is reached over it, where its own variable says', async () => {
    const [port] = await freePorts(1);
    await start({ TCP_PORT: String(port) });
    expect(service!.addressOf('tcp')).toBe(`127.0.0.1:${port}`);
    const transport = await tcpClient(`127.0.0.1:${port}`);
    const client = createClient(ProductsClient, transport, { timeout: 5000 });
    expect(await client.getProduct({ productId: 'p-1' })).toMatchObject({ productId: 'p-1', name: 'Nut' });
    await transport.close();
    const report = await (await fetch(`${service!.url}/readyz`)).json();
    expect(report).toMatchObject({ ready: true, checks: { tcp: true } });
  });
  it('does not start without the variable, and says what it is for', async () => {
    await expect(start({})).rejects.toThrow('TCP_PORT is not set: products is reached over tcp');
  });
});
