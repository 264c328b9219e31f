import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Addresses } from './system.ts';
import { HOST } from './system.ts';

/** What to do first with a system that is up: where to click, and one order over each transport, to be pasted into a shell. */
export async function welcome({ apps, rabbitmq, kafka }: Addresses, root: string, prefix = ''): Promise<string> {
  const gateway = `http://${HOST}:${apps.gateway?.http}`;
  const order = JSON.stringify({
    customerId: '01900000-0000-7000-8000-000000000001',
    lines: [{ productId: await firstProduct(root), quantity: 1 }],
  });
  const packet = `{"pattern":"${PLACE_ORDER}","data":${order}}`;
  const headers = ['specversion=1.0', `id=${RANDOM_ID}`, 'source=kcat', `type=${PLACE_ORDER}`].map(
    (header) => `-H ce_${header}`,
  );
  return `
  links     ${gateway}/
  products  ${gateway}/v1/products

An order over each transport, to paste into another terminal:

  HTTP      curl -s -X POST ${gateway}/v1/orders -H 'content-type: application/json' -d '${order}'
  gRPC      grpcurl -plaintext -d '${order}' ${HOST}:${apps.orders?.grpc} ${PLACE_ORDER}
  RabbitMQ  amqp-publish -u ${rabbitmq} -r ${prefix}orders.place-order -p -C application/json -b '${packet}'
  Kafka     echo '${order}' | kcat -P -b ${kafka} -t ${prefix}shop.orders.v1.in ${headers.join(' ')}

Ctrl-C stops it all.
`;
}

const PLACE_ORDER = 'shop.orders.v1.OrdersService/PlaceOrder';
const RANDOM_ID = '$(node -p "crypto.randomUUID()")'; // whoever runs this has node; not everyone has uuidgen

async function firstProduct(root: string): Promise<string> {
  const products = JSON.parse(await readFile(join(root, 'apps/inventory/products.json'), 'utf8')) as {
    productId: string;
  }[];
  return products[0]?.productId ?? '';
}
