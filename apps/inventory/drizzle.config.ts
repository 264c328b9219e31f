import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './apps/inventory/src/inventory.schema.ts',
  out: './apps/inventory/migrations',
});
