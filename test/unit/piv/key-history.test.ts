import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { writeTlv } from '../../../src/codec/tlv.ts';
import type { PublicKey } from '../../../src/crypto/public-key.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import { getData, putData } from '../../../src/piv/data-objects.ts';
import { parseKeyHistory } from '../../../src/piv/key-history.ts';
import { authenticateManagement, typedManagementKey } from '../../../src/piv/management.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard } from '../../../src/simulator/card/index.ts';
import { testCertificate } from './test-certificate.ts';
import { terminal } from './transactions.ts';

const key = () => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708'));
const HISTORY = 0x5fc10c;
const HASH = '0'.repeat(64);
/** What no certificate object looks like inside: 70 with an INTEGER. */
const GARBAGE = fromHex('70023102710100fe00');

function history(onCard: number, offCard: number, url: string): Bytes {
  return concat(
    writeTlv(0xc1, bytes([onCard])),
    writeTlv(0xc2, bytes([offCard])),
    writeTlv(0xf3, copy(new TextEncoder().encode(url))),
    writeTlv(0xfe),
  );
}

interface Bench {
  readonly edge: PivEdge;
  readonly piv: PivSession;
  readonly made: PublicKey;
  /** Written by another session; the edge is told. */
  readonly write: (tag: number, content: Bytes) => Promise<void>;
  readonly count: () => Promise<number | undefined>;
  /** Codes about the key history, and what they send to. */
  readonly findings: () => Promise<string[]>;
}

/** A card with a key in 82, and its certificate in these retired places. */
async function bench(...places: readonly number[]): Promise<Bench> {
  const card = terminal(createPivCard({ profile: 'yubikey-5.7' }));
  const edge = await openPivEdgeWith(card, { atr: copy(card.atr), random: systemRandom, today: () => new Date(), managementKey: key });
  const piv = await PivSession.open(card);
  await edge.verifyPin(1, fromHex('313233343536'));
  const made = await edge.generate({ containerIndex: 4, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'key-exchange', pinId: 1 });
  for (const place of places) await edge.writeCertificate(place + 3, testCertificate(made));
  return {
    edge,
    piv,
    made,
    async write(tag, content) {
      await authenticateManagement(piv, key());
      await putData(piv, tag, content);
      edge.forget();
    },
    async count() {
      const content = await getData(piv, HISTORY);
      return content === undefined ? undefined : parseKeyHistory(content).onCard;
    },
    async findings() {
      edge.forget();
      const { findings } = await edge.inspectPiv();
      return findings.filter(({ code }) => code.includes('key-history')).map(({ code, remedy }) => `${code} ${remedy ?? ''}`.trim());
    },
  };
}

describe('key history after a removal', () => {
  it.each([
    { places: [1, 3], removed: [3], count: 1 },
    { places: [1, 2], removed: [1, 2], count: 0 },
    { places: [1, 2, 5], removed: [5], count: 2 },
    { places: [1, 2], removed: [1], count: 2 },
  ])('certificates in $places, without $removed: the count is $count', async ({ places, removed, count }) => {
    const { edge, count: counted } = await bench(...places);
    for (const place of removed) await edge.writeCertificate(place + 3, undefined);
    expect(await counted()).toBe(count);
    // The slots' own state follows the count.
    expect(await edge.readCertificate(places[0]! + 3)).toEqual(removed.includes(places[0]!) ? undefined : expect.anything());
  });

  it('an object that is no certificate is in use', async () => {
    const { edge, write, count } = await bench(1, 3);
    await write(0x5fc10e, GARBAGE);
    await edge.writeCertificate(6, undefined);
    expect(await count()).toBe(2);
  });
});

describe('key history repair mends what the inspector sends to it', () => {
  it.each([
    { name: 'no object, and no certificates', content: writeTlv(0x99), places: [], after: [0, 0, undefined] },
    { name: 'keys elsewhere and no address', content: history(1, 2, ''), places: [1], after: [1, 0, undefined] },
    { name: '21 keys', content: history(1, 20, `http://a.test/${HASH}`), places: [1], after: [1, 19, `http://a.test/${HASH}`] },
    { name: '256 keys', content: history(1, 255, `http://a.test/${HASH}`), places: [1], after: [1, 0, `http://a.test/${HASH}`] },
    {
      name: 'a wrong count beside keys elsewhere',
      content: history(3, 2, `http://a.test/${HASH}`),
      places: [1],
      after: [1, 2, `http://a.test/${HASH}`],
    },
  ])('$name', async ({ content, places, after: [onCard, offCard, url] }) => {
    const { edge, piv, write, findings } = await bench(...places);
    await write(HISTORY, content);
    const before = await findings();
    expect(before.filter((each) => each.endsWith('repair-key-history'))).toHaveLength(1);
    expect(await edge.repairKeyHistory()).toMatchObject({ changed: true, onCard });
    expect(parseKeyHistory((await getData(piv, HISTORY))!)).toEqual({ onCard, offCard, url });
    expect((await findings()).filter((each) => each.endsWith('repair-key-history'))).toEqual([]);
    expect(await edge.repairKeyHistory()).toMatchObject({ changed: false });
  });

  it.each([[[2]], [[1, 3]]])('certificates in %j: the gap is told, nothing is to be repaired', async (places) => {
    const { edge, findings } = await bench(...places);
    expect(await findings()).toEqual(['key-history-gap none-needed']);
    expect(await edge.repairKeyHistory()).toMatchObject({ changed: false, onCard: places.at(-1) });
  });

  it('a certificate without its key counts for both', async () => {
    const { edge, findings } = await bench(1, 2);
    expect(await findings()).toEqual([]);
    const { findings: all } = await edge.inspectPiv();
    expect(all.filter(({ code }) => code === 'certificate-without-key').map(({ place }) => place)).toEqual(['PIV 83']);
    expect(await edge.repairKeyHistory()).toEqual({ changed: false, onCard: 2, gaps: [] });
  });

  it('an object that is no certificate stops neither repair nor inspector, which reports one that the history counts', async () => {
    const { edge, write, findings } = await bench(1, 2);
    await write(0x5fc10e, GARBAGE);
    expect(await findings()).toEqual([]);
    const { findings: all } = await edge.inspectPiv();
    expect(all.filter(({ code }) => code === 'malformed-certificate').map(({ place }) => place)).toEqual(['PIV 83']);
    expect(await edge.repairKeyHistory()).toEqual({ changed: false, onCard: 2, gaps: [] });
    await write(0x5fc10f, GARBAGE);
    expect(await edge.repairKeyHistory()).toEqual({ changed: true, onCard: 3, gaps: [] });
  });
});

describe('an address that the standard does not allow', () => {
  it.each([`https://a.test/${HASH}`, `HTTP://a.test/${HASH}`, `http://a.test/${'x'.repeat(130)}`])('%s stays as it is', async (url) => {
    const { edge, made, piv, write } = await bench();
    await write(HISTORY, history(0, 2, url));
    await edge.writeCertificate(4, testCertificate(made));
    expect(toHex((await getData(piv, HISTORY))!)).toBe(toHex(history(1, 2, url)));
    await write(HISTORY, history(7, 2, url));
    expect(await edge.repairKeyHistory()).toMatchObject({ changed: true, onCard: 1 });
    expect(toHex((await getData(piv, HISTORY))!)).toBe(toHex(history(1, 2, url)));
    expect(parseKeyHistory(history(1, 2, url)).url).toBe(url);
  });

  it('fields that nobody knows stay too', async () => {
    const { edge, made, piv, write } = await bench();
    await write(HISTORY, concat(writeTlv(0xc1, bytes([0])), writeTlv(0xee, bytes([9])), writeTlv(0xfe)));
    await edge.writeCertificate(7, testCertificate(made));
    expect(toHex((await getData(piv, HISTORY))!)).toBe('c10104ee0109fe00');
  });
});
