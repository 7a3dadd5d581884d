import { describe, expect, it } from 'vitest';
import { type CcidDescriptor, CcidPipe, CcidSlot, parseCcidDescriptor, type QuirkEffects } from '../../../src/ccid/index.ts';
import { AutoClock } from '../channel/auto-clock.ts';
import { ScriptPort, type Step } from './script-port.ts';

const EXTENDED = 0x0004_04ba;
const TPDU = 0x0001_0030;

function slotOf(fields: Partial<CcidDescriptor>, effects: QuirkEffects, steps: readonly Step[] = [], bSlot = 0): CcidSlot {
  const blank = new Uint8Array(54);
  blank.set([54, 0x21]);
  const clock = new AutoClock();
  const pipe = new CcidPipe({ port: new ScriptPort(steps), clock });
  return new CcidSlot({ pipe, bSlot, ccid: { ...parseCcidDescriptor(blank), dwMaxCCIDMessageLength: 271, ...fields }, effects, clock });
}

describe('what a quirk row changes, and what it leaves', () => {
  it.each([
    [263, 261],
    [271, 261],
    [512, 502],
    [64, 54],
  ])('a message length that is wrong is mended, another is not: %i bytes', (dwMaxCCIDMessageLength, blockBytes) => {
    expect(slotOf({ dwMaxCCIDMessageLength }, { messageBytes: { announced: 263, taken: 271 } }).blockBytes).toBe(blockBytes);
  });

  it('a level of later slots is not that of the first', () => {
    const levels = [0, 1, 2].map((bSlot) => slotOf({ dwFeatures: TPDU }, { laterSlotsLevel: 'short-apdu' }, [], bSlot).level);
    expect(levels).toEqual(['tpdu', 'short-apdu', 'short-apdu']);
    expect([0, 1].map((bSlot) => slotOf({ dwFeatures: EXTENDED }, { level: 'short-apdu' }, [], bSlot).level)).toEqual(['short-apdu', 'short-apdu']);
  });
});

describe('an answer in parts', () => {
  /** RDR_to_PC_DataBlock with so many bytes. */
  const part = (bSeq: string, length: number, bChainParameter: string): Step => {
    const dwLength = [length & 0xff, length >> 8, 0, 0].map((octet) => octet.toString(16).padStart(2, '0')).join('');
    return { in: `80 ${dwLength} 00 ${bSeq} 00 00 ${bChainParameter} ${'11'.repeat(length)}` };
  };
  const steps = (last: number): readonly Step[] => [
    { out: '6f 01000000 00 00 000000  01' },
    part('00', 60_000, '01'),
    { out: '6f 00000000 00 01 001000' },
    part('01', last, '02'),
  ];

  it('is not longer than the longest APDU: a reader that goes on for ever is given up', async () => {
    const most = 65_544 - 60_000;
    expect((await slotOf({ dwFeatures: EXTENDED }, {}, steps(most)).xfrBlock(Uint8Array.of(1))).length).toBe(65_544);
    await expect(slotOf({ dwFeatures: EXTENDED }, {}, steps(most + 1)).xfrBlock(Uint8Array.of(1))).rejects.toMatchObject({
      reason: 'too-long',
      reachedCard: true,
    });
  });
});
