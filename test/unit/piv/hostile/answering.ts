import type { CardTransaction } from '../../../../src/channel/types.ts';
import { type Bytes, bytes, concat, copy } from '../../../../src/codec/bytes.ts';
import { fromHex } from '../../../../src/codec/hex.ts';
import { PivSession } from '../../../../src/piv/session.ts';
import { APT_YUBICO } from '../transactions.ts';

/* A card that is selected as any other, and then answers what the test says. */

/** The answer to a command, status word included. */
export type Reply = (command: Bytes, count: number) => Bytes;

const OK = fromHex('9000');

/** The body with 9000 behind it. */
export const good = (body: Uint8Array): Bytes => concat(body, OK);

/** As a transaction; `count` counts the commands behind the two of opening. */
export function replying(reply: Reply, version = '050701'): CardTransaction {
  let count = 0;
  return {
    atr: fromHex('3b00'),
    limits: { shortCommandBytes: 261, extendedCommandBytes: 65544, answerBytes: 65538 },
    interrupted: false,
    async transmit(command) {
      if (command[1] === 0xa4) return concat(fromHex(APT_YUBICO.replace(/\s/g, '')), OK);
      if (command[1] === 0xfd) return concat(fromHex(version), OK);
      return copy(reply(command, count++));
    },
  };
}

/** A session on such a card. */
export const session = (reply: Reply, version?: string): Promise<PivSession> => PivSession.open(replying(reply, version));

/** A session to which the card answers these octets and 9000, whatever is asked. */
export const answering = (body: Bytes, version?: string): Promise<PivSession> => session(() => good(body), version);

/** An answer that is tag, length and value inside 53: an object. */
export const objectOf = (content: Uint8Array): Bytes =>
  concat(bytes(content.length < 0x80 ? [0x53, content.length] : [0x53, 0x82, content.length >>> 8, content.length & 0xff]), content);
