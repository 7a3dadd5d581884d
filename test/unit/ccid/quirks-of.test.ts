import { describe, expect, it } from 'vitest';
import { effectsOf, type Quirk, quirksFor } from '../../../src/ccid/index.ts';

const row = (name: string, more: Partial<Quirk> = {}): Quirk => ({ name, vendorId: 0x1234, readers: 'made up', libccid: 'nothing', ...more });

describe('rows of the quirk table for a reader', () => {
  const table = [
    row('vendor'),
    row('product', { productIds: [1, 2] }),
    row('old firmware', { belowBcdDevice: 0x0200 }),
    row('foreign', { vendorId: 0x4321 }),
  ];
  const names = (productId: number, bcdDevice?: number): string[] => quirksFor(table, 0x1234, productId, bcdDevice).map(({ name }) => name);

  it('by vendor, product and firmware; a firmware that is not known is a new one', () => {
    expect(names(1)).toEqual(['vendor', 'product']);
    expect(names(3, 0x01ff)).toEqual(['vendor', 'old firmware']);
    expect(names(3, 0x0200)).toEqual(['vendor']);
  });

  it('a later row wins, and what it does not name stays', () => {
    const effects = effectsOf([row('first', { extraTimeoutMs: 1, noPinPad: true }), row('second', { extraTimeoutMs: 2 })]);
    expect(effects).toMatchObject({ extraTimeoutMs: 2, noPinPad: true });
  });
});
