import { createCipheriv } from 'node:crypto';
import { type Bytes, concat, copy, fromHex, toHex } from '../../../../src/codec/index.ts';
import type { SimulatedCard } from '../../../../src/simulator/smart-card.ts';

/** The plainest host there can be, for tests of the card alone: short APDUs, chaining, GET RESPONSE, the algorithms of node:crypto. */
export class Terminal {
  readonly card: SimulatedCard;

  constructor(card: SimulatedCard) {
    this.card = card;
  }

  /** Octets given as hexadecimal, straight to the card. */
  async raw(hex: string): Promise<string> {
    return toHex(await this.card.transmit(fromHex(hex)));
  }

  /** Header as hexadecimal and data of any length; answers the data and SW as hexadecimal. */
  async send(header: string, data: Bytes | string = ''): Promise<{ readonly data: Bytes; readonly sw: string }> {
    const [cla = 0, ...rest] = fromHex(header);
    let body = typeof data === 'string' ? fromHex(data) : data;
    const frame = (chained: boolean, part: Uint8Array): Bytes =>
      concat(
        Uint8Array.of(cla | (chained ? 0x10 : 0), ...rest),
        part.length === 0 ? part : concat(Uint8Array.of(part.length), part),
        Uint8Array.of(0),
      );
    while (body.length > 255) {
      const between = toHex(await this.card.transmit(frame(true, body.subarray(0, 255))));
      if (between !== '9000') return { data: copy(new Uint8Array(0)), sw: between };
      body = body.slice(255);
    }
    let answer = await this.card.transmit(frame(false, body));
    let out = answer.slice(0, -2);
    while (answer.at(-2) === 0x61) {
      answer = await this.card.transmit(fromHex(`00c00000${toHex(answer.slice(-1))}`));
      out = concat(out, answer.subarray(0, -2));
    }
    return { data: out, sw: toHex(answer.subarray(-2)) };
  }

  async ok(header: string, data: Bytes | string = ''): Promise<Bytes> {
    const answer = await this.send(header, data);
    if (answer.sw !== '9000') throw new Error(`${header} answered ${answer.sw}`);
    return answer.data;
  }

  async select(): Promise<Bytes> {
    return this.ok('00a40400', 'a000000308000010000100');
  }

  async verify(pin = '313233343536ffff'): Promise<string> {
    return (await this.send('00200080', pin)).sw;
  }

  /** External authentication with 9B. */
  async authenticate(algorithm = '0a', key = '010203040506070801020304050607080102030405060708'): Promise<string> {
    const challenge = (await this.ok(`0087${algorithm}9b`, '7c028100')).slice(4);
    const response = encipher(algorithm, key, challenge);
    return (await this.send(`0087${algorithm}9b`, `7c${hexLength(response.length + 2)}82${hexLength(response.length)}${toHex(response)}`)).sw;
  }
}

export const hexLength = (length: number): string =>
  (length < 0x80 ? '' : length < 0x100 ? '81' : '82') + length.toString(16).padStart(length < 0x100 ? 2 : 4, '0');

/** A template of one level: tag, length, parts. */
export const tlv = (tag: string, ...parts: readonly (string | Uint8Array)[]): string => {
  const body = parts.map((part) => (typeof part === 'string' ? part : toHex(part))).join('');
  return `${tag}${hexLength(body.length / 2)}${body}`;
};

/** Enciphers one block by OpenSSL's ciphers, through node:crypto. */
export function encipher(algorithm: string, keyHex: string, block: Uint8Array): Bytes {
  const name = { '03': 'des-ede3', '08': 'aes-128-ecb', '0a': 'aes-192-ecb', '0c': 'aes-256-ecb' }[algorithm] ?? '';
  const cipher = createCipheriv(name, fromHex(keyHex), null).setAutoPadding(false);
  return copy(Buffer.concat([cipher.update(block), cipher.final()]));
}
