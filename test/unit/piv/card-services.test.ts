import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { writeTlv } from '../../../src/codec/tlv.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import { buildBitGroup } from '../../../src/piv/card-objects.ts';
import type { PivInspection } from '../../../src/piv/inspector/tree.ts';
import { parseApplicationProperties } from '../../../src/piv/session.ts';
import { createPivCard, loadCardImage } from '../../../src/simulator/card/index.ts';
import { terminal } from './transactions.ts';

/*
 * What a card offers besides the PIN, as it says itself: secure messaging by the SELECT answer (SP 800-73-4 part 2, table 3), virtual contact
 * interface, pairing code, on-card comparison and Global PIN by the PIN usage policy of the discovery object (part 1, 3.3.2), the number of
 * fingers by the BIT group template (3.3.6).
 */

const AID = fromHex('a000000308000010000100');
/** An application property template whose AC lists these algorithms. */
const template = (...algorithms: readonly number[]): Bytes =>
  writeTlv(
    0x61,
    writeTlv(0x4f, AID.slice(5)),
    writeTlv(0x79, writeTlv(0x4f, AID.slice(0, 5))),
    writeTlv(0xac, ...algorithms.map((id) => writeTlv(0x80, bytes([id]))), writeTlv(0x06, bytes([0]))),
  );

interface Offer {
  readonly algorithms?: readonly number[];
  /** PIN usage policy; null = no discovery object. */
  readonly policy?: readonly [number, number] | null;
  readonly fingers?: number;
}

async function inspected({ algorithms = [0x07, 0x11], policy = [0x40, 0x00], fingers }: Offer): Promise<{
  readonly found: PivInspection;
  readonly told: ReadonlyMap<string, string>;
}> {
  const objects: Record<string, string> = {};
  if (policy !== null) objects['7E'] = toHex(concat(writeTlv(0x4f, AID), writeTlv(0x5f2f, bytes([...policy]))));
  if (fingers !== undefined) objects['7F61'] = toHex(buildBitGroup(Array.from({ length: fingers }, (_, i) => bytes([i]))));
  const image = loadCardImage(
    { profile: 'nist', objects, ...(policy !== null && (policy[0] & 0x20) !== 0 ? { globalPin: '654321' } : {}) },
    systemRandom,
  );
  const card = createPivCard({ profile: 'nist', image });
  const log = terminal({
    atr: card.atr,
    extendedLength: card.extendedLength,
    reset: (kind) => card.reset(kind),
    transmit: async (command) => {
      const answer = await card.transmit(command);
      return command[1] === 0xa4 && answer.at(-2) === 0x90 ? concat(template(...algorithms), fromHex('9000')) : copy(answer);
    },
  });
  const edge = await openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => new Date('2026-03-01') });
  const told = new Map((await edge.inspect()).applet.map(({ name, value }) => [name, value]));
  return { found: await edge.inspectPiv(), told };
}

describe('secure messaging by the SELECT answer', () => {
  it.each([
    [[0x07, 0x11], undefined],
    [[0x07, 0x11, 0x27], 'CS2'],
    [[0x2e, 0x07, 0x14], 'CS7'],
    [[], undefined],
    // The standard has one or the other.
    [[0x27, 0x2e], undefined],
  ] as const)('%j: %s', async (algorithms, suite) => {
    const { found, told } = await inspected({ algorithms });
    expect(parseApplicationProperties(template(...algorithms)).algorithms).toEqual(algorithms);
    expect(found.algorithms).toEqual(algorithms);
    expect(found.secureMessaging).toBe(suite);
    expect(told.get('Secure messaging')).toBe(suite);
  });
});

describe('PIN usage policy', () => {
  // Every combination that the standard has, with what its bits say.
  it.each([0x40, 0x48, 0x4c, 0x50, 0x58, 0x5c, 0x60, 0x68, 0x6c, 0x70, 0x78, 0x7c])('%i', async (first) => {
    const globalPin = (first & 0x20) !== 0;
    const { found, told } = await inspected({ policy: [first, globalPin ? 0x20 : 0x00], fingers: (first & 0x10) === 0 ? 0 : 2 });
    expect(found.discovery).toEqual({ usagePolicy: first, primary: globalPin ? 0x20 : 0x00 });
    expect(found.virtualContact).toEqual({ offered: (first & 0x08) !== 0, wantsPairingCode: (first & 0x0c) === 0x08 });
    expect(found.onCardComparison).toEqual({ offered: (first & 0x10) !== 0, fingers: (first & 0x10) === 0 ? 0 : 2 });
    expect(told.get('On-card comparison')).toBe((first & 0x10) === 0 ? undefined : '2 fingers');
    expect(told.get('Virtual contact interface')).toBe(
      (first & 0x08) === 0 ? undefined : (first & 0x04) === 0 ? 'with pairing code' : 'without pairing code',
    );
    const codes = found.findings.map((each) => each.code).filter((code) => code.startsWith('virtual-contact'));
    expect(codes).toEqual((first & 0x08) === 0 ? [] : [(first & 0x04) === 0 ? 'virtual-contact-pairing-code' : 'virtual-contact-offered']);
  });

  it('no discovery object: nothing is offered', async () => {
    const { found, told } = await inspected({ policy: null });
    expect(found.discovery).toBeUndefined();
    expect(found.virtualContact.offered).toBe(false);
    expect(found.onCardComparison).toEqual({ offered: false, fingers: 0 });
    expect([...told.keys()].filter((name) => ['On-card comparison', 'Virtual contact interface', 'Secure messaging'].includes(name))).toEqual([]);
  });

  it('fingers in the BIT group are no offer by themselves', async () => {
    expect((await inspected({ policy: [0x40, 0x00], fingers: 2 })).found.onCardComparison).toEqual({ offered: false, fingers: 2 });
  });

  it('octets of any kind as policy and as algorithms are reported, never believed further', { timeout: 30_000 }, async () => {
    const octet = fc.integer({ min: 0, max: 255 });
    await fc.assert(
      fc.asyncProperty(octet, octet, fc.array(octet, { maxLength: 12 }), async (first, second, algorithms) => {
        const { found } = await inspected({ policy: [first, second], algorithms });
        expect(found.virtualContact.offered).toBe((first & 0x08) !== 0);
        expect(found.onCardComparison.offered).toBe((first & 0x10) !== 0);
        expect(found.secureMessaging).toBe(
          algorithms.includes(0x27) === algorithms.includes(0x2e) ? undefined : algorithms.includes(0x27) ? 'CS2' : 'CS7',
        );
      }),
      { numRuns: 40 },
    );
  });
});
