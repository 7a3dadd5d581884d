import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../../../src/codec/hex.ts';
import { CodecError } from '../../../../src/codec/errors.ts';
import { systemRandom } from '../../../../src/codec/random.ts';
import { type CardImage, createPivCard, loadCardImage, type PivProfileName } from '../../../../src/simulator/card/index.ts';

/* Card images with any value in any place: a card that works, or a typed error. */

const WHOLE: CardImage = {
  profile: 'yubikey-5.7',
  serial: 7,
  pin: '123456',
  puk: '12345678',
  pinTries: { left: 2, total: 3 },
  pukTries: { left: 3, total: 3 },
  managementKey: { algorithm: '0A', key: '01'.repeat(24), touchPolicy: 1 },
  objects: { '5FC102': '3000', '7E': '4f00' },
  keys: [{ slot: '9A', algorithm: '11', secret: '01'.repeat(32), pinPolicy: 2, touchPolicy: 1, origin: 'imported' }],
};

const SELECT = fromHex('00a404000ba000000308000010000100 00'.replace(/ /g, ''));
const works = async (profile: PivProfileName, image: unknown): Promise<string> => {
  const answer = await createPivCard({ profile, image }).transmit(SELECT);
  return [...answer.subarray(-2)].map((octet) => octet.toString(16).padStart(2, '0')).join('');
};

/** Every place of a value, as a path. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  const inside = typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([name, each]) => places(each, [...path, name])) : [];
  return [path, ...inside];
}

function withValue(value: unknown, [name, ...rest]: readonly string[], put: unknown): unknown {
  if (name === undefined) return put;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string, unknown>;
  copy[name] = withValue(copy[name], rest, put);
  return copy;
}

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    undefined,
    '',
    '00',
    'ff'.repeat(40),
    -1,
    256,
    2 ** 40,
    1.5,
    Number.NaN,
    'nist',
    'government',
    '9A',
    '9B',
    '95',
    'E0',
    '07',
    '__proto__',
  ),
);

/** 'works', or a typed error; anything else fails. */
async function verdict(profile: PivProfileName, image: () => unknown): Promise<string> {
  try {
    return await works(profile, image());
  } catch (error) {
    if (error instanceof CodecError) return 'refused';
    throw error;
  }
}

describe('any value in any place', () => {
  it.each([
    ['of an image that a person wrote', WHOLE as unknown, (image: unknown) => loadCardImage(image as CardImage, systemRandom)],
    [
      'of a memory that a card put away',
      createPivCard({ profile: 'yubikey-5.7', image: loadCardImage(WHOLE, systemRandom) }).save(),
      (image: unknown) => image,
    ],
  ])('%s', async (_name, whole, load) => {
    expect(await verdict('yubikey-5.7', () => load(whole))).toBe('9000');
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places(whole)), anything, async (path, put) => {
        const image = withValue(whole, path, put);
        const profile = (image as { profile?: unknown } | null | undefined)?.profile;
        const own = profile === 'nist' || profile === 'government' ? profile : 'yubikey-5.7';
        const came = await verdict(own, () => load(image));
        seen.set(came, (seen.get(came) ?? 0) + 1);
        expect(['9000', 'refused']).toContain(came);
      }),
      { numRuns: 3000, seed: 73 },
    );
    // Neither all good nor all bad: the property has seen both.
    expect([...seen.keys()].sort()).toEqual(['9000', 'refused']);
  });

  it('the property notices what is no typed error', async () => {
    await expect(verdict('yubikey-5.7', () => (null as unknown as { readonly pin: unknown }).pin)).rejects.toBeInstanceOf(TypeError);
  });
});
