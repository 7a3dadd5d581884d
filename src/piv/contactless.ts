import { OBJECTS } from './objects.ts';

/*
 * What a PIV card keeps back where it is read without contacts (SP 800-73-4 part 1, tables 2 and 3): some of it is never there, the rest
 * only over the virtual contact interface (part 1, 5.5), which is secure messaging and, where the card wants it, the pairing code.
 */

export type CardInterface = 'contact' | 'contactless';

/** Why a command was refused without contacts, and what would do. */
export type ContactlessHint =
  /** Never without contacts: administration, PUK. */
  | 'contacts-only'
  /** Only over the virtual contact interface, else with contacts: PIN, keys but 9E, most objects. */
  | 'virtual-contact-only';

/**
 * Readers for contactless cards make up an answer to reset with T0 = 8n, TD1 = 80, TD2 = 01 (PC/SC part 3, 3.1.3.2.3.1). A card with contacts
 * may have the same; who knows the reader better says so.
 */
export function interfaceOf(atr: Uint8Array): CardInterface {
  const [ts, t0 = 0, td1, td2] = atr;
  return ts === 0x3b && t0 >>> 4 === 0x8 && td1 === 0x80 && td2 === 0x01 ? 'contactless' : 'contact';
}

/** Objects that anybody may read without contacts: CHUID, certificate of 9E, discovery, BIT group, secure messaging signer. */
export const CONTACTLESS_OBJECTS: ReadonlySet<number> = new Set([0x5fc102, 0x5fc101, 0x7e, 0x7f61, 0x5fc122]);

const STANDARD_OBJECTS: ReadonlySet<number> = new Set(OBJECTS.map((object) => object.tag));

/** Status words that a card without contacts gives to what it keeps back. */
const KEPT_BACK: ReadonlySet<number> = new Set([0x6982, 0x6985, 0x6a81]);

/** What a refusal of this command may mean without contacts; undefined when the interface is not the reason. */
export function contactlessHint(sw: number, ins: number, p2: number, tag?: number): ContactlessHint | undefined {
  if (!KEPT_BACK.has(sw)) return undefined;
  switch (ins) {
    case 0x2c:
    case 0x47:
    case 0xdb:
      return 'contacts-only';
    case 0x24:
      return p2 === 0x81 ? 'contacts-only' : 'virtual-contact-only';
    case 0x20:
      return 'virtual-contact-only';
    case 0x87:
      return p2 === 0x9b ? 'contacts-only' : p2 === 0x9e || p2 === 0x04 ? undefined : 'virtual-contact-only';
    case 0xcb:
      return tag !== undefined && STANDARD_OBJECTS.has(tag) && !CONTACTLESS_OBJECTS.has(tag) ? 'virtual-contact-only' : undefined;
    default:
      return undefined;
  }
}
