import type { Bytes } from '../codec/bytes.ts';
import { CcidError, type CcidSlot, type PinPlace, preparePinPad, secure } from '../ccid/index.ts';
import { Iso7816Error, parseCommand } from '../iso7816/index.ts';
import type { ApduCarrier } from './apdu-carrier.ts';
import type { DriverContext } from './driver-context.ts';
import { ChannelError } from './errors.ts';
import type { PinLimits, PinPadResult } from './types.ts';

/** One PIN entry: the command with padding in place of the PIN. */
export interface PinEntry {
  readonly template: Bytes;
  readonly limits: PinLimits;
  readonly modify: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** bmPINBlockString has four bits for the length of the PIN block. */
const MAX_PIN_BYTES = 15;
/** CHANGE REFERENCE DATA with P1 = 01 carries the new value only (ISO/IEC 7816-4, 7.5.7). */
const NEW_ONLY = 0x01;

/** What readers answer in the card's place (PC/SC part 10, 2.5.2). */
const OWN_STATUS: Readonly<Record<number, Exclude<PinPadResult['kind'], 'answer'>>> = { 0x6400: 'timeout', 0x6401: 'cancelled', 0x6402: 'mismatch' };

/**
 * Lets the person type on the reader and the reader send the command. A cancelled entry may have come too late to stop the command:
 * the card is then reset (`lose`), so that nothing it knew outlives the doubt.
 * @throws CcidError, UsbError, Iso7816Error, ChannelError
 */
export async function enterPin(
  { trace, clock }: DriverContext,
  ccid: CcidSlot,
  carrier: ApduCarrier,
  entry: PinEntry,
  lose: (error: unknown) => Promise<void>,
): Promise<PinPadResult> {
  const { template, signal } = entry;
  const place = placeOf(entry, (ccid.ccid.bPINSupport & 2) !== 0);
  const [cla = 0, ins = 0, p1 = 0, p2 = 0] = template;
  const startMs = clock.nowMs();
  trace({ layer: 'apdu', kind: 'command', cla, ins, p1, p2, lengthBytes: template.length });
  try {
    const effects = await preparePinPad(ccid, entry.modify, { signal });
    const answer = await carrier.secure(template.length, (bTeoPrologue) => secure(ccid, place, effects, bTeoPrologue, { signal }), { signal });
    if (typeof answer === 'string') return { kind: answer };
    const response = answer.abData;
    if (response.length < 2) throw new Iso7816Error('bad-answer', `a response of ${response.length} bytes`);
    const sw = ((response.at(-2) ?? 0) << 8) | (response.at(-1) ?? 0);
    trace({ layer: 'apdu', kind: 'response', ins, sw, lengthBytes: response.length, durationMs: clock.nowMs() - startMs });
    const own = response.length === 2 ? OWN_STATUS[sw] : undefined;
    return own === undefined ? { kind: 'answer', response } : { kind: own };
  } catch (error) {
    if (!(error instanceof CcidError) || error.reason !== 'aborted') throw error;
    if (error.reachedCard) await lose(error);
    return { kind: 'cancelled' };
  }
}

/** @throws ChannelError, Iso7816Error before anything is sent */
function placeOf({ template, limits, modify }: PinEntry, canModify: boolean): PinPlace {
  const refuse = (text: string): ChannelError => new ChannelError('protocol', 'not-sent', text);
  let command: ReturnType<typeof parseCommand>;
  try {
    command = parseCommand(template);
  } catch (error) {
    throw new ChannelError('protocol', 'not-sent', 'the template is no command', { cause: error });
  }
  const { form, p1, data, ne } = command;
  if (form !== 'short' || ne !== 0 || data.length === 0) throw refuse('the template is no short command with data');
  if (modify && !canModify) throw refuse('the PIN pad can not change PINs');
  const asksOld = modify && p1 !== NEW_ONLY;
  const pinBytes = asksOld ? data.length / 2 : data.length;
  const { minLength, maxLength } = limits;
  if (!Number.isInteger(pinBytes) || pinBytes > MAX_PIN_BYTES || maxLength > pinBytes || minLength > maxLength || minLength < 0)
    throw refuse(`no PIN of ${minLength} to ${maxLength} characters fits into ${pinBytes} bytes`);
  return {
    abPINApdu: template,
    pinBytes,
    minLength,
    maxLength,
    ...(modify ? { modify: { bInsertionOffsetOld: 0, bInsertionOffsetNew: asksOld ? pinBytes : 0, asksOld } } : {}),
  };
}
