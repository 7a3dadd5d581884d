import { describe, expect, it } from 'vitest';
import { type Bytes, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import { readInventory } from '../../../src/piv/inventory.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, type PivProfileName } from '../../../src/simulator/card/index.ts';
import type { SimulatedCard } from '../../../src/simulator/smart-card.ts';
import { issuedImage } from '../../conformance/piv-issued.ts';
import { terminal } from './transactions.ts';

/* One object that a card refuses for a reason of its own: the others are read, and the card is used. */

const WORDS = ['6a80', '6b00', '6985', '6700', '6f00', '6982', '6d00'] as const;
const pin = (): Bytes => fromHex('313233343536');

/** A card with four certificates that answers GET DATA of one object with these octets. */
async function refusing(profile: PivProfileName, tag: string, answer: string): Promise<SimulatedCard & { struck(): number }> {
  const card = createPivCard({ profile, image: await issuedImage(profile) });
  // Short or extended.
  const asked = new RegExp(`^00cb3fff(0000)?0${tag.length / 2 + 2}5c0${tag.length / 2}${tag}`);
  let struck = 0;
  return {
    atr: card.atr,
    extendedLength: card.extendedLength,
    reset: (kind) => card.reset(kind),
    transmit: (command) => (asked.test(toHex(command)) ? (struck++, Promise.resolve(fromHex(answer))) : card.transmit(command)),
    struck: () => struck,
  };
}

async function edgeOn(card: SimulatedCard): Promise<PivEdge> {
  const log = terminal(card);
  return openPivEdgeWith(log, { atr: copy(log.atr), random: systemRandom, today: () => new Date('2026-03-01T00:00:00Z') });
}

describe.each<PivProfileName>(['government', 'nist', 'yubikey-4', 'yubikey-5.7'])('%s', (profile) => {
  it.each(['5fc102', '5fc10c', '5fc10d', '5fc120', '5fc10a'])('%s refused: the other certificates are there, the PIN works', async (tag) => {
    for (const word of WORDS) {
      const card = await refusing(profile, tag, word);
      const edge = await edgeOn(card);
      const containers = await edge.containers();
      // 9C is found without its certificate where the card tells of its keys, or attests them.
      const lost = tag === '5fc10a' && (profile === 'government' || profile === 'nist');
      expect(containers.filter(({ index }) => index < 4).map(({ place }) => place)).toEqual(
        ['PIV 9A', 'PIV 9C', 'PIV 9D', 'PIV 9E'].filter((place) => !(lost && place === 'PIV 9C')),
      );
      expect((await edge.identity()).cardId).toHaveLength(16);
      await edge.verifyPin(1, pin());
      expect(edge.authenticated & 2).toBe(2);
      expect((await readInventory(await PivSession.open(terminal(card)), true)).entries.length).toBeGreaterThanOrEqual(lost ? 3 : 4);
      // A place that the history leaves out, or metadata call empty, is not asked.
      if (['5fc102', '5fc10a'].includes(tag)) expect(card.struck()).toBeGreaterThan(0);
    }
  });

  it('the inspector says that it is kept back, and nothing of malformed octets', async () => {
    for (const [tag, word] of [
      ['5fc10a', '6982'],
      ['5fc10a', '6f00'],
      ['5fc10c', '6985'],
      ['5fc102', '6a80'],
    ] as const) {
      const card = await refusing(profile, tag, word);
      const found = await (await edgeOn(card)).inspectPiv();
      // Nobody is told of a PIN that would not help; a certificate is no object of its own in the tree.
      const rows = (await (await edgeOn(card)).inspect()).objects;
      expect(rows.find((each) => each.tag === tag.toUpperCase())).toMatchObject({ present: false, problem: 'refused' });
      expect(found.findings.map(({ code }) => code).filter((code) => code.startsWith('malformed'))).toEqual([]);
      if (tag === '5fc10a') expect(found.slots[1]?.locked).toBe(true);
      else expect(found.objects.find((node) => node.tag === Number.parseInt(tag, 16))?.state).toBe('refused');
    }
    // Octets that make no sense are told from a refusal.
    const broken = await (await edgeOn(await refusing(profile, '5fc10a', '53027105' + '9000'))).inspectPiv();
    expect(broken.findings).toContainEqual(expect.objectContaining({ code: 'malformed-certificate', place: 'PIV 9C' }));
  });
});

describe('the discovery object', () => {
  it.each([...WORDS, '7e03ffffff9000', '7e044f02a0009000', '7e024f0b9000'])(
    'answered with %s: the PIN of the application is asked for',
    async (answer) => {
      const card = await refusing('government', '7e', answer);
      const edge = await edgeOn(card);
      await edge.verifyPin(1, pin());
      expect(card.struck()).toBe(1);
      expect(edge.authenticated & 2).toBe(2);
    },
  );
});
