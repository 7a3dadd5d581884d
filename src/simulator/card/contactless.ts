import { type Bytes, concat } from '../../codec/bytes.ts';
import type { CommandApdu } from './apdu.ts';

/*
 * The card without contacts (SP 800-73-4 part 1, tables 2 and 3; part 2, table 2), as it is without the virtual contact interface: what
 * anybody may have is the discovery of the card and the card authentication key.
 */

/** CHUID, certificate of card authentication, discovery, BIT group, secure messaging signer. */
const FREE_OBJECTS: readonly string[] = ['5fc102', '5fc101', '7e', '7f61', '5fc122'];

const octets = (data: Uint8Array): string => Array.from(data, (octet) => octet.toString(16).padStart(2, '0')).join('');

/** Whether a card of the standard does this command at all without contacts. */
export function isFreeWithoutContacts({ ins, p2, data }: CommandApdu): boolean {
  switch (ins) {
    case 0xcb:
      return FREE_OBJECTS.includes(octets(data.subarray(2)));
    case 0x87:
      return p2 === 0x9e || p2 === 0x04;
    case 0x20:
    case 0x24:
    case 0x2c:
    case 0x47:
    case 0xdb:
      return false;
    default:
      return true;
  }
}

/** What a reader makes up for a card that answers to reset with `atr` over contacts: 3B, 8n, 80, 01, the historical bytes, check octet (PC/SC part 3, 3.1.3.2.3.1). */
export function contactlessAtr(atr: Bytes): Bytes {
  const historical = atr.slice(-1 - ((atr[1] ?? 0) & 0x0f), -1);
  const body = concat(Uint8Array.of(0x80 | historical.length, 0x80, 0x01), historical);
  return concat(Uint8Array.of(0x3b), body, Uint8Array.of(body.reduce((check, octet) => check ^ octet, 0)));
}
