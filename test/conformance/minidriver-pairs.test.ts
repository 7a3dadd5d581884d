import { beforeAll, describe, expect, it } from 'vitest';
import { ENTRY_POINT_VERSIONS } from '../../src/minidriver/cardmod/card-data.ts';
import { code } from '../unit/minidriver/outcomes.ts';
import { Bench, preparedImage } from './minidriver-bench.ts';
import { type Name, type Pair } from './minidriver-pair.ts';
import { KEY_PAIRS } from './minidriver-pairs-keys.ts';
import { ROLE_AND_FILE_PAIRS } from './minidriver-pairs-roles.ts';

/*
 * One positive and one negative test for each of the 45 entry points, as Microsoft's certification kit has them, on the real PIV edge and
 * the simulated card. The table's type wants every entry point, so none can be left out.
 */

const PAIRS: Readonly<Record<Name, Pair>> = { ...ROLE_AND_FILE_PAIRS, ...KEY_PAIRS };

describe('45 entry points: a positive and a negative test each', () => {
  const names = Object.keys(PAIRS) as Name[];
  let image: unknown;
  beforeAll(async () => {
    image = await preparedImage();
  });

  it('the table names exactly the 45', () => {
    expect([...names].sort()).toEqual(['CardAcquireContext', ...Object.keys(ENTRY_POINT_VERSIONS)].sort());
    expect(names.length).toBe(45);
    console.log(`entry points: ${names.length} positive, ${names.length} negative tests`);
  });

  it.each(names)('%s Positive', async (name) => {
    const bench = new Bench({ image });
    await PAIRS[name].positive(await bench.acquire(), bench);
  });

  it.each(names)('%s Negative', async (name) => {
    const bench = new Bench({ image });
    const [expected, call] = PAIRS[name].negative;
    expect(await code(call(await bench.acquire(), bench))).toBe(expected);
  });

  it('planted: a card whose signatures are wrong fails the positive test of CardSignData', async () => {
    const bench = new Bench({ image, card: { defects: ['bad-signature'] } });
    await expect(PAIRS.CardSignData.positive(await bench.acquire(), bench)).rejects.toThrow();
  });
});
