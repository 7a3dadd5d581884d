import { describe, expect, it } from 'vitest';
import { bench, firstSlot } from './driver-setup.ts';
import { EchoCard, echoAtr } from './echo-card.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
/** The ATR of a T=1 card and what some readers leave behind it. */
const longer = (length: number): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(length);
  out.set(echoAtr(true));
  return out;
};

describe('what a reader hands out as ATR (ISO/IEC 7816-3, 8.1 and 8.2)', () => {
  it.each([
    ['33 bytes, as many as there can be', longer(33), true],
    ['64 bytes', longer(64), true],
    ['65 bytes', longer(65), false],
    ['4000 bytes', longer(4000), false],
    ['one byte', Uint8Array.of(0x3b), false],
    ['another TS', Uint8Array.of(0x3c, 0x00), false],
    ['status bytes', Uint8Array.of(0x90, 0x00), false],
  ] as const)('%s', async (_name, atr, taken) => {
    for (const level of ['extended-apdu', 'tpdu'] as const) {
      const card = new EchoCard(true, Uint8Array.from(atr));
      const { reader } = await bench({ level, ccid: { dwMaxCCIDMessageLength: 65_554 }, cards: [card] });
      const { open, slot } = await firstSlot(reader);
      const came = await slot.connect().then(
        async (channel) => channel.transaction((each) => each.transmit(ECHO)),
        (error: unknown) => error,
      );
      if (taken) expect(came).toEqual(Uint8Array.of(1, 2, 3, 0x90, 0));
      else expect(came).toMatchObject({ layer: 'channel', reason: 'transport', outcome: 'not-sent', cause: { reason: 'power-failed' } });
      if (!taken) expect(card.seen).toEqual([]);
      await open.close();
    }
  });
});
