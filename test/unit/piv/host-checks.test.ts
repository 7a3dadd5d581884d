import { describe, expect, it } from 'vitest';
import { type Bytes, bytes } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import { SlotStates } from '../../../src/piv/card-edge/slot-state.ts';
import { putAndCompare } from '../../../src/piv/data-objects.ts';
import { keyBelongs } from '../../../src/piv/inspector/prove.ts';
import { ecdsaSign } from '../../../src/piv/keys.ts';
import { typedManagementKey } from '../../../src/piv/management.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { SLOTS } from '../../../src/piv/slots.ts';
import { createPivCard } from '../../../src/simulator/card/index.ts';
import { FACTORY, NOW, other, pin } from './inspector-bench.ts';
import { opened, type ScriptedCard, terminal } from './transactions.ts';

/* What the host sees to by itself, where a card that does right would hide that it does not. */

const session = (card: ScriptedCard): Promise<PivSession> => PivSession.open(card);

describe('the PIN immediately before each use', () => {
  it.each(['nist', 'yubikey-5.7'] as const)('%s: the second signature with 9C is refused before the card is asked', async (profile) => {
    const card = terminal(createPivCard({ profile }));
    const edge = await openPivEdgeWith(card, {
      atr: card.atr,
      random: systemRandom,
      today: () => NOW,
      managementKey: () => typedManagementKey(fromHex(FACTORY)),
    });
    await edge.generate({ containerIndex: 1, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'signature', pinId: 3 });
    await edge.verifyPin(3, pin());
    expect(await edge.ecdsaSign(1, bytes(32).fill(1))).toHaveLength(64);
    card.clear();
    await expect(edge.ecdsaSign(1, bytes(32).fill(1))).rejects.toMatchObject({ layer: 'card-edge', reason: 'not-authenticated' });
    expect(card.instructions()).not.toContain('87');
  });
});

describe('a digest for ECDSA', () => {
  const digest = fromHex(Array.from({ length: 64 }, (_, i) => (i + 1).toString(16).padStart(2, '0')).join(''));
  const first = (length: number): string => Array.from({ length }, (_, i) => (i + 1).toString(16).padStart(2, '0')).join('');
  const SIGNATURE = '7c0a82083006020101020101 9000';

  // FIPS 186-4, 6.4: the leftmost bits; a shorter digest keeps its value.
  it.each([
    ['longer than the field of P-256: its first 32 octets', 'P-256', digest, `0087119a 000026 7c24 8200 8120 ${first(32)} 0000`],
    ['longer than the field of P-384: its first 48 octets', 'P-384', digest, `0087149a 000036 7c34 8200 8130 ${first(48)} 0000`],
    ['shorter: zeros before it', 'P-256', digest.subarray(0, 20), `0087119a 000026 7c24 8200 8120 ${'00'.repeat(12)}${first(20)} 0000`],
  ] as const)('%s', async (_name, curve, value, command) => {
    const card = opened('050701').expect(command, SIGNATURE);
    await ecdsaSign(await session(card), 0x9a, curve, value);
    card.end();
  });
});

describe('the proof of a key that the card refuses', () => {
  const slot = SLOTS[0]!;
  const prove = async (reply: string): Promise<boolean | undefined> =>
    keyBelongs(await session(opened('050701').expect(undefined, reply)), slot, other(), (length: number): Bytes => bytes(length));

  it.each([
    ['6a80', false],
    ['6a86', false],
    ['6a88', false],
    ['6982', undefined],
    ['6985', undefined],
    ['6f00', undefined],
    ['9000', undefined],
  ] as const)('%s: %s', async (sw, belongs) => {
    expect(await prove(sw)).toBe(belongs);
  });
});

describe('metadata of one slot that make no sense', () => {
  it.each(['0101', '0101110204', '01011104048602aabb'])('%s: the slot is as on a card that does not tell, and is not asked again', async (answer) => {
    const card = opened('050701').expect('00f7009a 000000', `${answer} 9000`);
    const states = new SlotStates(await session(card));
    expect(await states.metadata(0, SLOTS[0]!)).toBeUndefined();
    expect(await states.metadata(0, SLOTS[0]!)).toBeUndefined();
    card.end();
  });
});

describe('what was written is read back', () => {
  const PUT = '00db3fff 09 5c035fc107 5302aabb';
  const REMOVE = '00db3fff 07 5c035fc107 5300';
  const GET = '00cb3fff 000005 5c035fc107 0000';
  it.each([
    ['the same', 'aabb', '5302aabb9000', undefined],
    ['another octet', 'aabb', '5302aabc9000', 'write-mismatch'],
    ['one octet less', 'aabb', '5301aa9000', 'write-mismatch'],
    ['nothing', 'aabb', '6a82', 'write-mismatch'],
    ['nothing, after a removal', '', '6a82', undefined],
    ['what was to be removed', '', '5302aabb9000', 'write-mismatch'],
  ])('%s', async (_name, content, answer, reason) => {
    const card = opened('050701')
      .expect(content === '' ? REMOVE : PUT, '9000')
      .expect(GET, answer);
    const written = putAndCompare(await session(card), 0x5fc107, fromHex(content));
    await (reason === undefined ? expect(written).resolves.toBeUndefined() : expect(written).rejects.toMatchObject({ layer: 'card', reason }));
    card.end();
  });
});
