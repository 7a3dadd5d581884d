import { concat, type Bytes, bytes, reversed } from '../../codec/bytes.ts';
import { toHex } from '../../codec/hex.ts';

/**
 * Name of a container without a stored one, as Windows' inbox driver is seen to make it: the CHUID's GUID with its last three bytes replaced
 * by the certificate's object tag, printed in Microsoft's order without braces (fact sheet, minidriver 10.3; CHOICES.md, container-names).
 */
export function derivedName(guid: Bytes, objectTag: number): string {
  const g = concat(guid.subarray(0, 13), bytes([objectTag >>> 16, (objectTag >>> 8) & 0xff, objectTag & 0xff]));
  const parts = [reversed(g.subarray(0, 4)), reversed(g.subarray(4, 6)), reversed(g.subarray(6, 8)), g.subarray(8, 10), g.subarray(10, 16)];
  return parts.map((part) => toHex(part)).join('-');
}
