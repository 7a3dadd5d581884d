import { describe, expect, it } from 'vitest';
import { bench, firstSlot } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';
import { wiretap } from './wiretap.ts';

const XFR_BLOCK = 0x6f;
const N = 300;
/** More data than one TPDU holds. */
const LONG = Uint8Array.of(0x80, 0xee, 0, 0, 0, N >> 8, N & 0xff, ...Array.from({ length: N }, (_, i) => i & 0xff), 0, 0);
/** T=0, and the third software function table with this byte (ISO/IEC 7816-4, 8.1.1.2.7): 80 chaining, 40 extended length. */
const capable = (functions: number): Uint8Array<ArrayBuffer> => Uint8Array.of(0x3b, 0x05, 0x80, 0x73, 0xc0, 0x21, functions);

/** Tells the right length whatever is asked for. */
class NeverRight extends EchoCard {
  override async transmit(command: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    await super.transmit(command);
    return Uint8Array.of(0x6c, 5);
  }
}

describe('6Cxx over T=0 (ISO/IEC 7816-3, 12.2.3)', () => {
  it('the command goes once more with the right P3; 6Cxx again is the answer, and no third one goes', async () => {
    const card = new NeverRight(false, Uint8Array.of(0x3b, 0x00));
    const { reader } = await bench({ level: 'tpdu', cards: [card] });
    const { open, slot } = await firstSlot(reader);
    const answer = await (await slot.connect()).transaction((each) => each.transmit(Uint8Array.of(0x80, 0xea, 0, 0, 0)));
    expect(answer).toEqual(Uint8Array.of(0x6c, 5));
    expect(card.seen).toEqual(['80ea:5', '80ea:5']);
    await open.close();
  });
});

describe('a command that is too long for one TPDU of T=0 (ISO/IEC 7816-3, 12.2.7; 7816-4, 5.1.1.1)', () => {
  it.each([
    ['a card that says nothing of itself', Uint8Array.of(0x3b, 0x00), 'auto', ['90ee', '80ee']],
    ['one that takes chaining', capable(0x80), 'auto', ['90ee', '80ee']],
    ['one that takes chaining and extended length', capable(0xc0), 'auto', ['90ee', '80ee']],
    ['the same where the caller asks for the extended form', capable(0xc0), 'extended', ['80c2', '80c2']],
    ['one that takes extended length alone', capable(0x40), 'auto', ['80c2', '80c2']],
    ['one that says nothing where the caller asks for the extended form', Uint8Array.of(0x3b, 0x00), 'extended', ['80c2', '80c2']],
  ] as const)('%s', async (_name, atr, form, expected) => {
    const card = new EchoCard(true, Uint8Array.from(atr));
    const { reader, usb } = await bench({ level: 'tpdu', t0TakesEnvelope: true, cards: [card] });
    const sent = await wiretap(usb);
    const { open, slot } = await firstSlot(reader);
    const channel = await slot.connect();
    const answer = await channel.transaction((each) => each.transmit(LONG, { form }));
    expect(answer.length).toBe(N + 2);
    const heads = sent.filter((each) => each.bMessageType === XFR_BLOCK).map(({ abData }) => abData.slice(0, 4));
    expect(heads.filter((head) => !head.endsWith('c0'))).toEqual(expected);
    // What the limits say is what goes without being asked for.
    expect(channel.limits.extendedCommandBytes > 0).toBe(form === 'auto' && expected[0] === '80c2');
    await open.close();
  });

  it('a card that says that it has not extended length gets no ENVELOPE, whoever asks', async () => {
    const card = new EchoCard(true, capable(0x80));
    const { reader } = await bench({ level: 'tpdu', t0TakesEnvelope: true, cards: [card] });
    const { open, slot } = await firstSlot(reader);
    await expect((await slot.connect()).transaction((each) => each.transmit(LONG, { form: 'extended' }))).rejects.toMatchObject({
      reason: 'too-long',
      outcome: 'not-sent',
    });
    expect(card.seen).toEqual([]);
    await open.close();
  });
});
