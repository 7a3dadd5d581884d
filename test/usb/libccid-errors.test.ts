import { expect, it } from 'vitest';
import { slotErrorName } from '../../src/ccid/slot-error-name.ts';
import { ToyCard } from '../unit/simulator/reader/toy-card.ts';
import { overLibccid } from './libccid-bench.ts';

/** What libccid calls each bError, in its log. */
const TEXTS: Readonly<Record<string, string>> = {
  CMD_ABORTED: 'Activity aborted by Host',
  ICC_MUTE: 'Card absent or mute',
  XFR_PARITY_ERROR: 'Parity error during exchange',
  XFR_OVERRUN: 'Overrun error',
  HW_ERROR: 'Hardware error',
  BAD_ATR_TS: 'Invalid ATR first byte',
  BAD_ATR_TCK: 'Invalid ATR checksum byte (TCK)',
  ICC_PROTOCOL_NOT_SUPPORTED: 'Protocol not supported',
  ICC_CLASS_NOT_SUPPORTED: 'Class not supported',
  PROCEDURE_BYTE_CONFLICT: 'Procedure byte conflict',
  DEACTIVATED_PROTOCOL: 'Deactivated protocol',
  BUSY_WITH_AUTO_SEQUENCE: 'Busy with autosequence',
  PIN_TIMEOUT: 'PIN timeout',
  PIN_CANCELLED: 'PIN cancelled',
  CMD_SLOT_BUSY: 'Slot busy',
  'vendor: card short-circuit': 'Card short-circuiting. Card powered off',
  'vendor: ATR too long': 'ATR too long (> 33)',
  'vendor: no data exchanged': 'No data exchanged',
  'vendor: T=1 message too long in EMV mode': 'Reader in EMV mode and T=1 message too long',
  'vendor: EMV protocol error': 'Protocol error in EMV mode',
  'vendor: card error in T=1 exchange': 'Card error during T=1 exchange',
  'vendor: wrong APDU length': 'Wrong APDU command length',
  'command not supported': 'Command not supported or not allowed',
  // dwLength and bSlot have texts of their own there.
  'bad message byte 1': 'Wrong command length',
  'bad message byte 5': 'Invalid slot number',
};

/** libccid's text for a value that the driver calls so. */
function textFor(bError: number, name: string): string {
  if (name === 'vendor' || name === 'reserved') return `Unknown CCID error: 0x${bError.toString(16).toUpperCase().padStart(2, '0')}`;
  return TEXTS[name] ?? name.replace(/^bad message byte /, 'error on byte ');
}

it('bError: each of the 256 values has the meaning that libccid gives it', async () => {
  const failure = { bError: 0, abData: [0xff] };
  const defects: { powerOnNeedsEscape?: typeof failure } = {};
  const theirs: Record<number, string> = {};
  await overLibccid({ defects, cards: [new ToyCard()] }, async (talk, { log }) => {
    // From here on every power-on fails, and libccid says how.
    defects.powerOnNeedsEscape = failure;
    for (let bError = 0; bError < 256; bError++) {
      failure.bError = bError;
      const before = log().length;
      expect(await talk.say('^')).toMatch(/^! /);
      theirs[bError] = /CmdPowerOn (.*)$/m.exec(log().slice(before))?.[1] ?? 'nothing';
    }
  });
  const ours = Object.fromEntries(Object.keys(theirs).map((bError) => [bError, textFor(Number(bError), slotErrorName(Number(bError)))]));
  expect(ours).toEqual(theirs);
  // No two values share a text, so an exchanged name is seen; and every text of the table was heard.
  expect(new Set(Object.values(theirs)).size).toBe(256);
  expect(Object.values(TEXTS).filter((text) => !Object.values(theirs).includes(text))).toEqual([]);
});
