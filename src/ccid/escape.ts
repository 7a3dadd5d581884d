import type { Bytes } from '../codec/bytes.ts';
import { COMMAND_OK } from './messages.ts';
import type { ExchangeOptions } from './pipe.ts';
import type { CcidSlot } from './slot.ts';
import { slotError } from './slot-error.ts';

/** Vendors' commands may load firmware or wait for a person: libccid gives them 30 s as well. */
const ESCAPE_MS = 30_000;

/** A vendor's command (CCID 1.1, 6.1.8); opt-in only. @throws CcidError `not-supported`, `command-failed`; UsbError */
export async function escape(slot: CcidSlot, data: Uint8Array, options: ExchangeOptions = {}): Promise<Bytes> {
  const response = await slot.command({ name: 'Escape', abData: data }, options, ESCAPE_MS);
  if (response.bmCommandStatus !== COMMAND_OK) throw slotError('Escape', response);
  return response.abData;
}
