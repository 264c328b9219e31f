import { describe, expect, it } from 'vitest';
import { rewording } from './rewording.ts';

describe('the words of a name', () => {
  const from = { scope: 'old', product: 'old-co', protoPackage: 'emporium' };
  const to = { scope: 'new.inc', product: 'new-inc', protoPackage: 'sales' };
  it.each([
    ['old-co/orders', 'new-inc/orders'],
    ['OldCoError', 'NewIncError'],
    ['oldCoError', 'newIncError'],
    ['old_co_id', 'new_inc_id'],
    ['OLD_CO_URL', 'NEW_INC_URL'],
    ['Old Co is old', 'New Inc is old'],
    ['@old/orders @older/orders', '@new.inc/orders @older/orders'],
    [String.raw`/^@old\//`, String.raw`/^@new.inc\//`],
    ['rm node_modules/@old && x', 'rm node_modules/@new.inc && x'],
    ['scope: "@old"', 'scope: "@new.inc"'],
    ['emporium.orders.v1.Order', 'sales.orders.v1.Order'],
    [String.raw`/^emporium\.orders\.v1$/`, String.raw`/^sales\.orders\.v1$/`],
    ['`${prefix}emporium.orders.v1.in`', '`${prefix}sales.orders.v1.in`'],
    ['const { emporium } = loadPackageDefinition(x)', 'const { sales } = loadPackageDefinition(x)'],
    ['proto/emporium/<service>/v1', 'proto/sales/<service>/v1'],
    ['import "emporium/type/v1/money.proto";', 'import "sales/type/v1/money.proto";'],
    [
      'the emporium, emporium.orders.change(), ./emporium.ts, workemporium.a.v1',
      'the emporium, emporium.orders.change(), ./emporium.ts, workemporium.a.v1',
    ],
  ])('%s', (text, reworded) => expect(rewording(from, to)(text)).toBe(reworded));

  it('of one word are written by what is beside', () => {
    const reword = rewording({ ...from, product: 'old' }, to);
    expect(reword('Old, OldError, oldError, old_id, old-id, OLD_URL')).toBe(
      'New Inc, NewIncError, newIncError, new_inc_id, new-inc-id, NEW_INC_URL',
    );
  });
});
