import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '../../src/codec/index.ts';
import { createSimulatedReader, type SimulatedReader, type SimulatedReaderOptions } from '../../src/simulator/reader/index.ts';
import { ToyCard } from '../unit/simulator/reader/toy-card.ts';
import { startBus } from './lab.ts';
import { KNOWN_READER, type Pcsc, startPcsc } from './pcsc.ts';

const after: (() => PromiseLike<void>)[] = [];

afterEach(async () => {
  for (const step of after.splice(0).reverse()) await step();
});

async function withLibccid(options: SimulatedReaderOptions): Promise<{ reader: SimulatedReader; pcsc: Pcsc }> {
  const reader = createSimulatedReader({ ...KNOWN_READER, ...options });
  const bus = await startBus();
  after.push(() => bus[Symbol.asyncDispose]());
  const pcsc = await startPcsc(bus, bus.plug('1-1', reader.device));
  after.push(() => pcsc.stop());
  return { reader, pcsc };
}

const T0 = [0x3b, 0x00];
/** T=1, IFSC 32, BWI 4, CWI 5, CRC. */
const T1_CRC = [0x3b, 0x80, 0x81, 0x71, 0x20, 0x45, 0x01];
/** T=1, IFSC 254. */
const T1_LARGE = [0x3b, 0x80, 0x81, 0x11, 0xfe];
const withCheck = (atr: readonly number[]): number[] => [...atr, atr.slice(1).reduce((sum, octet) => sum ^ octet, 0)];
const AUTO_PPS = { dwFeatures: 0x000100b8 };

/** Reader, and the card's ATR where it is not the toy card's own. */
const levels: readonly (readonly [string, SimulatedReaderOptions, readonly number[] | undefined])[] = [
  ['extended APDU', {}, undefined],
  ['extended APDU, messages of 64 bytes', { ccid: { dwMaxCCIDMessageLength: 64 } }, undefined],
  ['short APDU', { level: 'short-apdu' }, undefined],
  ['no interrupt endpoint', { notifies: false }, undefined],
  ['descriptor after the endpoints', { ccidDescriptorPlace: 'after-endpoints' }, undefined],
  ['short APDU, T=0 status passed on', { level: 'short-apdu', passesT0Status: true }, T0],
  ['TPDU, T=0', { level: 'tpdu' }, T0],
  ['TPDU, T=1', { level: 'tpdu' }, undefined],
  ['TPDU, T=1 with CRC', { level: 'tpdu' }, withCheck(T1_CRC)],
  ['TPDU, T=1 with long blocks', { level: 'tpdu' }, withCheck(T1_LARGE)],
  ['TPDU, T=1, the card asks for another IFSC', { level: 'tpdu', t1RequestsIfsc: 16 }, undefined],
  ['TPDU, T=0 and T=1, PPS by the host', { level: 'tpdu' }, withCheck([0x3b, 0x80, 0x80, 0x01])],
  ['TPDU, T=0 and T=1, PPS by the reader', { level: 'tpdu', ccid: AUTO_PPS }, withCheck([0x3b, 0x80, 0x80, 0x01])],
];

/** 100 bytes of data, which the toy card counts: several blocks or parts each way. */
const envelope = `00:c2:00:00:64:${toHex(new Uint8Array(100), ':')}:00`;

describe('libccid takes the simulated reader', () => {
  it.each(levels)('%s', async (_name, options, atrBytes) => {
    const { reader, pcsc } = await withLibccid({ ...options, cards: [new ToyCard(atrBytes)] });
    const atr = await pcsc.run('opensc-tool', ['--atr']);
    expect(atr.stdout.trim()).toBe(toHex(Uint8Array.from(atrBytes ?? [0x3b, 0x80, 0x01, 0x81]), ':'));
    const answers = await pcsc.run('opensc-tool', ['-s', '00:a4:04:00', '-s', '00:ca:00:78:00', '-s', envelope]);
    expect(answers.stdout).toMatch(/Received \(SW1=0x6D, SW2=0x00\)/);
    expect(answers.stdout).toMatch(/Received \(SW1=0x90, SW2=0x00\):\s+00 01 02/);
    expect(answers.stdout.replace(/\s+/g, ' ')).toContain('70 71 72 73 74 75 76 77');
    expect(answers.stdout.replace(/\s+/g, ' ')).toMatch(/Received \(SW1=0x90, SW2=0x00\): 00 6[9A] /);
    expect(reader.journal.apdus.filter((apdu) => apdu.ins === 0xca && apdu.p2 === 0x78)).toHaveLength(1);
    expect(reader.journal.commands.filter((command) => !command.answered)).toEqual([]);
  });

  it('hears of removal and insertion', async () => {
    const { reader, pcsc } = await withLibccid({ cards: [new ToyCard()] });
    expect((await pcsc.run('opensc-tool', ['--atr'])).stdout.trim()).toBe('3b:80:01:81');
    reader.remove();
    await expect.poll(async () => (await pcsc.run('opensc-tool', ['--list-readers'])).stdout, { timeout: 10_000 }).toMatch(/0\s+No/);
    reader.insert(new ToyCard([0x3b, 0x81, 0x01, 0x41, 0xc1]));
    await expect.poll(async () => (await pcsc.run('opensc-tool', ['--atr'])).stdout.trim(), { timeout: 10_000 }).toBe('3b:81:01:41:c1');
  });

  it('waits while the card asks for time', async () => {
    const card = new ToyCard();
    const { reader, pcsc } = await withLibccid({ cards: [card], timeExtensionMs: 100 });
    expect((await pcsc.run('opensc-tool', ['--atr'])).status).toBe(0);
    let finish = (): void => {};
    card.gate = new Promise((resolve) => (finish = resolve));
    const answer = pcsc.run('opensc-tool', ['-s', '00:ca:00:77:00']);
    setTimeout(() => finish(), 1000);
    expect((await answer).stdout).toMatch(/SW1=0x90, SW2=0x00/);
    expect(reader.journal.commands.some((command) => command.timeExtensions > 2)).toBe(true);
    expect(reader.journal.apdus.filter((apdu) => apdu.ins === 0xca && apdu.p2 === 0x77)).toHaveLength(1);
  });

  it.each([
    ['a damaged block', { kind: 'flipped-byte' }],
    ['a lost block', { kind: 'parity', carriedOut: true }],
  ] as const)('TPDU, T=1: %s is asked for again, and the card works once', async (_name, fault) => {
    const { reader, pcsc } = await withLibccid({ level: 'tpdu', cards: [new ToyCard()] });
    expect((await pcsc.run('opensc-tool', ['--atr'])).status).toBe(0);
    reader.fault({ ...fault, message: 0x6f, at: 40 });
    reader.journal.clear();
    for (let i = 0; i < 3; i++) expect((await pcsc.run('opensc-tool', ['-s', '00:ca:00:77:00'])).stdout).toMatch(/SW1=0x90, SW2=0x00/);
    expect(reader.journal.commands.filter((command) => command.fault !== null)).toHaveLength(1);
    expect(reader.journal.apdus.filter((apdu) => apdu.ins === 0xca && apdu.p2 === 0x77)).toHaveLength(3);
  });

  it('TPDU, T=1: the card asks for more time', async () => {
    const card = new ToyCard();
    const { reader, pcsc } = await withLibccid({ level: 'tpdu', cards: [card], t1WaitingTimeMs: 100 });
    expect((await pcsc.run('opensc-tool', ['--atr'])).status).toBe(0);
    let finish = (): void => {};
    card.gate = new Promise((resolve) => (finish = resolve));
    const answer = pcsc.run('opensc-tool', ['-s', '00:ca:00:77:00']);
    setTimeout(() => finish(), 1000);
    expect((await answer).stdout).toMatch(/SW1=0x90, SW2=0x00/);
    expect(reader.journal.apdus.filter((apdu) => apdu.ins === 0xca && apdu.p2 === 0x77)).toHaveLength(1);
  });

  it('a fault that libccid must notice is noticed: the check can fail', async () => {
    const { reader, pcsc } = await withLibccid({ cards: [new ToyCard()] });
    expect((await pcsc.run('opensc-tool', ['--atr'])).status).toBe(0);
    reader.fault({ kind: 'hardware-error', message: 0x6f, until: 'never' });
    const failed = await pcsc.run('opensc-tool', ['-s', '00:ca:00:01:00']);
    expect(failed.stdout).not.toMatch(/SW1=0x90/);
  });
});
