import { inTransaction, PgAdapter } from './pg.adapter.ts';
import { messagingSuite } from './messaging.suite.ts';

messagingSuite('pg', (pool) => ({ adapter: new PgAdapter(pool), begin: (work) => inTransaction(pool, work) }));
