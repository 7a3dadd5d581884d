import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bytes, copy } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import {
  CertificateError,
  createRequest,
  decodeFascN,
  formatName,
  parseCertificate,
  parseName,
  parseRequest,
} from '../../../src/crypto/certificates/index.ts';
import { parseDer } from '../../../src/crypto/certificates/der.ts';
import { createDemonstrationAuthority } from '../../../web/demonstration-ca.ts';
import { KEYS } from './keys.ts';

async function samples(): Promise<{ readonly request: Bytes; readonly certificate: Bytes }[]> {
  const authority = createDemonstrationAuthority();
  return Promise.all(
    KEYS.filter(({ name }) => name === 'P-256' || name === 'RSA-2048').map(async ({ publicKey, sign }) => {
      const request = await createRequest(
        {
          subject: 'CN=Ada,O=Example',
          publicKey,
          alternativeNames: [{ kind: 'upn', value: 'ada@example.test' }],
          keyUsage: ['digitalSignature'],
          purposes: ['clientAuth'],
        },
        sign,
      );
      return { request, certificate: (await authority.issue(request)).certificate };
    }),
  );
}

/** Changes that a careless or hostile sender makes: octets set, pieces cut out, repeated, or put in. */
const change = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('set', 'flip', 'cut', 'repeat', 'insert', 'truncate'),
  value: fc.integer({ min: 0, max: 255 }),
  count: fc.integer({ min: 1, max: 40 }),
});

function mutate(
  source: Bytes,
  changes: readonly { readonly at: number; readonly kind: string; readonly value: number; readonly count: number }[],
): Bytes {
  let octets = [...source];
  for (const { at: anywhere, kind, value, count } of changes) {
    if (octets.length === 0) break;
    const at = anywhere % octets.length;
    if (kind === 'set') octets[at] = value;
    else if (kind === 'flip') octets[at] = (octets[at] ?? 0) ^ (1 << (value & 7));
    else if (kind === 'cut') octets.splice(at, count);
    else if (kind === 'repeat') octets.splice(at, 0, ...octets.slice(at, at + count));
    else if (kind === 'insert') octets.splice(at, 0, ...Array.from({ length: count }, () => value));
    else octets = octets.slice(0, at);
  }
  return Uint8Array.from(octets);
}

describe('mutated input ends in a value or a CertificateError', () => {
  test('certificates and requests', async () => {
    const all = await samples();
    let refused = 0;
    let taken = 0;
    for (const { request, certificate } of all) {
      for (const [source, parse] of [
        [certificate, parseCertificate],
        [request, parseRequest],
      ] as const) {
        fc.assert(
          fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
            try {
              parse(mutate(source, changes));
              taken++;
            } catch (error) {
              if (!(error instanceof CertificateError)) throw error;
              refused++;
            }
          }),
          { numRuns: 400 },
        );
      }
    }
    expect(refused).toBeGreaterThan(200);
    expect(taken).toBeGreaterThan(20);
  });

  test('arbitrary octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        for (const parse of [parseCertificate, parseRequest, decodeFascN, parseDer]) {
          try {
            parse(copy(octets));
          } catch (error) {
            if (!(error instanceof CertificateError)) throw error;
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('names survive a round trip whatever they hold', () => {
    const type = fc.constantFrom('CN', 'O', 'OU', 'L', 'givenName', 'UID');
    const value = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }).filter((text) => !/^#([0-9a-f]{2})+$/.test(text));
    fc.assert(
      fc.property(fc.array(fc.tuple(type, value), { minLength: 1, maxLength: 5 }), (parts) => {
        const name = parts.map(
          ([attribute, text]) => parseName(`${attribute}=x`).map((relative) => relative.map((each) => ({ ...each, value: text })))[0] ?? [],
        );
        expect(parseName(formatName(name))).toEqual(name);
      }),
    );
  });
});

describe('what only BER allows is refused', () => {
  test.each([
    ['a length in a longer form', '30810302010 5'.replace(' ', '')],
    ['a length of four octets', '3084000000030201 05'.replace(' ', '')],
    ['an indefinite length', '30800201050000'],
    ['bytes after the end', '300302010500'],
    ['an INTEGER with a leading zero', '3004020200 05'.replace(' ', '')],
    ['a BOOLEAN of 01', '30030101 01'.replace(' ', '')],
    ['a primitive SEQUENCE', '1003020105'],
    ['an OBJECT IDENTIFIER with a padded arc', '060455800403'],
    ['an OBJECT IDENTIFIER cut off', '06025584'],
    ['a BIT STRING with set unused bits', '03020701'.replace('01', 'ff')],
    ['a NULL with content', '050100'],
    ['a tag number above 30', '1f810100'],
    ['a value longer than its parent', '3003020205'],
  ])('%s', (_, hex) => {
    expect(() => parseDer(fromHex(hex))).toThrow(expect.objectContaining({ layer: 'certificate', reason: 'malformed' }) as Error);
  });

  test('nesting and size have an end', () => {
    let nested: Uint8Array = fromHex('0500');
    for (let i = 0; i < 30; i++) nested = Uint8Array.from([0x30, nested.length, ...nested]);
    expect(() => parseDer(nested)).toThrow(expect.objectContaining({ reason: 'too-deep' }) as Error);
    expect(() => parseDer(new Uint8Array(70000))).toThrow(expect.objectContaining({ reason: 'too-large' }) as Error);
    const many = Uint8Array.from([0x30, 0x82, 0x50, 0x00, ...Array.from({ length: 0x5000 }, (_, i) => (i % 2 === 0 ? 5 : 0))]);
    expect(() => parseDer(many)).toThrow(expect.objectContaining({ reason: 'too-large' }) as Error);
  });
});
