import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copy } from '../../../../src/codec/bytes.ts';
import { anyOctets, damagedFrom, reordered, repeated } from './damage.ts';
import { ROWS } from './rows.ts';

describe.each(ROWS.map((reader) => [reader.name, reader] as const))('%s', (_name, reader) => {
  const { framing, simple = false, samples } = reader;

  it('is taken as the standard has it', async () => {
    for (const sample of samples) expect(await reader.judge(copy(sample))).toBe('value');
  });

  it('damaged in any way: a typed error, or a value that is well formed', async () => {
    for (const sample of samples)
      for (const { what, octets, hopeless } of damagedFrom(sample, simple, framing)) {
        try {
          const outcome = await reader.judge(octets);
          if (hopeless && outcome === 'value') throw new Error('it was taken');
        } catch (cause) {
          throw new Error(what, { cause });
        }
      }
  });

  it('any octets: likewise', async () => {
    await fc.assert(
      fc.asyncProperty(anyOctets, async (octets) => void (await reader.judge(octets))),
      { numRuns: 1500 },
    );
  });
});

it.each(ROWS.filter(({ named }) => named === true).map((reader) => [reader.name, reader] as const))(
  '%s: in another order, and with every element a second time behind, the same value',
  async (_name, { framing, simple = false, samples, textOf }) => {
    let orders = 0;
    for (const sample of samples) {
      const text = await textOf(sample);
      for (const octets of [...reordered(sample, simple, framing), ...repeated(sample, simple, framing)]) {
        expect(await textOf(octets)).toBe(text);
        orders++;
      }
    }
    expect(orders).toBeGreaterThan(0);
  },
);
