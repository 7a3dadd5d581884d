import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/codec/index.ts';
import type { SimulatedReader, SimulatedReaderOptions } from '../../src/simulator/index.ts';
import { bench, firstSlot } from './driver-setup.ts';
import { pattern, SuiteCard } from './exchange-suite.ts';
import { type Sent, wiretap } from './wiretap.ts';

/** 100 bytes there and back: several blocks of 32 bytes each way. */
const LONG = Uint8Array.of(0x80, 0xee, 0, 0, 100, ...pattern(100, 1), 0);
const LONG_ANSWER = toHex(Uint8Array.of(...pattern(100, 1), 0x90, 0));
const SHORT = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const SHORT_ANSWER = '0102039000';

const withCheck = (atr: readonly number[]): Uint8Array<ArrayBuffer> => Uint8Array.from([...atr, atr.slice(1).reduce((sum, octet) => sum ^ octet, 0)]);
/** IFSC 32, LRC. */
const PLAIN = withCheck([0x3b, 0x80, 0x81, 0x01]);
/** IFSC 254, CRC. */
const WITH_CRC = withCheck([0x3b, 0x80, 0x81, 0x51, 0xfe, 0x01]);

interface Powered {
  readonly card: SuiteCard;
  readonly simulated: SimulatedReader;
  readonly sent: readonly Sent[];
  readonly transmit: (command: Uint8Array<ArrayBuffer>) => Promise<string>;
  readonly close: () => Promise<void>;
}

async function powered(atr: Uint8Array<ArrayBuffer>, options: SimulatedReaderOptions): Promise<Powered> {
  const card = new SuiteCard(true, atr);
  const { reader, usb, simulated } = await bench({ level: 'tpdu', cards: [card], ...options });
  const sent = await wiretap(usb);
  const { open, slot } = await firstSlot(reader);
  const channel = await slot.connect();
  return {
    card,
    simulated,
    sent,
    transmit: (command) => channel.transaction(async (each) => toHex(await each.transmit(command))),
    close: () => open.close(),
  };
}

/** PCB of every block to the card. */
const pcbs = (sent: readonly Sent[]): readonly string[] => sent.filter((each) => each.bMessageType === 0x6f).map(({ abData }) => abData.slice(2, 4));

describe('blocks of T=1 and the messages of the reader', () => {
  it.each([
    ['LRC', withCheck([0x3b, 0x80, 0x81, 0x11, 0xfe]), 4],
    ['CRC', WITH_CRC, 5],
  ] as const)('%s: a block fills the longest message and is never longer, there and back', async (_name, atr, around) => {
    for (const blockBytes of [40, 64, 200]) {
      const { sent, transmit, close } = await powered(atr, { ccid: { dwMaxCCIDMessageLength: 10 + blockBytes } });
      for (const bytes of [1, 30, 100, 250]) {
        const command = Uint8Array.of(0x80, 0xee, 0, 0, bytes, ...pattern(bytes, 5), 0);
        expect(await transmit(command)).toBe(toHex(Uint8Array.of(...pattern(bytes, 5), 0x90, 0)));
      }
      const lengths = sent.filter((each) => each.bMessageType === 0x6f).map(({ abData }) => abData.length / 2);
      expect(Math.max(...lengths)).toBe(blockBytes);
      // S(IFS request): the card's blocks have the same room.
      const ifsd = sent.find(({ abData }) => abData.slice(2, 4) === 'c1');
      expect(Number.parseInt(ifsd?.abData.slice(6, 8) ?? '', 16)).toBe(blockBytes - around);
      await close();
    }
  });
});

describe('what the card asks for amid a chain (ISO/IEC 7816-3, 11.6.2.3)', () => {
  it('another IFSC: the next block of the same chain has the new size', async () => {
    const { sent, transmit, close } = await powered(PLAIN, { t1RequestsIfsc: 50, t1RequestsIfscAt: 'chain' });
    expect(await transmit(LONG)).toBe(LONG_ANSWER);
    const blocks = sent.filter((each) => each.bMessageType === 0x6f).map(({ abData }) => abData.slice(2, 6));
    // IFSD, 32 bytes with more to come, the response, then 50 and 24.
    expect(blocks).toEqual(['c101', '2020', 'e101', '6032', '0018']);
    await close();
  });

  it('the end of its own answer, or of the command: a typed failure, once; nothing is sent again', async () => {
    for (const [t1Aborts, ran] of [
      ['command', 0],
      ['answer', 1],
    ] as const) {
      const { card, sent, transmit, close } = await powered(PLAIN, { t1Aborts, ccid: { dwMaxIFSD: 32 } });
      await expect(transmit(LONG)).rejects.toMatchObject({ reason: 'protocol', outcome: 'unknown' });
      expect(card.seen).toHaveLength(ran);
      expect(pcbs(sent).at(-1)).toBe('e2');
      // The card is reset, and serves again.
      expect(await transmit(SHORT)).toBe(SHORT_ANSWER);
      expect(card.resets).toContain('warm');
      await close();
    }
  });
});

describe('what the reader says of a block (CCID 1.1, 6.2.6) is the business of T=1', () => {
  it.each([
    ['parity', 1],
    ['mute', 2],
  ] as const)('%s: the block is asked for again, wherever it was in the exchange', async (kind, error) => {
    // Four blocks there, four back.
    for (let at = 1; at <= 7; at++) {
      const { card, simulated, sent, transmit, close } = await powered(PLAIN, { ccid: { dwMaxIFSD: 32 } });
      const before = sent.length;
      simulated.fault({ kind, message: 0x6f, at, carriedOut: true });
      expect(await transmit(LONG)).toBe(LONG_ANSWER);
      expect(card.seen).toHaveLength(1);
      const pcb = Number.parseInt(pcbs(sent.slice(before))[at] ?? '', 16);
      // An R-block that came to nothing is repeated as it was (rule 7.2); any other is followed by one with the reason.
      expect([0x80 | error, 0x90 | error, 0x80, 0x90]).toContain(pcb);
      if (at <= 4) expect(pcb & 3).toBe(error);
      await close();
    }
  });

  it('no card is none of it', async () => {
    const { card, simulated, transmit, close } = await powered(PLAIN, {});
    simulated.fault({ kind: 'removal', message: 0x6f });
    await expect(transmit(SHORT)).rejects.toMatchObject({ reason: 'card-removed', outcome: 'unknown' });
    expect(card.seen).toEqual([]);
    await close();
  });
});
