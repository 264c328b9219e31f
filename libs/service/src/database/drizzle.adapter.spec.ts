import { messagingSuite } from '@fourfold/messaging/conformance/messaging.suite';
import { drizzle } from 'drizzle-orm/node-postgres';
import { DrizzleAdapter } from './drizzle.adapter.ts';

messagingSuite('Drizzle', (pool) => {
  const database = drizzle(pool);
  return { adapter: new DrizzleAdapter(database), begin: (work) => database.transaction(work) };
});
