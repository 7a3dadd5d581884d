import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, concat, copy, fromHex, toHex } from '../../../src/codec/index.ts';
import type { SimulatedCard } from '../../../src/simulator/smart-card.ts';
import { frameVpcdMessage, obeyVpcd, VpcdMessages } from '../../../src/simulator/vpcd.ts';

class EchoCard implements SimulatedCard {
  readonly atr: Bytes = fromHex('3b00');
  readonly extendedLength: boolean = true;
  readonly resets: string[] = [];

  reset(kind: 'cold' | 'warm' | 'off'): void {
    this.resets.push(kind);
  }

  async transmit(command: Bytes): Promise<Bytes> {
    return concat(command, fromHex('9000'));
  }
}

describe('vpcd framing', () => {
  it('a message carries its length in two bytes, big-endian', () => {
    expect(toHex(frameVpcdMessage(fromHex('00a40400')))).toBe('000400a40400');
    expect(toHex(frameVpcdMessage(new Uint8Array(0x1234)).subarray(0, 2))).toBe('1234');
  });

  it('orders reach the card, and only the answer to reset is answered', async () => {
    const card = new EchoCard();
    const answers: (string | undefined)[] = [];
    for (const message of new VpcdMessages().push(fromHex('000100 000101 000102 000104 0000 000109 0004 00a40400'))) {
      const answer = await obeyVpcd(card, message);
      answers.push(answer === undefined ? undefined : toHex(answer));
    }
    expect(card.resets).toEqual(['off', 'cold', 'warm']);
    expect(answers).toEqual([undefined, undefined, undefined, '00023b00', '000600a404009000']);
  });

  it('messages come out the same however the stream is cut', () => {
    const apdus = fc.array(fc.uint8Array({ minLength: 2, maxLength: 600 }), { maxLength: 8 });
    fc.assert(
      fc.property(apdus, fc.infiniteStream(fc.integer({ min: 1, max: 97 })), (list, cuts) => {
        const stream = concat(...list.map((apdu) => frameVpcdMessage(apdu)));
        const reader = new VpcdMessages();
        const out: string[] = [];
        for (let at = 0; at < stream.length;) {
          const size = Number(cuts.next().value);
          for (const message of reader.push(stream.subarray(at, at + size))) out.push(message.kind === 'apdu' ? toHex(message.apdu) : message.kind);
          at += size;
        }
        expect(out).toEqual(list.map((apdu) => toHex(copy(apdu))));
      }),
    );
  });
});
