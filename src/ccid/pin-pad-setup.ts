import type { Bytes } from '../codec/bytes.ts';
import { CcidError } from './errors.ts';
import { escape } from './escape.ts';
import type { ExchangeOptions } from './pipe.ts';
import type { QuirkEffects } from './quirks.ts';
import type { CcidSlot } from './slot.ts';

/** Claims whose PIN pad was set up. */
const setUp = new WeakSet<CcidSlot['port']>();

/** Gemalto's escape, the length of its answer and the flag of its ninth byte that PIN modification is mended. */
const GET_FIRMWARE_FEATURES = 0x6a;
const FEATURES_BYTES = 21;
const NUMBER_MESSAGE_FIX = 0x04;

/**
 * What some readers want before PIN entry, and the quirks with what the reader tells of itself. The card sees nothing of it.
 * @throws CcidError, whose `reachedCard` is false; UsbError
 */
export async function preparePinPad(slot: CcidSlot, modifies: boolean, options: ExchangeOptions = {}): Promise<QuirkEffects> {
  const { effects, port } = slot;
  if (effects.pinPadSetup !== undefined && !setUp.has(port)) {
    await slot.pause(effects.pinPadSetup.delayMs, options.signal);
    for (const abData of effects.pinPadSetup.escapes) await ask(slot, abData, options);
    setUp.add(port);
  }
  const asks = modifies && effects.allMessageIndexesUnlessMended === true;
  const features = asks ? await ask(slot, [GET_FIRMWARE_FEATURES], options) : undefined;
  if (effects.pinDelayMs !== undefined) await slot.pause(effects.pinDelayMs, options.signal);
  if (!asks) return effects;
  return { ...effects, allMessageIndexes: features?.length !== FEATURES_BYTES || ((features[8] ?? 0) & NUMBER_MESSAGE_FIX) === 0 };
}

/** The answer to a vendor's command; undefined where the firmware does not know it. */
async function ask(slot: CcidSlot, abData: readonly number[], options: ExchangeOptions): Promise<Bytes | undefined> {
  try {
    return await escape(slot, Uint8Array.from(abData), options);
  } catch (error) {
    if (!(error instanceof CcidError)) throw error;
    if (error.reason === 'not-supported') return undefined;
    throw new CcidError(error.reason, error.message, { reachedCard: false, cause: error });
  }
}
