import { type Bytes, concat, EMPTY } from '../codec/bytes.ts';
import type { SimulatedCard } from './smart-card.ts';

/*
 * The protocol between a virtual card and vpcd, the virtual reader driver of vsmartcard: each message is a length of two bytes, big-endian,
 * and that many bytes. Messages of one byte are orders to the card, longer ones are command APDUs. Octets in and octets out; who connects
 * is the caller's business.
 */

/** What vpcd wants of the card. */
export type VpcdMessage = { readonly kind: 'power-off' | 'power-on' | 'reset' | 'get-atr' } | { readonly kind: 'apdu'; readonly apdu: Bytes };

const ORDERS: Readonly<Record<number, 'power-off' | 'power-on' | 'reset' | 'get-atr'>> = { 0: 'power-off', 1: 'power-on', 2: 'reset', 4: 'get-atr' };

/** One message with its length in front. At most 65535 bytes. */
export function frameVpcdMessage(data: Uint8Array): Bytes {
  return concat(Uint8Array.of(data.length >> 8, data.length & 0xff), data);
}

/** Cuts a stream into messages. Empty messages and orders nobody knows are dropped. */
export class VpcdMessages {
  #held: Bytes = EMPTY;

  /** Takes the next octets of the stream; answers the messages that are whole now. */
  push(chunk: Uint8Array): VpcdMessage[] {
    this.#held = concat(this.#held, chunk);
    const out: VpcdMessage[] = [];
    for (;;) {
      const [high, low] = this.#held;
      if (high === undefined || low === undefined) return out;
      const end = 2 + ((high << 8) | low);
      if (this.#held.length < end) return out;
      const data = this.#held.slice(2, end);
      this.#held = this.#held.slice(end);
      const order = data.length === 1 ? ORDERS[data[0] ?? -1] : undefined;
      if (order !== undefined) out.push({ kind: order });
      else if (data.length > 1) out.push({ kind: 'apdu', apdu: data });
    }
  }
}

/** Does what one message says; answers the octets to send back, undefined where vpcd waits for none. */
export async function obeyVpcd(card: SimulatedCard, message: VpcdMessage): Promise<Bytes | undefined> {
  switch (message.kind) {
    case 'power-off':
      card.reset('off');
      return undefined;
    case 'power-on':
      card.reset('cold');
      return undefined;
    case 'reset':
      card.reset('warm');
      return undefined;
    case 'get-atr':
      return frameVpcdMessage(card.atr);
    case 'apdu':
      return frameVpcdMessage(await card.transmit(message.apdu));
  }
}
