import { describe, expect, it } from 'vitest';
import { type CcidDescriptor, encodePinOperation, parseCcidDescriptor, type PinPlace, type QuirkEffects } from '../../../src/ccid/index.ts';
import { fromHex, toHex } from '../../../src/codec/index.ts';

/** A descriptor with this wLcdLayout; nothing else of it is looked at. */
function withLayout(wLcdLayout: number): CcidDescriptor {
  const bytes = new Uint8Array(54);
  bytes.set([54, 0x21]);
  bytes.set([wLcdLayout & 0xff, wLcdLayout >> 8], 50);
  return parseCcidDescriptor(bytes);
}
const DISPLAY = withLayout(0x0210);
const NO_DISPLAY = withLayout(0);

/** PIV: eight bytes, six to eight characters (SP 800-73-4 part 2, 3.2.1 and 3.2.2). */
const LIMITS = { pinBytes: 8, minLength: 6, maxLength: 8 };
const FF = 'ff'.repeat(8);
const VERIFY: PinPlace = { abPINApdu: fromHex(`00200080 08 ${FF}`), ...LIMITS };
const CHANGE: PinPlace = {
  abPINApdu: fromHex(`00240080 10 ${FF}${FF}`),
  ...LIMITS,
  modify: { bInsertionOffsetOld: 0, bInsertionOffsetNew: 8, asksOld: true },
};
const NEW_ONLY: PinPlace = {
  abPINApdu: fromHex(`00240180 08 ${FF}`),
  ...LIMITS,
  modify: { bInsertionOffsetOld: 0, bInsertionOffsetNew: 0, asksOld: false },
};
const NONE = '000000';

type Row = readonly [string, PinPlace, CcidDescriptor, QuirkEffects, string];

describe('abPINDataStructure, octet for octet (CCID 1.1, 6.1.11.1 and 6.1.11.2)', () => {
  it.each([
    ['verify', VERIFY, DISPLAY, {}, '00 3c 82 08 00  08 06 02 01 0904 00'],
    ['verify, no display', VERIFY, NO_DISPLAY, {}, '00 3c 82 08 00  08 06 02 00 0904 00'],
    ['verify, one message wanted', VERIFY, NO_DISPLAY, { verifyMessages: 1 }, '00 3c 82 08 00  08 06 02 01 0904 00'],
    ['verify, no message wanted', VERIFY, DISPLAY, { verifyMessages: 0 }, '00 3c 82 08 00  08 06 02 00 0904 00'],
    ['verify, lengths swapped', VERIFY, DISPLAY, { swappedPinLengths: true }, '00 3c 82 08 00  06 08 02 01 0904 00'],
    ['modify', CHANGE, DISPLAY, {}, '01 3c 82 08 00  00 08 08 06 03 02 03 0904 00 01 02'],
    ['modify, no display', CHANGE, NO_DISPLAY, {}, '01 3c 82 08 00  00 08 08 06 03 02 00 0904 00'],
    ['modify, the new PIN alone', NEW_ONLY, DISPLAY, {}, '01 3c 82 08 00  00 00 08 06 01 02 02 0904 01 02'],
    ['modify, the new PIN alone, no display', NEW_ONLY, NO_DISPLAY, {}, '01 3c 82 08 00  00 00 08 06 01 02 00 0904 00'],
    ['modify, lengths swapped', CHANGE, NO_DISPLAY, { swappedPinLengths: true }, '01 3c 82 08 00  00 08 06 08 03 02 00 0904 00'],
    ['modify, all indexes', CHANGE, DISPLAY, { modifyMessages: 0, allMessageIndexes: true }, '01 3c 82 08 00  00 08 08 06 03 02 00 0904 00 00 00'],
    ['modify, the reader’s own messages', CHANGE, DISPLAY, { modifyMessages: 0xff }, '01 3c 82 08 00  00 08 08 06 03 02 ff 0904 00 01'],
    ['modify, three messages', NEW_ONLY, NO_DISPLAY, { modifyMessages: 3 }, '01 3c 82 08 00  00 00 08 06 01 02 03 0904 01 02 03'],
  ] satisfies readonly Row[] as readonly Row[])('%s', (_name, place, ccid, effects, expected) => {
    for (const prologue of [NONE, '00400d'])
      expect(toHex(encodePinOperation(place, ccid, effects, fromHex(prologue)))).toBe(toHex(fromHex(expected)) + prologue + toHex(place.abPINApdu));
  });

  it('the size of the PIN block is that of the place', () => {
    const short = { ...VERIFY, abPINApdu: fromHex('00200001 04 ffffffff'), pinBytes: 4, minLength: 4, maxLength: 4 };
    expect(toHex(encodePinOperation(short, NO_DISPLAY, {}, fromHex(NONE)))).toBe(`003c820400040402000904000000000020000104ffffffff`);
  });
});
