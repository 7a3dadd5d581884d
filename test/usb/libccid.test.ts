import { afterEach, describe, expect, it } from 'vitest';
import { createSimulatedReader, type SimulatedReader, type SimulatedReaderOptions } from '../../src/simulator/reader/index.ts';
import { ToyCard } from '../unit/simulator/reader/toy-card.ts';
import { startBus } from './lab.ts';
import { KNOWN_READER, type Pcsc, startPcsc } from './pcsc.ts';

let after: (() => Promise<void>)[] = [];

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

const levels: readonly (readonly [string, SimulatedReaderOptions])[] = [
  ['extended APDU', {}],
  ['extended APDU, messages of 64 bytes', { ccid: { dwMaxCCIDMessageLength: 64 } }],
  ['short APDU', { level: 'short-apdu' }],
  ['no interrupt endpoint', { notifies: false }],
  ['descriptor after the endpoints', { ccidDescriptorPlace: 'after-endpoints' }],
];

describe('libccid takes the simulated reader', () => {
  it.each(levels)('%s', async (_name, options) => {
    const { reader, pcsc } = await withLibccid({ ...options, cards: [new ToyCard()] });
    const atr = await pcsc.run('opensc-tool', ['--atr']);
    expect(atr.stdout.trim()).toBe('3b:80:01:81');
    const answers = await pcsc.run('opensc-tool', ['-s', '00:a4:04:00', '-s', '00:ca:00:78:00']);
    expect(answers.stdout).toMatch(/Received \(SW1=0x6D, SW2=0x00\)/);
    expect(answers.stdout).toMatch(/Received \(SW1=0x90, SW2=0x00\):\s+00 01 02/);
    expect(answers.stdout.replace(/\s+/g, ' ')).toContain('70 71 72 73 74 75 76 77');
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

  it('a fault that libccid must notice is noticed: the check can fail', async () => {
    const { reader, pcsc } = await withLibccid({ cards: [new ToyCard()] });
    expect((await pcsc.run('opensc-tool', ['--atr'])).status).toBe(0);
    reader.fault({ kind: 'hardware-error', message: 0x6f, until: 'never' });
    const failed = await pcsc.run('opensc-tool', ['-s', '00:ca:00:01:00']);
    expect(failed.stdout).not.toMatch(/SW1=0x90/);
  });
});
