import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, copy } from '../../../src/codec/bytes.ts';
import { buildCertificateObject } from '../../../src/piv/certificate-object.ts';
import { putData } from '../../../src/piv/data-objects.ts';
import { buildKeyHistory, type KeyHistory } from '../../../src/piv/key-history.ts';
import {
  buildOffCardCertificates,
  type FetchOffCardFile,
  fetchOffCardCertificates,
  MAX_OFF_CARD_FILE_BYTES,
  OffCardError,
  type OffCardReason,
  retiredKeysOf,
} from '../../../src/piv/off-card.ts';
import { inspected, other, type Planting } from './inspector-bench.ts';
import { testCertificate } from './test-certificate.ts';

/* Certificates of retired keys outside the card (SP 800-73-5 part 1, 3.3.3): fetched by whoever embeds the library, believed by their hash alone. */

const named = (file: Uint8Array, host = 'certs.agency.test'): string => `http://${host}/${createHash('sha256').update(file).digest('hex')}`;
const der = (filling: number): Bytes => testCertificate(other(), { filling: new Uint8Array(10).fill(filling) });
const three = [0x82, 0x94, 0x95].map((key) => ({ key, der: der(key) }));
const FILE = buildOffCardCertificates(three);
const HISTORY: KeyHistory = { onCard: 1, offCard: 2, url: named(FILE) };
const serving = (file: Uint8Array) => () => Promise.resolve(file);

async function reasonOf(history: KeyHistory, fetchFile: Parameters<typeof fetchOffCardCertificates>[1]): Promise<OffCardReason> {
  try {
    await fetchOffCardCertificates(history, fetchFile);
  } catch (error) {
    if (error instanceof OffCardError) return error.reason;
    throw error;
  }
  throw new Error('nothing was found wrong');
}

describe('the file of off-card certificates', () => {
  it('is asked for by the address on the card, once, with a limit, and gives the certificate of each key', async () => {
    const asked: unknown[] = [];
    const found = await fetchOffCardCertificates(HISTORY, async (...given) => {
      asked.push(given);
      return FILE;
    });
    expect(asked).toEqual([[HISTORY.url, MAX_OFF_CARD_FILE_BYTES]]);
    expect(found).toEqual({ certificates: three, missing: [], unexpected: [] });
  });

  it('names what the card has more, and what it has less', async () => {
    const history = { ...HISTORY, onCard: 2, offCard: 1 };
    expect(await fetchOffCardCertificates(history, serving(FILE))).toMatchObject({ missing: [0x83], unexpected: [0x94] });
  });

  it('keys of a history: on-card ones from 82 upward, the others from 95 downward', () => {
    expect(retiredKeysOf({ onCard: 5, offCard: 3 })).toEqual([0x82, 0x83, 0x84, 0x85, 0x86, 0x93, 0x94, 0x95]);
    expect(retiredKeysOf({ onCard: 0, offCard: 0 })).toEqual([]);
    expect(retiredKeysOf({ onCard: 255, offCard: 255 })).toHaveLength(20);
  });

  it.each<readonly [OffCardReason, KeyHistory, () => Promise<Uint8Array>]>([
    ['no-url', { onCard: 0, offCard: 1, url: undefined }, serving(FILE)],
    ['fetch-failed', HISTORY, () => Promise.reject(new TypeError('Failed to fetch'))],
    ['fetch-failed', HISTORY, () => Promise.resolve('text' as never)],
    ['too-large', HISTORY, serving(bytes(MAX_OFF_CARD_FILE_BYTES + 1))],
    ['another-file', HISTORY, serving(buildOffCardCertificates(three.slice(1)))],
    ['another-file', HISTORY, serving(bytes(0))],
    ['malformed', { ...HISTORY, url: named(bytes(0)) }, serving(bytes(0))],
    ['malformed', { ...HISTORY, url: named(FILE.slice(0, -1)) }, serving(FILE.slice(0, -1))],
  ])('%s', async (reason, history, fetchFile) => {
    expect(await reasonOf(history, fetchFile)).toBe(reason);
  });

  it('two certificates for one key are no file', async () => {
    const twice = buildOffCardCertificates([...three, { key: 0x95, der: der(1) }]);
    expect(await reasonOf({ ...HISTORY, url: named(twice) }, serving(twice))).toBe('malformed');
  });

  it.each([
    'https://certs.agency.test/HASH',
    'http://certs.agency.test:8080/HASH',
    'http://user@certs.agency.test/HASH',
    'http://certs.agency.test/a/../HASH',
    'http://certs.agency.test/HASH?x=1',
    'http://certs.agency.test/HASH#x',
    'http://[::1]/HASH',
    'http://certs..test/HASH',
    'http:///HASH',
    'http://certs.agency.test/',
    'file:///HASH',
    'HASH',
    '',
  ])('%j is no address of the standard: nothing is fetched', async (form) => {
    const url = form.replace('HASH', createHash('sha256').update(FILE).digest('hex'));
    let asked = 0;
    expect(await reasonOf({ ...HISTORY, url }, async () => (asked++, FILE))).toBe('bad-url');
    expect(asked).toBe(0);
  });

  it('one bit turned anywhere is another file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: FILE.length * 8 - 1 }), async (bit) => {
        const turned = copy(FILE);
        turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await reasonOf(HISTORY, serving(turned))).toBe('another-file');
      }),
      { numRuns: 60 },
    );
  });

  it('octets of any kind under their own hash: a list of certificates or a typed error', { timeout: 30_000 }, async () => {
    const cut = fc.tuple(fc.integer({ min: 0, max: FILE.length }), fc.uint8Array({ maxLength: 40 }));
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      cut.map(([at, more]) => Uint8Array.from([...FILE.subarray(0, at), ...more])),
      fc.integer({ min: 0, max: FILE.length * 8 - 1 }).map((bit) => FILE.map((octet, i) => (i === bit >> 3 ? octet ^ (1 << (bit & 7)) : octet))),
    );
    let read = 0;
    await fc.assert(
      fc.asyncProperty(hostile, async (file) => {
        try {
          const { certificates } = await fetchOffCardCertificates({ ...HISTORY, url: named(file) }, serving(file));
          for (const { key } of certificates) expect(key >= 0x82 && key <= 0x95).toBe(true);
          read++;
        } catch (error) {
          expect(error).toBeInstanceOf(OffCardError);
          expect((error as OffCardError).reason).toBe('malformed');
        }
      }),
      { numRuns: 400 },
    );
    expect(read).toBeGreaterThan(0);
  });

  it('what the fetcher changes after it answered is not read', async () => {
    const lent = copy(FILE);
    const later = fetchOffCardCertificates(HISTORY, async () => {
      queueMicrotask(() => queueMicrotask(() => lent.fill(0)));
      return lent;
    });
    expect((await later).certificates).toEqual(three);
  });
});

describe('the inspector with somebody who fetches', () => {
  const p256 = { kind: 'ec', curve: 'P-256' } as const;

  /** A key in 82 with its certificate, and keys whose certificates are in the file; what is otherwise than it should be. */
  function issued(otherwise: { readonly offCard?: number; readonly onCard?: Bytes; readonly keyIn95?: boolean } = {}): {
    readonly plant: (on: Planting) => Promise<void>;
    readonly fetchOffCard: FetchOffCardFile;
  } {
    let file = bytes(0);
    return {
      plant: async ({ edge, piv }) => {
        const made = testCertificate(await edge.generate({ containerIndex: 4, keyType: p256, usage: 'key-exchange', pinId: 1 }));
        if (otherwise.keyIn95 === true) await edge.generate({ containerIndex: 23, keyType: p256, usage: 'key-exchange', pinId: 1 });
        file = buildOffCardCertificates([{ key: 0x82, der: made }, ...three.slice(1)]);
        await putData(piv, 0x5fc10d, await buildCertificateObject(otherwise.onCard ?? made, false));
        await putData(piv, 0x5fc10c, buildKeyHistory({ onCard: 1, offCard: otherwise.offCard ?? 2, url: named(file) }));
      },
      fetchOffCard: async () => file,
    };
  }
  const about = /off-card|key-history|without-certificate|another-key/;
  const codes = ({ findings }: Awaited<ReturnType<typeof inspected>>): string[] =>
    findings.map((each) => `${each.code} ${each.place ?? ''}`.trim()).filter((code) => about.test(code));

  it('reports the certificates found off the card, and asks nobody without being told to', async () => {
    const { plant, fetchOffCard } = issued();
    const found = await inspected(plant, { fetchOffCard });
    expect(found.offCard?.problem).toBeUndefined();
    expect(found.offCard?.certificates.map(({ name, parsed }) => [name, parsed?.subjectText])).toEqual([
      ['PIV 82', 'CN=Test'],
      ['PIV 94', 'CN=Test'],
      ['PIV 95', 'CN=Test'],
    ]);
    expect(codes(found)).toEqual([]);
    const without = await inspected(plant);
    expect(without.offCard).toBeUndefined();
    expect(codes(without)).toEqual(['key-history-off-card']);
  });

  it('a file that differs from the card is found, key by key', async () => {
    const another = issued({ onCard: der(1) });
    expect(codes(await inspected(another.plant, another))).toEqual(['certificate-of-another-key PIV 82', 'off-card-file-mismatch PIV 82']);
    const more = issued({ offCard: 3 });
    expect(codes(await inspected(more.plant, more))).toEqual(['off-card-file-mismatch PIV 93']);
  });

  it('a key whose certificate the history says to be elsewhere lacks none; one of another key is found', async () => {
    const { plant, fetchOffCard } = issued({ keyIn95: true });
    expect(codes(await inspected(plant))).toEqual(['key-history-off-card']);
    expect(codes(await inspected(plant, { fetchOffCard }))).toEqual(['certificate-of-another-key PIV 95']);
    // The check can fail: without the history the key lacks its certificate.
    const bare = async ({ edge }: Planting): Promise<void> =>
      void (await edge.generate({ containerIndex: 23, keyType: p256, usage: 'key-exchange', pinId: 1 }));
    expect(codes(await inspected(bare))).toEqual(['key-without-certificate PIV 95']);
  });
});
