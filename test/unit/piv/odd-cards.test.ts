import { verify, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, copy } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { digest } from '../../../src/crypto/digest.ts';
import { ecdsaRawToDer } from '../../../src/crypto/ec.ts';
import { publicKeyJwk } from '../../../src/crypto/public-key.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import { readInventory } from '../../../src/piv/inventory.ts';
import { typedManagementKey } from '../../../src/piv/management.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { type CardDefect, createPivCard, type PivProfileName, pivProfiles } from '../../../src/simulator/card/index.ts';
import type { PersistentCard } from '../../../src/simulator/smart-card.ts';
import { testCertificate } from './test-certificate.ts';
import { type CardTerminal, terminal } from './transactions.ts';

const pin = (): Bytes => fromHex('313233343536');
const key = () => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708'));
const message = copy(new TextEncoder().encode('to be signed'));

interface Bench {
  readonly card: PersistentCard;
  readonly log: CardTerminal;
  readonly edge: PivEdge;
}

/** A card on a reader; `atr` is what it is known by, instead of its own answer to reset. */
async function bench(profile: PivProfileName, defects: readonly CardDefect[] = [], atr?: Bytes): Promise<Bench> {
  const card = createPivCard({ profile, defects });
  const log = atr === undefined ? terminal(card) : Object.assign(terminal(card), { atr });
  const edge = await openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => new Date('2026-03-01'), managementKey: key });
  return { card, log, edge };
}

/** Tries left of PIN and PUK as the card's memory has them, without asking the card. */
function tries(card: PersistentCard): readonly (readonly [number, number])[] {
  const { pin: p, puk: u } = card.save() as {
    readonly pin: { readonly left: number; readonly total: number };
    readonly puk: { readonly left: number; readonly total: number };
  };
  return [
    [p.left, p.total],
    [u.left, u.total],
  ];
}

/** Everything a card is used for, one after the other; the counters stay whole throughout. */
async function wholeLife({ edge, card, log }: Bench): Promise<void> {
  const whole = (): void => tries(card).forEach(([left, total]) => expect(left).toBe(total));
  await edge.identity();
  await edge.containers();
  whole();
  await edge.inspectPiv();
  whole();
  await edge.provision();
  await edge.verifyPin(1, pin());
  const publicKey = await edge.generate({ containerIndex: 0, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'signature', pinId: 1 });
  const hash = await digest('SHA-256', message);
  const signature = await edge.ecdsaSign(0, hash);
  expect(
    verify('sha256', message, createPublicKey({ key: publicKeyJwk(publicKey) as never, format: 'jwk' }), ecdsaRawToDer('P-256', signature)),
  ).toBe(true);
  await edge.writeCertificate(0, testCertificate(publicKey));
  const decryption = await edge.generate({ containerIndex: 2, keyType: { kind: 'rsa', keyBits: 2048 }, usage: 'key-exchange', pinId: 1 });
  await edge.writeCertificate(2, testCertificate(decryption));
  whole();
  await edge.deauthenticate(0b1110);
  log.interrupted = true;
  await edge.attach(log);
  log.interrupted = false;
  expect((await edge.containers()).map((each) => [each.index, each.publicKey])).toEqual([
    [0, publicKey],
    [2, decryption],
  ]);
  await edge.pinStatus(1);
  await edge.pinStatus(4);
  const found = await edge.inspectPiv();
  expect(found.slots.filter((each) => each.certificate !== undefined).map((each) => each.index)).toEqual([0, 2]);
  expect(found.findings.filter((each) => each.severity === 'error')).toEqual([]);
  whole();
}

const ODD: readonly (readonly [PivProfileName, readonly CardDefect[]])[] = [
  ['yubikey-5.4', ['metadata-by-halves']],
  ['yubikey-5.7', ['odd-version']],
  ['yubikey-5.4', ['odd-attestation']],
];

describe('one life on every card', () => {
  it.each((Object.keys(pivProfiles) as PivProfileName[]).map((each) => [each, []] as const).concat(ODD as never))(
    '%s %j',
    async (profile, defects) => {
      const one = await bench(profile, defects);
      if (defects.includes('metadata-by-halves' as never)) {
        // The management key's algorithm and the PIN's tries come another way.
        expect((await one.edge.pinStatus(1)).retriesLeft).toBe(3);
      }
      await wholeLife(one);
    },
  );

  it('a card that counts the question for its tries is not asked, and is used whole; by another answer to reset it would lose them', async () => {
    const one = await bench('nist', ['counting-empty-verify'], fromHex('3bf95049564b4559'));
    await wholeLife(one);
    const unnamed = await bench('nist', ['counting-empty-verify']);
    await expect(wholeLife(unnamed)).rejects.toThrow();
    expect(tries(unnamed.card)[0]?.[0]).toBeLessThan(tries(unnamed.card)[0]?.[1] ?? 0);
  });

  it('a wrong PIN costs one try and is seen by the check', async () => {
    const one = await bench('government');
    await expect(one.edge.verifyPin(1, fromHex('393939393939'))).rejects.toMatchObject({ reason: 'wrong-pin', retriesLeft: 5 });
    await expect(wholeLife(one)).rejects.toThrow();
  });

  it('an attestation that is no DER is handed over as it is, and refused where it is judged', async () => {
    const { edge } = await bench('yubikey-5.4', ['odd-attestation']);
    await edge.generate({ containerIndex: 0, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'signature', pinId: 1 });
    expect((await edge.attest(0)).statement[1]).toBe(0x83);
  });

  it('a GENERATE answer without a key is an error, not a key', async () => {
    const { edge } = await bench('nist', ['empty-generate']);
    await expect(edge.generate({ containerIndex: 0, keyType: { kind: 'rsa', keyBits: 2048 }, usage: 'signature', pinId: 1 })).rejects.toMatchObject({
      reason: 'bad-answer',
    });
  });
});

describe('plain government card', () => {
  it('sees one vendor instruction in its life, the version probe, and no write in any read flow', async () => {
    for (const profile of ['nist', 'government'] as const) {
      const { edge, log } = await bench(profile);
      await edge.identity();
      await edge.containers();
      await edge.containerName(0);
      await edge.pinStatus(1);
      await edge.pinStatus(2);
      await edge.readCertificate(0);
      await edge.readFile('cmapfile');
      await edge.readFile('msroots');
      await edge.inspect();
      await readInventory(await PivSession.open(log), true);
      const instructions = log.instructions().split(' ');
      // One probe a session: two sessions were opened here.
      expect(instructions.filter((each) => each >= 'f0')).toEqual(['fd', 'fd']);
      expect(instructions.filter((each) => ['db', '47', '24', '2c', '87'].includes(each))).toEqual([]);
    }
  });

  it('has two retired slots: the others are refused by the card and reported so', async () => {
    const { edge } = await bench('government');
    const request = { keyType: { kind: 'ec', curve: 'P-256' }, usage: 'key-exchange', pinId: 1 } as const;
    await edge.verifyPin(1, pin());
    await edge.generate({ ...request, containerIndex: 5 });
    await expect(edge.generate({ ...request, containerIndex: 6 })).rejects.toMatchObject({ reason: 'unsupported' });
    await expect(edge.generate({ ...request, containerIndex: 23 })).rejects.toMatchObject({ reason: 'unsupported' });
    await expect(edge.generate({ ...request, keyType: { kind: 'ec', curve: 'P-384' }, containerIndex: 4 })).rejects.toMatchObject({
      reason: 'unsupported',
    });
  });
});

describe('a look-alike', () => {
  it('is asked for metadata three times and never again', async () => {
    const { edge, log } = await bench('look-alike');
    await edge.containers();
    await edge.inspect();
    await edge.pinStatus(1);
    expect(
      log
        .instructions()
        .split(' ')
        .filter((each) => each === 'f7'),
    ).toHaveLength(3);
    expect((await edge.identity()).cardName).toBe('PIV look-alike');
  });
});
