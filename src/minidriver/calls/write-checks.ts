import { CodecError } from '../../codec/errors.ts';
import type { CardEdge } from '../card-edge.ts';
import { fail, MinidriverError } from '../cardmod/error.ts';

/* Checks of what is brought along to be written, signed or decrypted. */

/** @throws MinidriverError SCARD_E_UNSUPPORTED_FEATURE on a card that may not be written (S707 7.4) */
export function writable(edge: CardEdge): void {
  if (edge.capabilities.readOnly) fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card is read-only');
}

/** Runs a decoder over the caller's bytes: malformed ones are SCARD_E_INVALID_PARAMETER. */
export function wellFormed<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof CodecError) throw new MinidriverError('SCARD_E_INVALID_PARAMETER', 'the data are malformed', { cause: error });
    throw error;
  }
}

/** True when the big-endian number is below the modulus of the same length. */
export function below(number: Uint8Array, modulus: Uint8Array): boolean {
  const at = number.findIndex((octet, i) => octet !== modulus[i]);
  return at >= 0 && (number[at] ?? 0) < (modulus[at] ?? 0);
}
