/**
 * Services of every shape, by the whole `npm test`: half of them beside the sample, with what is generated into them and into it;
 * half of them in a workspace without the sample, which is renamed afterwards.
 */
import { expect, it, onTestFinished } from 'vitest';
import { copyWorkspace, type WorkspaceCopy } from './workspace-copy.ts';
import { TRANSPORTS, type Transport } from '../workspace/services.ts';

const MINUTE = 60_000;

/** Every set of transports but Kafka alone, which answers nobody. */
const SETS = TRANSPORTS.reduce<Transport[][]>(
  (sets, one) => [...sets, ...sets.map((set) => [...set, one])],
  [[]],
).filter((set) => set.length && set.join() !== 'kafka');
/** Short and long names, digits, plurals without an s, and words that templates, tools or PostgreSQL know. */
const NAMES_BESIDE = `reports x customer-account-statement-line-entries b2b-quotes news posts records others ids clients
  price-lists keys status area51s`.split(/\s+/);
const NAMES_WITHOUT = `a people boxes uses calls tests users failures kept operations migrations tokens most
  selects`.split(/\s+/);

/** Arguments of `nx g service`, one per set of transports. Those with an odd (or even) index have a database. */
const services = (names: string[], withDatabase: 'odd' | 'even') =>
  SETS.map((set, index) => {
    const database = index % 2 === (withDatabase === 'odd' ? 1 : 0) ? ' --database' : '';
    return `${names[index]} --transports=${set}${database}`;
  });

const newCopy = async (): Promise<WorkspaceCopy> => {
  const copy = await copyWorkspace();
  onTestFinished(() => copy.remove());
  return copy;
};
const passed = (project: string) => new RegExp(`\\b${project}: [1-9]\\d* passed, 0 failed`);

it('holds beside the sample, with operations, events, subscribers and clients', { timeout: 20 * MINUTE }, async () => {
  const copy = await newCopy();
  for (const service of services(NAMES_BESIDE, 'odd')) await copy.run(`npx nx g service ${service}`);
  for (const command of [
    'operation price-lists closePriceList --transports=kafka',
    'operation clients watchAll --stream --transports=grpc',
    'operation reports archiveReport --command',
    'operation inventory countStock',
    'operation orders shipOrder',
    'event orders orderShipped',
    'subscriber gateway orderShipped',
    'subscriber clients orderPlaced',
    'client gateway clients',
  ])
    await copy.run(`npx nx g ${command}`);

  await copy.run('npx buf format --diff --exit-code');
  const tests = await copy.run('npm test');

  for (const project of [...NAMES_BESIDE, 'gateway', 'orders', 'inventory', 'contracts', 'system', 'e2e'])
    expect(tests).toMatch(passed(project));
});

it('holds without the sample, under another name', { timeout: 20 * MINUTE }, async () => {
  const copy = await newCopy();
  await copy.run('npx nx g remove-sample');
  for (const service of services(NAMES_WITHOUT, 'even')) await copy.run(`npx nx g service ${service}`);
  await copy.run('npx nx g rename @acme-and-its-many-subsidiaries-worldwide --package=acme_inc');
  await copy.run("git add --all && git commit --quiet -m 'feat: services'"); // buf compares with what was

  await copy.run('npx buf format --diff --exit-code');
  const tests = await copy.run('npm test');

  for (const project of [...NAMES_WITHOUT, 'contracts', 'system', 'e2e']) expect(tests).toMatch(passed(project));
});
