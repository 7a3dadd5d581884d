import { describe, expect, it } from 'vitest';
import { READER_ENDPOINTS, type SimulatedReader } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot, withCard } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const ECHOED = Uint8Array.of(1, 2, 3, 0x90, 0);

/** An answer that nobody fetched, in the reader before we come. */
const leave = (simulated: SimulatedReader, type: number, bSeq: number, abData: readonly number[] = []): void =>
  simulated.device.send(READER_ENDPOINTS.bulkIn, Uint8Array.of(type, abData.length & 0xff, abData.length >> 8, 0, 0, 0, bSeq, 0, 0, 0, ...abData));

describe('what an earlier owner left in the pipe', () => {
  it.each([
    ['an answer of the card', 0x80, [0x69, 0x82]],
    ['a slot status', 0x81, []],
    ['parameters', 0x82, [0x11, 0x10, 0, 0x4d, 0, 0x20, 0]],
  ] as const)('%s, whichever bSeq it has: ours are taken for ours', async (_name, type, abData) => {
    for (let bSeq = 0; bSeq < 256; bSeq++) {
      const { reader, simulated } = await bench({ cards: [new EchoCard(true)] });
      leave(simulated, type, bSeq, abData);
      const answer = await withCard(reader, (channel) => channel.transaction((card) => card.transmit(ECHO)));
      expect([bSeq, ...answer]).toEqual([bSeq, ...ECHOED]);
    }
  });

  it('a run of them that counts as we do: the ATR of their card is not taken for that of ours', async () => {
    const theirs = Uint8Array.of(0x3b, 0x80, 0x01, 0x81);
    // A clock that begins at nought: our first message has 0.
    for (const bSeq of [253, 254, 255, 0, 1, 127, 128]) {
      const clock = new AutoClock();
      const { reader, simulated } = await bench({ clock, cards: [new EchoCard(true)] }, { clock });
      leave(simulated, 0x81, bSeq);
      for (let later = 1; later < 4; later++) leave(simulated, 0x80, (bSeq + later) & 0xff, [...theirs]);
      const atr = await withCard(reader, (channel) => Promise.resolve(channel.atr));
      expect([bSeq, ...atr]).toEqual([bSeq, ...new EchoCard(true).atr]);
    }
  });

  it('many short answers, and one of 64 kB, are dropped; what does not end is not', async () => {
    const run = async (fill: (simulated: SimulatedReader, bSeq: number) => void): Promise<Uint8Array> => {
      const clock = new AutoClock();
      const { reader, simulated } = await bench({ clock, cards: [new EchoCard(true)] }, { clock });
      // A clock that begins at nought: our first message has 0, and these are far from it.
      fill(simulated, 99);
      return withCard(reader, (channel) => channel.transaction((card) => card.transmit(ECHO)));
    };
    const short = (count: number) => (simulated: SimulatedReader, bSeq: number) => {
      for (let i = 0; i < count; i++) leave(simulated, 0x81, bSeq);
    };
    expect(await run(short(500))).toEqual(ECHOED);
    expect(await run((simulated, bSeq) => leave(simulated, 0x80, bSeq, new Array<number>(65_535).fill(7)))).toEqual(ECHOED);
    const { reader, simulated } = await bench({ clock: new AutoClock(), cards: [new EchoCard(true)] });
    short(20_000)(simulated, 99);
    const waiting = simulated.device.waitingPackets(READER_ENDPOINTS.bulkIn);
    const { open } = await firstSlot(reader);
    expect(waiting - simulated.device.waitingPackets(READER_ENDPOINTS.bulkIn)).toBeLessThan(10_000);
    await open.close();
  });

  it('is the less likely to meet us as our bSeq does not begin where theirs did', async () => {
    const clock = new AutoClock();
    const { reader, simulated } = await bench({ clock, cards: [new EchoCard(true)] }, { clock });
    const first = async (): Promise<number | undefined> => {
      simulated.journal.clear();
      await withCard(reader, () => clock.sleep(37));
      return simulated.journal.commands[0]?.bSeq;
    };
    const begun = [await first(), await first(), await first()];
    expect(new Set(begun).size).toBe(3);
  });
});
