import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../src/codec/index.ts';
import { createSimulatedReader, type SimulatedReader, type SimulatedReaderOptions } from '../../src/simulator/reader/index.ts';
import { suiteCases, suiteReader } from '../conformance/exchange-suite.ts';
import { ToyCard } from '../unit/simulator/reader/toy-card.ts';
import { appWith } from './bundle.ts';
import { IWA_ORIGIN, type Lab, startLab } from './lab.ts';
import { EMPTY_PACKET_APART } from './libccid-differences.ts';
import { KNOWN_READER, type Pcsc, startPcsc } from './pcsc.ts';
import { serve, type TestServer } from './server.ts';
import type {} from './driver-page.ts';

const kinds: Readonly<Record<string, SimulatedReaderOptions>> = {
  'extended APDU': {},
  'extended APDU in parts of 54': { ccid: { dwMaxCCIDMessageLength: 64 } },
  'short APDU': { level: 'short-apdu' },
  'no closing empty packet': { zeroLengthPacket: false },
  'no interrupt endpoint': { notifies: false },
  'TPDU, T=0': { level: 'tpdu', cards: [new ToyCard([0x3b, 0x00])] },
  'TPDU, T=1': { level: 'tpdu' },
  'vendor class': { interfaceClass: 0xff },
  'two slots': { slots: 2, cards: [new ToyCard(), new ToyCard([0x3b, 0x81, 0x01, 0x41, 0xc1])] },
};
const readers = new Map<string, SimulatedReader>();
Object.entries(kinds).forEach(([productName, options], index) => {
  readers.set(productName, createSimulatedReader({ cards: [new ToyCard()], ...options, productName, productId: 0x0100 + index }));
});
const shared = createSimulatedReader({ ...KNOWN_READER, productName: 'shared', cards: [new ToyCard()] });
readers.set('shared', shared);
const apart = createSimulatedReader({ ...suiteReader(EMPTY_PACKET_APART), productName: 'apart', productId: 0x0200 });
readers.set('apart', apart);
const grants = [...readers.values()].map(({ device: { options } }) => ({
  vendorId: options.vendorId,
  productId: options.productId,
  serialNumber: options.serialNumber ?? '',
}));

let server: TestServer;
let lab: Lab;
let iwa: Page;
let pcsc: Pcsc | undefined;
let sharedNumber: number;

const ready = async (url: string): Promise<Page> => {
  const page = await lab.open(url);
  await page.waitForFunction(() => 'driver' in window);
  return page;
};

beforeAll(async () => {
  server = await serve(await appWith('driver-page.ts'));
  lab = await startLab({ grants: { [server.origin]: grants, [IWA_ORIGIN]: grants } });
  [...readers.values()].forEach((reader, index) => {
    const number = lab.bus.plug(`1-${index + 1}`, reader.device, { emptyPacketApart: reader === apart });
    if (reader === shared) sharedNumber = number;
  });
  await lab.installIwa(server.origin);
  iwa = await ready(`${IWA_ORIGIN}/`);
});

afterEach(async () => {
  await pcsc?.stop();
  pcsc = undefined;
});

afterAll(async () => {
  await lab?.close();
  server?.close();
});

const ladder = '000102030405060708090a0b0c0d0e0f';
const envelope = `00c2000064${'00'.repeat(100)}00`;

describe('the driver in the real browser', () => {
  it.each(Object.keys(kinds))('%s: powers the card and carries commands', async (name) => {
    // 52 bytes make an answer of one whole packet at APDU level.
    const seen = await iwa.evaluate(([reader, commands]) => window.driver.run(reader, commands), [
      name,
      ['00a40400', '00ca001000', '00ca003400', envelope],
    ] as const);
    expect(seen.answers.slice(0, 2)).toEqual(['6d00', `${ladder}9000`]);
    expect(seen.answers[2]).toHaveLength(2 * 54);
    expect(seen.answers[3]).toMatch(/^006[9a]9000$/);
    expect(readers.get(name)?.journal.count(0xc2)).toBe(1);
  });

  it('the closing empty packet as a transfer of its own: every answer is the right one, where libccid hands out earlier ones', async () => {
    const cases = suiteCases(EMPTY_PACKET_APART);
    const seen = await iwa.evaluate(([commands]) => window.driver.run('apart', commands), [cases.map(({ command }) => toHex(command))] as const);
    expect(seen.answers).toEqual(cases.map(({ answer }) => toHex(answer)));
    // Answers of one packet came, and an empty transfer behind each.
    const moved = lab.bus.transfers(`1-${[...readers.keys()].indexOf('apart') + 1}`, 0x82);
    const whole = moved.flatMap((bytes, at) => (bytes === 64 ? [moved[at + 1]] : []));
    expect(whole).toEqual([0, 0]);
  });

  it('two slots: each has its card, and both are used at once', async () => {
    const [first, second] = await Promise.all(
      [0, 1].map((slot) => iwa.evaluate(([index]) => window.driver.run('two slots', ['00ca000100'], index), [slot] as const)),
    );
    expect([first?.atr, second?.atr]).toEqual(['3b800181', '3b810141c1']);
    expect(await iwa.evaluate(() => window.driver.bothSlots('two slots', '00ca001000'))).toEqual([`${ladder}9000`, `${ladder}9000`]);
    // One command at a time on the device: the reader refused none as busy.
    expect(readers.get('two slots')?.journal.commands.filter((command) => command.bError !== null)).toEqual([]);
    expect(new Set(readers.get('two slots')?.journal.apdus.map((apdu) => apdu.bSlot))).toEqual(new Set([0, 1]));
  });

  it('an ordinary page: the verdict on class 0B names the shut door, class FF works', async () => {
    const page = await ready(`${server.origin}/`);
    expect(await page.evaluate(() => window.driver.access('extended APDU'))).toMatchObject({ reason: 'protected-class' });
    expect(await page.evaluate(() => window.driver.access('vendor class'))).toMatchObject({ reason: 'ready' });
    expect((await page.evaluate(() => window.driver.run('vendor class', ['00ca000100']))).answers).toEqual(['009000']);
    await page.close();
  });

  it('a reader that pcscd holds is named as in use, and is ours when pcscd ends', async () => {
    pcsc = await startPcsc(lab.bus, sharedNumber);
    expect((await pcsc.run('opensc-tool', ['--atr'])).status).toBe(0);
    expect(await iwa.evaluate(() => window.driver.access('shared'))).toMatchObject({ reason: 'in-use' });
    await pcsc.stop();
    pcsc = undefined;
    await expect.poll(async () => (await iwa.evaluate(() => window.driver.access('shared'))).reason, { timeout: 10_000 }).toBe('ready');
    expect((await iwa.evaluate(() => window.driver.run('shared', ['00ca000100']))).answers).toEqual(['009000']);
  });

  it('a reader that another page holds is in use until that page goes', async () => {
    const other = await ready(`${IWA_ORIGIN}/`);
    await other.evaluate(() => window.driver.hold('short APDU'));
    expect(await iwa.evaluate(() => window.driver.access('short APDU'))).toMatchObject({ reason: 'in-use' });
    await other.reload();
    expect(await iwa.evaluate(() => window.driver.access('short APDU'))).toMatchObject({ reason: 'ready' });
    await other.close();
  });

  it.each([
    ['the card is pulled', 'removal', /^channel card-removed unknown$/],
    ['the reader is pulled', 'unplug', /^channel unplugged unknown$/],
  ] as const)('%s in the middle of a command: a typed error, and the command is not repeated', async (_name, kind, expected) => {
    const reader = readers.get('extended APDU');
    if (reader === undefined) throw new Error('no reader');
    await iwa.evaluate(() => window.driver.hold('extended APDU'));
    reader.journal.clear();
    reader.fault({ kind, message: 0x6f, carriedOut: true });
    expect(await iwa.evaluate(() => window.driver.transmit('0020008001' + '31'))).toMatch(expected);
    expect(reader.journal.verifiesWithData).toHaveLength(1);
    expect(await iwa.evaluate(() => window.driver.ended())).toMatch(/card-removed|unplugged|lost/);
    await iwa.evaluate(() => window.driver.letGo().catch(() => {}));
    if (reader.cardIn() === null) reader.insert(new ToyCard());
    if (!reader.device.plugged) lab.bus.plug('1-1', reader.device);
    await expect
      .poll(async () => (await iwa.evaluate(() => window.driver.access('extended APDU').catch(() => ({ reason: 'not yet' })))).reason)
      .toBe('ready');
    expect((await iwa.evaluate(() => window.driver.run('extended APDU', ['00ca000100']))).answers).toEqual(['009000']);
  });

  it('the card works for several periods of time extension', async () => {
    const reader = readers.get('vendor class');
    const card = reader?.cardIn();
    if (!(card instanceof ToyCard)) throw new Error('no card');
    card.gate = new Promise((resolve) => setTimeout(resolve, 3200));
    expect((await iwa.evaluate(() => window.driver.run('vendor class', ['00ca000100']))).answers).toEqual(['009000']);
    expect(reader?.journal.commands.some((command) => command.timeExtensions === 2)).toBe(true);
  });
});
