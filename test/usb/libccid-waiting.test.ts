import { describe, expect, it } from 'vitest';
import { fromHex } from '../../src/codec/index.ts';
import { parseAtr } from '../../src/iso7816/index.ts';
import { type WaitingTimes, waitingTimes } from '../../src/iso7816/timing.ts';
import type { SimulatedReader, SimulatedReaderOptions } from '../../src/simulator/reader/index.ts';
import { READER_ENDPOINTS } from '../../src/simulator/reader/options.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { ToyCard } from '../unit/simulator/reader/toy-card.ts';
import { overDriver, overLibccid, type Sent } from './libccid-bench.ts';
import { WAITING_DIFFERENCES } from './libccid-differences.ts';

/* How long libccid waits for a card, by its own log and by its reads that end, and how long the driver waits. */

/** TS to the last byte; the check byte is added where the ATR names T=1. */
function toyCard(atr: string): ToyCard {
  const bytes = [...fromHex(atr)];
  return new ToyCard(/^3b[89a-f]/.test(atr) ? [...bytes, bytes.slice(1).reduce((sum, octet) => sum ^ octet, 0)] : bytes);
}

/** Name, ATR and clock in kHz. */
const ROWS: readonly (readonly [string, string, number])[] = [
  ['T=0', '3b00', 4800],
  ['T=0, 3.58 MHz', '3b00', 3580],
  ['T=0, TA1 95', '3b1095', 4800],
  ['T=0, TA1 18', '3b1018', 4800],
  ['T=0, TA1 38', '3b1038', 4800],
  ['T=0, WI 01', '3b804001', 4800],
  ['T=0, WI 2A', '3b80402a', 4800],
  ['T=0, WI FF', '3b8040ff', 4800],
  ['T=0, WI 00', '3b804000', 4800],
  ['T=0, N 05', '3b4005', 4800],
  ['T=0, N FE', '3b40fe', 4800],
  ['T=0, N FF', '3b40ff', 4800],
  ['T=0, F reserved', '3b1071', 4800],
  ['T=0, D reserved', '3b101a', 4800],
  ['T=1', '3b8001', 4800],
  ['T=1, BWI 0, CWI 0', '3b80812100', 4800],
  ['T=1, BWI 4, CWI 5', '3b80812145', 4800],
  ['T=1, BWI 4, CWI 5, 3.58 MHz', '3b80812145', 3580],
  ['T=1, BWI 4, CWI 5, 13.56 MHz', '3b80812145', 13_560],
  ['T=1, BWI 9, CWI 7', '3b80812197', 4800],
  ['T=1, BWI 4, CWI 15', '3b8081214f', 4800],
  ['T=1, TA1 97', '3b9097812105', 4800],
  ['T=1, N FE', '3bc0fe812105', 4800],
  ['T=1, N FF', '3bc0ff812105', 4800],
];

/** What the driver reckons for a card in the speed and protocol that libccid set. */
function reckoned(atr: string, clockKhz: number, sent: readonly string[]): WaitingTimes {
  const parameters = sent.findLast((message) => message.startsWith('61')) ?? '';
  return waitingTimes(parseAtr(toyCard(atr).atr), parameters.slice(15, 16) === '1' ? 1 : 0, Number.parseInt(parameters.slice(20, 22), 16), clockKhz);
}

describe('the time-out of an exchange: F, D, clock, N, WI, BWI and CWI as libccid reckons with them', () => {
  it.each(ROWS)('%s', async (name, atr, clockKhz) => {
    await overLibccid(
      { level: 'tpdu', ccid: { dwDefaultClock: clockKhz }, cards: [toyCard(atr)] },
      async (_talk, { log, sent }) => {
        const libccid = Number(/IFDHSetProtocolParameters\(\) Timeout: (\d+) ms/.exec(log())?.[1]);
        const { exchangeMs } = reckoned(atr, clockKhz, sent);
        const listed = WAITING_DIFFERENCES.find((each) => each.row === name);
        // libccid drops fractions of its terms.
        const near = (ms: number): boolean => ms <= exchangeMs && exchangeMs - ms < 3;
        expect({ libccid, near: near(libccid) }).toEqual({ libccid: listed?.libccidMs ?? libccid, near: listed === undefined });
        // Another CWI, WI, clock or N is seen.
        expect(near(libccid * 1.01 + 5)).toBe(false);
        if (listed !== undefined) expect(Math.floor(exchangeMs)).toBe(listed.driverMs);
      },
      true,
    );
  });

  it('each difference is of a row, and says why', () => {
    for (const { row, libccidMs, driverMs, why } of WAITING_DIFFERENCES) {
      expect(ROWS.map(([name]) => name)).toContain(row);
      expect(libccidMs).not.toBe(driverMs);
      expect(why.length).toBeGreaterThan(30);
    }
  });
});

/** TA1 97, BWI 0, CWI 0: a time-out of about a second. */
const FAST = '3b9097812100';
const COMMAND = '00ca000100';
const fastReader = (): SimulatedReaderOptions => ({ level: 'tpdu', cards: [toyCard(FAST)] });

/** Puts a message on the bulk IN endpoint that answers the last command: bStatus, bError and a block. */
function answer({ device, journal }: SimulatedReader, bStatus: number, bError: number, block: readonly number[] = []): void {
  const message = [0x80, block.length, 0, 0, 0, 0, journal.commands.at(-1)?.bSeq ?? 0, bStatus, bError, 0, ...block];
  device.send(READER_ENDPOINTS.bulkIn, Uint8Array.from(message));
}

/** Something that the reader says 100 ms after a command, and then nothing. */
type Says = (reader: SimulatedReader) => void;
const extension =
  (multiplier: number): Says =>
  (reader) =>
    answer(reader, 0x80, multiplier);
/** S(WTX request) for so many waiting times. */
const wtx =
  (multiplier: number): Says =>
  (reader) =>
    answer(reader, 0, 0, [0, 0xc3, 1, multiplier, 0xc2 ^ multiplier]);

interface Waited {
  /** From the last sign of life to giving up, in milliseconds. */
  readonly ms: number;
  /** The last block sent. */
  readonly block: string;
  readonly all: Sent;
  readonly reckoned: WaitingTimes;
}

const block = (sent: readonly string[]): string => sent.findLast((message) => message.startsWith('6f')) ?? '';

async function libccidWaits(says: readonly Says[]): Promise<Waited> {
  let ms = 0;
  const all = await overLibccid(
    fastReader(),
    async (talk, { reader, log }) => {
      reader.fault({ kind: 'silence', message: 0x6f, until: 'never' });
      const gone = talk.say(`-${COMMAND}`);
      for (const say of says) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        say(reader);
      }
      expect(await gone).toMatch(/^! /);
      // The log tells the microseconds since the line before.
      ms = Number(/^(\d+) \S+ReadUSB\(\) read failed .*TIMEOUT/m.exec(log())?.[1]) / 1000;
    },
    true,
  );
  return { ms, block: block(all.sent), all, reckoned: reckoned(FAST, all.reader.ccid.dwDefaultClock, all.sent) };
}

async function driverWaits(says: readonly Says[]): Promise<Waited> {
  const clock = new AutoClock();
  let ms = 0;
  const all = await overDriver(
    { ...fastReader(), clock },
    async (card, _slot, reader) => {
      reader.fault({ kind: 'silence', message: 0x6f, until: 'never' });
      let startMs = clock.nowMs();
      const gone = card.transmit(fromHex(COMMAND)).then(
        () => Number.NaN,
        () => clock.nowMs(),
      );
      for (const say of says) {
        await clock.sleep(100);
        startMs = clock.nowMs();
        say(reader);
      }
      ms = (await gone) - startMs;
    },
    { driver: { clock } },
  );
  return { ms, block: block(all.sent), all, reckoned: reckoned(FAST, all.reader.ccid.dwDefaultClock, all.sent) };
}

/** Whether the driver gave the card the waiting times that it asked for (CCID 1.1, 6.2.6: the multiplier counts BWT) and no more than libccid does. */
const grants = ({ ms, reckoned: { exchangeMs, bwtMs } }: Waited, multiplier: number): boolean =>
  ms >= exchangeMs + bwtMs * (multiplier - 1) - 1 && ms <= exchangeMs * multiplier + 1;

const CASES: readonly (readonly [string, readonly Says[], number])[] = [
  ['silence', [], 1],
  ['a time extension, multiplier 0', [extension(0)], 1],
  ['a time extension, multiplier 1', [extension(1)], 1],
  ['a time extension, multiplier 2', [extension(2)], 2],
  ['a time extension, multiplier 3, and one with 1: the multiplier is for one read', [extension(3), extension(1)], 1],
  ['S(WTX request) for 2 waiting times', [wtx(2)], 2],
];

describe('how long is waited: time extension of the reader, and of the card', () => {
  it.each(CASES)('%s', async (name, says, multiplier) => {
    const [libccid, driver] = await Promise.all([libccidWaits(says), driverWaits(says)]);
    const wantedMs = Math.floor(libccid.reckoned.exchangeMs) * multiplier;
    expect(libccid.ms).toBeGreaterThan(wantedMs - 5);
    expect(libccid.ms).toBeLessThan(wantedMs + 500);
    expect({ ms: driver.ms, grants: grants(driver, multiplier) }).toEqual({ ms: driver.ms, grants: true });
    // The check sees a multiplier that is forgotten, and one that is kept too long.
    expect(grants(driver, multiplier * 40)).toBe(false);
    if (multiplier > 1) expect(grants(driver, 1)).toBe(false);
    expect(driver.block).toBe(libccid.block);
    // bBWI: the waiting times that the next block may take.
    if (name.startsWith('S(WTX'))
      expect(libccid.block).toBe(`6f0500000000000${multiplier}000000e3010${multiplier}${(0xe2 ^ multiplier).toString(16)}`);
  });
});

const aborts = ({ sent, reader }: Sent): readonly string[] => [
  ...reader.journal.controlRequests.filter(({ bmRequestType, bRequest }) => bmRequestType === 0x21 && bRequest === 0x01).map(() => 'control'),
  ...sent.filter((message) => message.startsWith('72')).map(() => 'bulk'),
];

describe('ABORT', () => {
  it('libccid has none: after a time-out the reader is left at work. The driver sends both halves with one bSeq', async () => {
    const [libccid, driver] = await Promise.all([libccidWaits([]), driverWaits([])]);
    expect(aborts(libccid.all)).toEqual([]);
    expect(aborts(driver.all)).toEqual(['control', 'bulk']);
    const { controlRequests, commands } = driver.all.reader.journal;
    const bulk = commands.find(({ bMessageType }) => bMessageType === 0x72);
    expect(controlRequests).toEqual([{ bmRequestType: 0x21, bRequest: 0x01, wValue: ((bulk?.bSeq ?? -1) << 8) | 0, wIndex: 0 }]);
  });
});
