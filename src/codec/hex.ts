import type { Bytes } from './bytes.ts';
import { CodecError } from './errors.ts';

/** Lower-case hexadecimal, with `separator` between octets. */
export function toHex(source: Uint8Array, separator = ''): string {
  let out = '';
  for (let i = 0; i < source.length; i++) {
    if (i > 0) out += separator;
    out += (source[i] ?? 0).toString(16).padStart(2, '0');
  }
  return out;
}

/**
 * Octets from hexadecimal of either case; blanks, colons and hyphens between octets are skipped.
 * @throws CodecError `not-hex` for any other character, half octets included; the text itself is not quoted.
 */
export function fromHex(text: string): Bytes {
  if (!/^[\s:-]*(?:[0-9a-fA-F]{2}[\s:-]*)*$/.test(text)) throw new CodecError('not-hex', 'the text is not hexadecimal octets');
  const digits = text.replace(/[\s:-]/g, '');
  const out = new Uint8Array(digits.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return out;
}
