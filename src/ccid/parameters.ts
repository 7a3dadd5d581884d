import type { Bytes } from '../codec/bytes.ts';
import { CcidError } from './errors.ts';
import { COMMAND_OK } from './messages.ts';
import type { ExchangeOptions } from './pipe.ts';
import type { CcidSlot } from './slot.ts';
import { slotError } from './slot-error.ts';

/** bProtocolNum and abProtocolDataStructure (CCID 1.1, 6.2.3). */
export interface ProtocolParameters {
  readonly bProtocolNum: number;
  readonly abProtocolDataStructure: Bytes;
}

/**
 * Protocol parameters (CCID 1.1, 6.1.7). A reader that can't change one of them, or knows no such command, goes on with its own.
 * @throws CcidError `command-failed`, `no-card`; UsbError
 */
export async function setParameters(slot: CcidSlot, bProtocolNum: number, data: Uint8Array, options: ExchangeOptions = {}): Promise<void> {
  const response = await slot.command({ name: 'SetParameters', specific: [bProtocolNum, 0, 0], abData: data }, options);
  if (response.bmCommandStatus !== COMMAND_OK && response.bError >= 0x80) throw slotError('SetParameters', response);
}

/** The parameters in use (CCID 1.1, 6.1.5). @throws CcidError, UsbError */
export async function getParameters(slot: CcidSlot): Promise<ProtocolParameters> {
  const response = await slot.command({ name: 'GetParameters' });
  if (response.bmCommandStatus !== COMMAND_OK) throw slotError('GetParameters', response);
  return { bProtocolNum: response.bSpecific, abProtocolDataStructure: response.abData };
}

/** The reader's table of rates in bit/s (CCID 1.1, 5.3.3); empty where it announces none or stalls. */
export function dataRates(slot: CcidSlot, signal?: AbortSignal): Promise<readonly number[]> {
  const count = slot.ccid.bNumDataRatesSupported;
  return count === 0 ? Promise.resolve([]) : table(slot, 0x03, count, signal);
}

/** The reader's table of clocks in kHz (CCID 1.1, 5.3.2); empty where it announces none or stalls. */
export function clockFrequencies(slot: CcidSlot): Promise<readonly number[]> {
  const count = slot.ccid.bNumClockSupported;
  return count === 0 ? Promise.resolve([]) : table(slot, 0x02, count);
}

/** A stall means that there is no table; one that is no whole number of entries is none either; a short one counts as far as it goes. */
async function table(slot: CcidSlot, bRequest: number, count: number, signal?: AbortSignal): Promise<readonly number[]> {
  const answer = await slot.controlIn(bRequest, 4 * count, signal).catch(() => new Uint8Array(0));
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  return answer.length % 4 === 0 ? Array.from({ length: answer.length / 4 }, (_, i) => view.getUint32(4 * i, true)) : [];
}

/** Clock and rate by hand (CCID 1.1, 6.1.14), in kHz and bit/s; answers what is in use now. @throws CcidError, UsbError */
export async function setDataRateAndClock(
  slot: CcidSlot,
  clockKhz: number,
  bitsPerSecond: number,
): Promise<{ readonly clockKhz: number; readonly bitsPerSecond: number }> {
  const abData = new Uint8Array(8);
  const out = new DataView(abData.buffer);
  out.setUint32(0, clockKhz, true);
  out.setUint32(4, bitsPerSecond, true);
  const response = await slot.command({ name: 'SetDataRateAndClockFrequency', abData });
  if (response.bmCommandStatus !== COMMAND_OK) throw slotError('SetDataRateAndClockFrequency', response);
  const { abData: got } = response;
  if (got.length !== 8)
    throw new CcidError('bad-message', `clock and rate of ${got.length} bytes`, { message: 'PC_to_RDR_SetDataRateAndClockFrequency' });
  const view = new DataView(got.buffer, got.byteOffset, 8);
  return { clockKhz: view.getUint32(0, true), bitsPerSecond: view.getUint32(4, true) };
}
