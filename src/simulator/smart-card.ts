import type { Bytes } from '../codec/bytes.ts';

/** What a simulated reader, the vpcd client and tests see of a simulated card: contacts, not an API. */
export interface SimulatedCard {
  /** Answer to reset, the same after cold and warm reset. */
  readonly atr: Bytes;
  /** Power or reset: volatile state (selection, PIN status, chaining) is gone afterwards. */
  reset(kind: 'cold' | 'warm' | 'off'): void;
  /**
   * One command APDU as it arrives at the card, short or extended, chained parts one by one; answers data + SW1 SW2 as the card
   * would send it (61xx included). Never rejects: a card answers 6F00 for what it can't understand.
   */
  transmit(command: Bytes): Promise<Bytes>;
  /** Supply voltages at which the card works (classes A, B and C of ISO/IEC 7816-3, 5.1); all of them unless given. */
  readonly voltages?: readonly (5 | 3 | 1.8)[];
  /** Largest command the card's buffer takes: true when it accepts extended length. */
  readonly extendedLength: boolean;
}

/** A card whose non-volatile memory can be put away and taken up again. */
export interface PersistentCard extends SimulatedCard {
  /** JSON-safe image of the non-volatile memory, keys included: for the page's own storage only. */
  save(): unknown;
  /** Called after each change of the non-volatile memory. */
  onChange(listener: () => void): () => void;
}
