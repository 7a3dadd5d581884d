import { describe, expect, it } from 'vitest';
import { fromHex } from '../../src/codec/index.ts';
import type { SimulatedReaderOptions } from '../../src/simulator/index.ts';
import { bench, firstSlot, withCard } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';
import { type Sent, wiretap } from './wiretap.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const ECHOED = Uint8Array.of(1, 2, 3, 0x90, 0);

const POWER_ON = 0x62;
const SET_PARAMETERS = 0x61;
const XFR_BLOCK = 0x6f;

interface Heard {
  readonly sent: readonly Sent[];
  readonly card: EchoCard;
}

/** Powers the card, sends it one command twice, and gives what went over the wire. */
async function exchange(atr: string, options: SimulatedReaderOptions = {}): Promise<Heard> {
  const card = new EchoCard(true, withCheck(atr));
  const { reader, usb } = await bench({ level: 'tpdu', cards: [card], ...options });
  const sent = await wiretap(usb);
  await withCard(reader, (channel) =>
    channel.transaction(async (each) => {
      expect(await each.transmit(ECHO)).toEqual(ECHOED);
      expect(await each.transmit(ECHO)).toEqual(ECHOED);
    }),
  );
  return { sent, card };
}

/** TCK where a protocol other than T=0 is offered (ISO/IEC 7816-3, 8.2.5): `??` in its place. */
function withCheck(atr: string): Uint8Array<ArrayBuffer> {
  const open = fromHex(atr.replace('??', '00'));
  if (atr.endsWith('??')) open[open.length - 1] = open.subarray(1).reduce((sum, octet) => sum ^ octet, 0);
  return open;
}

const of = (sent: readonly Sent[], bMessageType: number): readonly string[] =>
  sent.filter((each) => each.bMessageType === bMessageType).map(({ abData }) => abData);
const pps = (sent: readonly Sent[]): readonly string[] => of(sent, XFR_BLOCK).filter((abData) => abData.startsWith('ff'));
const parameters = (sent: readonly Sent[]): readonly string[] =>
  sent.filter((each) => each.bMessageType === SET_PARAMETERS).map(({ byte7, abData }) => `T=${byte7} ${abData}`);
const power = (sent: readonly Sent[]): number => of(sent, POWER_ON).length;

describe('PPS (ISO/IEC 7816-3, 9)', () => {
  it('both sides change to the speed of the request, and the card is heard there', async () => {
    const { sent } = await exchange('3b90958101??');
    expect(pps(sent)).toEqual(['ff11957b']);
    expect(parameters(sent)).toEqual(['T=1 9510004d002000']);
    expect(power(sent)).toBe(1);
  });

  it('a refused one is followed by a reset, and no second one', async () => {
    for (const atr of ['3b90958101??', '3b1095']) {
      const { sent, card } = await exchange(atr, { ppsAnswer: 'mute' });
      expect(pps(sent)).toHaveLength(1);
      expect(parameters(sent)).toEqual([atr.startsWith('3b90') ? 'T=1 1110004d002000' : 'T=0 1100000a00']);
      // Power was taken first: whatever the card made of the request is gone.
      expect(card.resets.slice(0, 3)).toEqual(['cold', 'off', 'cold']);
    }
  });

  it('a refused one for another protocol leaves none to go on with', async () => {
    const { reader, usb } = await bench({
      level: 'tpdu',
      ccid: { dwProtocols: 2 },
      ppsAnswer: 'mute',
      cards: [new EchoCard(true, withCheck('3b808001??'))],
    });
    const sent = await wiretap(usb);
    const { open, slot } = await firstSlot(reader);
    // T=0 is first; the reader has T=1.
    await expect(slot.connect()).rejects.toMatchObject({ layer: 'channel', outcome: 'not-sent' });
    expect(pps(sent)).toHaveLength(1);
    expect(parameters(sent)).toEqual([]);
    await open.close();
  });

  it('one answered without PPS1 leaves reader and card at their defaults', async () => {
    const { sent } = await exchange('3b90958101??', { ppsAnswer: 'without-pps1' });
    expect(parameters(sent)).toEqual(['T=1 1110004d002000']);
    expect(power(sent)).toBe(1);
  });

  it('the highest speed of a card that the reader carries is asked for, and set', async () => {
    for (const [options, ta1] of [
      [{}, '96'],
      [{ ccid: { dwMaxDataRate: 160_000 } }, '95'],
      [{ ccid: { bNumDataRatesSupported: 2 }, dataRates: [12_903, 75_000] }, '94'],
      [{ ccid: { bNumDataRatesSupported: 1 }, dataRates: [12_903] }, '11'],
    ] as const) {
      const { sent } = await exchange('3b90968101??', options);
      expect(pps(sent).map((request) => request.slice(4, 6))).toEqual(ta1 === '11' ? [] : [ta1]);
      expect(parameters(sent)).toEqual([`T=1 ${ta1}10004d002000`]);
    }
  });

  it('each slot of a reader whose later slots are slower has its own (GemCore POS Pro)', async () => {
    const card = (): EchoCard => new EchoCard(true, withCheck('3b90968101??'));
    const ids = { vendorId: 0x08e6, productId: 0x3479, defects: { laterSlotsDataRates: [10_753, 21_505, 43_011, 125_000] } };
    const ccid = { dwDefaultClock: 4000, dwMaxDataRate: 344_086 };
    const { reader, usb } = await bench({ level: 'tpdu', slots: 2, cards: [card(), card()], ccid, ...ids });
    const sent = await wiretap(usb);
    const open = await reader.open();
    for (const slot of open.slots) expect(await (await slot.connect()).transaction((each) => each.transmit(ECHO))).toEqual(ECHOED);
    // 250,000 and 125,000 bit/s.
    expect(pps(sent).map((request) => request.slice(4, 6))).toEqual(['96', '95']);
    await open.close();
  });

  it('a reader with automatic PPS gets the parameters only', async () => {
    const { sent } = await exchange('3b90958101??', { ccid: { dwFeatures: 0x000100b8 } });
    expect(pps(sent)).toEqual([]);
    expect(parameters(sent)).toEqual(['T=1 9510004d002000']);
  });

  it('a reader with a negotiation of its own gets neither', async () => {
    const { sent } = await exchange('3b90958101??', { ccid: { dwFeatures: 0x0001007c } });
    expect(pps(sent)).toEqual([]);
    expect(parameters(sent)).toEqual([]);
  });
});

describe('a reader that builds the blocks and finds no parameters itself', () => {
  it.each([
    ['with automatic PPS is told the speed', 0xb8, '95'],
    ['without stays with the default one', 0x38, '11'],
  ])('%s', async (_name, features, ta1) => {
    for (const [level, bit] of [
      ['extended-apdu', 0x40000],
      ['short-apdu', 0x20000],
    ] as const) {
      const { sent } = await exchange('3b90958101??', { level, ccid: { dwFeatures: bit | features } });
      expect(pps(sent)).toEqual([]);
      expect(parameters(sent)).toEqual([`T=1 ${ta1}10004d002000`]);
    }
  });
});

describe('specific mode: TA2 (ISO/IEC 7816-3, 8.3)', () => {
  it('no PPS; the reader is set to the speed that the card has from the start', async () => {
    const { sent } = await exchange('3b9095918101??');
    expect(pps(sent)).toEqual([]);
    expect(parameters(sent)).toEqual(['T=1 9510004d002000']);
  });

  it('TA2 names the protocol, whichever comes first', async () => {
    // TD1: T=0, TA2: T=1, TD2: T=1.
    const { sent } = await exchange('3b9095908101??');
    expect(pps(sent)).toEqual([]);
    expect(parameters(sent)).toEqual(['T=1 9510004d002000']);
  });
});

describe('specific mode that the reader has not', () => {
  /** TA2 says that FI and DI are implicit; or TA1 names a speed over dwMaxDataRate. */
  const STRANGE = ['3b9095919101??', '3b9097918101??'];

  it.each(STRANGE)('%s is refused by name, and nothing is sent to the card', async (atr) => {
    const card = new EchoCard(true, withCheck(atr));
    const { reader, usb } = await bench({ level: 'tpdu', ccid: { dwMaxDataRate: 300_000 }, cards: [card] });
    const sent = await wiretap(usb);
    const { open, slot } = await firstSlot(reader);
    await expect(slot.connect()).rejects.toMatchObject({ reason: 'unsupported-protocol', outcome: 'not-sent' });
    expect(of(sent, XFR_BLOCK)).toEqual([]);
    await open.close();
  });

  it.each(STRANGE)('%s is the business of a reader with a negotiation of its own', async (atr) => {
    const { sent } = await exchange(atr, { ccid: { dwFeatures: 0x0001007c, dwMaxDataRate: 300_000 } });
    expect(parameters(sent)).toEqual([]);
  });
});

describe('what of the ATR the parameters carry (CCID 1.1, 6.1.7)', () => {
  it.each([
    ['T=0, nothing said', '3b00', 'T=0 1100000a00'],
    ['T=0, TC1 and TC2', '3bc0054014', 'T=0 1100051400'],
    ['T=0, inverse convention', '3f00', 'T=0 1102000a00'],
    ['T=1, inverse convention, TC1', '3fc0078101??', 'T=1 1112074d002000'],
    ['T=1, IFSC, BWI and CWI, CRC', '3b808171204501??', 'T=1 11110045002000'],
    ['T=1, IFSC 254', '3b808111fe??', 'T=1 1110004d00fe00'],
    ['T=1, clock stops low', '3b8081811f43??', 'T=1 1110004d012000'],
    ['T=0, clock stops in either state', '3b80801fc3??', 'T=0 1100000a03'],
  ])('%s', async (_name, atr, expected) => {
    expect(parameters((await exchange(atr)).sent)).toEqual([expected]);
  });
});
