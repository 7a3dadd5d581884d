import { spawnSync } from 'node:child_process';
import { checkPrimeSync, generateKeyPairSync, generatePrimeSync, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bytes, copy, toHex } from '../../src/codec/index.ts';
import type { RsaPrivateParts } from '../../src/crypto/bignum/index.ts';
import * as m from '../../src/minidriver/index.ts';
import { fromBig, keyOf, parts, swapped, toBig } from '../unit/crypto/rsa-oracle.ts';
import { Bench, type Card, publicKeyOf, refusedUnasked } from './minidriver-bench.ts';
import { edgeKey } from '../unit/minidriver/edge-key.ts';
import { code } from '../unit/minidriver/outcomes.ts';

/*
 * A private key that is none is refused before anything reaches the card, and the key that was there stays. OpenSSL says of each RSA blob,
 * read as it is, that its key is bad, and of each EC key, made from the same numbers.
 */

const CONTAINER = 2;

type Whole = RsaPrivateParts & { readonly d: Bytes };

const blobOf = ({ n, e, d, p, q, dP, dQ, qInv }: Whole): Bytes =>
  m.encodeRsaPrivateKeyBlob({ kind: 'rsa', modulus: n, publicExponent: e, d, p, q, dP, dQ, qInv }, 'key-exchange');

/** What OpenSSL finds: undefined when the key is good. */
function opensslSays(argv: readonly string[], input: Uint8Array): string | undefined {
  const { status, stdout, stderr } = spawnSync('openssl', argv, { input });
  const said = `${stdout.toString()}${stderr.toString()}`;
  return status === 0 && /ok|valid/i.test(said) && !/error|invalid/i.test(said) ? undefined : said;
}

const rsaFlaw = (blob: Bytes): string | undefined => opensslSays(['rsa', '-inform', 'MS PRIVATEKEYBLOB', '-check', '-noout'], blob);

const importing = (card: Card, spec: number, blob: Bytes): Promise<void> =>
  card.CardCreateContainerEx(CONTAINER, m.CARD_CREATE_CONTAINER_KEY_IMPORT, spec, spec === m.AT_KEYEXCHANGE ? 2048 : 0, blob, 1);

const rsaKey = (): Whole => parts(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);

/** A prime of 1024 bits with its two top bits set, so that the product of two has 2048. */
const prime = (): bigint => generatePrimeSync(1024, { bigint: true, add: 2n * 65537n, rem: 3n });

/** Octets 1 more, modulo 256, at the end. */
const plusOne = (number: Bytes): Bytes => fromBig(toBig(number) + 2n, number.length);

describe('CardCreateContainerEx with CARD_CREATE_CONTAINER_KEY_IMPORT', () => {
  let image: unknown;
  let good: Whole;
  let other: Whole;

  beforeAll(async () => {
    good = rsaKey();
    other = rsaKey();
    const bench = new Bench();
    const card = await bench.user();
    await importing(card, m.AT_KEYEXCHANGE, blobOf(good));
    image = bench.simulated.save();
  });

  /** Refused unasked, and the key of before still there. */
  async function refused(spec: number, blob: Bytes): Promise<void> {
    const bench = new Bench({ image });
    const card = await bench.user();
    await publicKeyOf(card, CONTAINER);
    await refusedUnasked(bench, 'SCARD_E_INVALID_PARAMETER', () => importing(card, spec, blob));
    const key = await publicKeyOf(card, CONTAINER);
    expect(key.kind === 'rsa' && toHex(key.modulus)).toBe(toHex(good.n));
  }

  it('positive: RSA, with the primes in either order, and both curves; OpenSSL finds nothing wrong with them', async () => {
    const bench = new Bench({ image });
    const card = await bench.user();
    for (const key of [other, { ...swapped(other), d: other.d }]) {
      expect(rsaFlaw(blobOf(key))).toBeUndefined();
      expect(await code(importing(card, m.AT_KEYEXCHANGE, blobOf(key)))).toBe('SCARD_S_SUCCESS');
    }
    for (const [namedCurve, spec] of [
      ['P-256', m.AT_ECDSA_P256],
      ['P-384', m.AT_ECDSA_P384],
    ] as const) {
      const key = edgeKey(generateKeyPairSync('ec', { namedCurve }).privateKey);
      if (key.kind !== 'ec') throw new Error('no curve');
      expect(await code(importing(card, spec, m.encodeEccPrivateKeyBlob(key, 'signature')))).toBe('SCARD_S_SUCCESS');
    }
  });

  const bad: readonly (readonly [string, () => Whole])[] = [
    ['d of another key', () => ({ ...good, d: other.d })],
    ['n that is not the product', () => ({ ...good, n: other.n })],
    ['p of another key', () => ({ ...good, p: other.p })],
    ['dP', () => ({ ...good, dP: plusOne(good.dP) })],
    ['dQ', () => ({ ...good, dQ: other.dQ })],
    ['qInv', () => ({ ...good, qInv: other.qInv })],
    ['d of zeros', () => ({ ...good, d: fromBig(0n, 256) })],
    ['an even exponent', () => ({ ...good, e: Uint8Array.of(1, 0, 0) })],
    ['another exponent', () => ({ ...good, e: Uint8Array.of(1, 0, 3) })],
  ];

  it.each(bad)('%s that does not belong: SCARD_E_INVALID_PARAMETER, nothing sent', async (_, key) => {
    const blob = blobOf(key());
    expect(rsaFlaw(blob)).toBeDefined();
    await refused(m.AT_KEYEXCHANGE, blob);
  });

  it('composite p, with every other number right for it', async () => {
    const factor = (): bigint => generatePrimeSync(512, { bigint: true });
    const suits = (p: bigint): boolean => p.toString(2).length === 1024 && p >> 1022n === 3n && p % 65537n !== 1n;
    let p = factor() * factor();
    while (!suits(p)) p = factor() * factor();
    let q = prime();
    while (q >> 1022n !== 3n) q = prime();
    const blob = blobOf({ ...keyOf(p, q), d: fromBig(toBig(keyOf(p, q).d), 256) });
    expect(rsaFlaw(blob)).toMatch(/p not prime/);
    await refused(m.AT_KEYEXCHANGE, blob);
  });

  it('an exponent of 3, and primes that are neighbours: no flaw to OpenSSL, but no key to trust (FIPS 186-5, A.1.1)', async () => {
    const long = (): bigint => {
      for (;;) {
        const p = generatePrimeSync(1024, { bigint: true, add: 6n, rem: 5n });
        if (p >> 1022n === 3n && p % 65537n !== 1n) return p;
      }
    };
    const p = long();
    let next = p + 2n;
    while (!checkPrimeSync(next) || next % 65537n === 1n) next += 2n;
    for (const key of [keyOf(p, long(), 3n), keyOf(next, p)]) {
      expect(rsaFlaw(blobOf(key))).toBeUndefined();
      await refused(m.AT_KEYEXCHANGE, blobOf(key));
    }
  });

  describe.each([
    ['P-256', m.AT_ECDSA_P256, 32],
    ['P-384', m.AT_ECDSA_P384, 48],
  ] as const)('%s', (curve, spec, fieldBytes) => {
    const make = (): { readonly key: KeyObject; readonly point: Bytes; readonly d: Bytes } => {
      const key = generateKeyPairSync('ec', { namedCurve: curve }).privateKey;
      const own = edgeKey(key);
      if (own.kind !== 'ec') throw new Error('no curve');
      return { key, point: own.point, d: own.d };
    };
    const blob = (point: Bytes, d: Bytes): Bytes => m.encodeEccPrivateKeyBlob({ kind: 'ec', curve, point, d }, 'signature');

    /** What OpenSSL says of the same numbers in SEC 1's form; the curve's parameters stand where node:crypto wrote them. */
    const flaw = (key: KeyObject, point: Bytes, d: Bytes): string | undefined => {
      const own = edgeKey(key);
      if (own.kind !== 'ec') throw new Error('no curve');
      const der = key.export({ format: 'der', type: 'sec1' }).toString('hex').replace(toHex(own.point), toHex(point)).replace(toHex(own.d), toHex(d));
      return opensslSays(['ec', '-inform', 'DER', '-check', '-noout'], Buffer.from(der, 'hex'));
    };

    it('a private number of another key, of zero, the order and beyond it', async () => {
      const [one, two] = [make(), make()];
      expect(flaw(one.key, one.point, one.d)).toBeUndefined();
      for (const d of [two.d, fromBig(0n, fieldBytes), copy(new Uint8Array(fieldBytes).fill(0xff))]) {
        expect(flaw(one.key, one.point, d)).toBeDefined();
        await refused(spec, blob(one.point, d));
      }
    });

    it('a point that is not on the curve, of another key, and of zeros', async () => {
      const [one, two] = [make(), make()];
      const off = copy(one.point);
      off[off.length - 1] = (off.at(-1) ?? 0) ^ 1;
      const zeros = copy(new Uint8Array(one.point.length));
      zeros[0] = 4;
      for (const point of [off, two.point, zeros]) {
        expect(flaw(one.key, point, one.d)).toBeDefined();
        await refused(spec, blob(point, one.d));
      }
    });
  });
});
