/** What is generated beside the sample and into it, in every shape that the other specs have not: all of it holds, and answers. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { copyWorkspace, type WorkspaceCopy } from './testing/workspace-copy.ts';

const MINUTE = 60_000;
const COMMANDS = [
  'service reports --transports=http',
  'service price-lists --transports=rabbitmq,kafka',
  'service clients --transports=grpc,kafka --database',
  'operation price-lists closePriceList --transports=kafka',
  'operation clients watchAll --stream --transports=grpc',
  'operation reports archiveReport --command',
  'operation inventory countStock',
  'operation orders shipOrder',
  'event orders orderShipped',
  'subscriber gateway orderShipped',
  'subscriber clients orderPlaced',
  'client gateway clients',
];
const TOUCHED = 'reports,price-lists,clients,gateway,orders,inventory,contracts,system';

let copy: WorkspaceCopy;
beforeAll(async () => {
  copy = await copyWorkspace();
}, 5 * MINUTE);
afterAll(() => copy?.remove());

it('compiles, passes its tests and answers over its transports', { timeout: 10 * MINUTE }, async () => {
  for (const command of COMMANDS) await copy.run(`npx nx g ${command}`);
  await copy.run('npm run check');
  const tests = await copy.run(`npx nx run-many -t lint,typecheck,build,test -p ${TOUCHED}`);
  for (const project of TOUCHED.split(',')) expect(tests).toMatch(new RegExp(`${project}: [1-9]\\d* passed, 0 failed`));
  expect(await copy.run('npx nx run-many -t lint,typecheck -p e2e && npx nx run e2e:e2e')).toMatch(
    /e2e: [1-9]\d* passed, 0 failed/,
  );
});
