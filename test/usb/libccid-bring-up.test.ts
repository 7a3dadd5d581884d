import { describe, expect, it } from 'vitest';
import { fromHex } from '../../src/codec/index.ts';
import type { Fault, SimulatedReaderOptions } from '../../src/simulator/reader/index.ts';
import { ToyCard } from '../unit/simulator/reader/toy-card.ts';
import { overDriver, type Sent, withLibccid } from './libccid-bench.ts';
import { BRING_UP_DIFFERENCES } from './libccid-bring-up-differences.ts';

/* From power-on to the first command: voltages, speed, parameters, IFSD. What libccid sends, and the driver to the reader's twin. */

interface Row {
  readonly name: string;
  readonly options: SimulatedReaderOptions;
  /** TS to the last byte; the check byte is added where the ATR names T=1. */
  readonly atr?: string;
  /** What goes wrong at power-on and after it. */
  readonly fault?: Fault;
}

const TPDU: SimulatedReaderOptions = { level: 'tpdu' };
const tpdu = (ccid: SimulatedReaderOptions['ccid'], more: SimulatedReaderOptions = {}): SimulatedReaderOptions => ({
  ...TPDU,
  ...more,
  ccid: { ...ccid },
});

function toyCard(atr: string | undefined): ToyCard {
  if (atr === undefined) return new ToyCard();
  const bytes = [...fromHex(atr)];
  return new ToyCard(/^3[bf][89a-f]/.test(atr) ? [...bytes, bytes.slice(1).reduce((sum, octet) => sum ^ octet, 0)] : bytes);
}

/** TA1 and TC1 in every combination that libccid's source and the standard tell apart; "" = absent. */
const GUARD_TIMES = ['', '00', '05', 'ff'].flatMap((tc1) =>
  ['', '11', '95', '96'].flatMap((ta1): readonly Row[] => {
    const y = (ta1 === '' ? 0 : 0x10) | (tc1 === '' ? 0 : 0x40);
    const [t0, t1] = [y, y | 0x80].map((each) => each.toString(16).padStart(2, '0'));
    const name = `TA1 ${ta1 || 'absent'}, TC1 ${tc1 || 'absent'}`;
    return [
      { name: `T=0, ${name}`, options: TPDU, atr: `3b${t0}${ta1}${tc1}` },
      { name: `T=1, ${name}`, options: TPDU, atr: `3b${t1}${ta1}${tc1}8131fe45` },
    ];
  }),
);

const MANUAL = 0x00010030;
const MUTE: Fault = { kind: 'mute', message: 0x62, until: 'never' };
const VOLTAGES: readonly Row[] = [
  ...[7, 5, 6, 2, 0].map((bVoltageSupport): Row => ({
    name: `bVoltageSupport ${bVoltageSupport}, mute`,
    options: tpdu({ dwFeatures: MANUAL, bVoltageSupport }),
    fault: MUTE,
  })),
  { name: 'hardware error at power-on', options: tpdu({ dwFeatures: MANUAL }), fault: { ...MUTE, kind: 'hardware-error' } },
  { name: 'mute at 5 V only', options: tpdu({ dwFeatures: MANUAL }), fault: { kind: 'mute', message: 0x62 } },
  { name: 'busy at power-on, twice', options: tpdu({ dwFeatures: MANUAL }), fault: { kind: 'busy', message: 0x62, until: 'twice' } },
  { name: 'automatic voltage, mute', options: TPDU, fault: MUTE },
  { name: 'automatic activation, mute', options: tpdu({ dwFeatures: 0x00010034 }), fault: MUTE },
];

const TA1_95 = '3b1095';
const table = (bNumDataRatesSupported: number, dataRates?: readonly number[]): SimulatedReaderOptions =>
  tpdu({ bNumDataRatesSupported }, dataRates === undefined ? {} : { dataRates });
const RATES: readonly Row[] = [
  { name: 'rate of TA1 in the table', options: table(3, [10_752, 150_000, 300_000]), atr: TA1_95 },
  { name: 'a lower rate of the same F in the table', options: table(3, [10_752, 37_500, 75_000]), atr: TA1_95 },
  { name: 'no rate of the card in the table', options: table(2, [10_752, 12_903]), atr: TA1_95 },
  { name: 'table shorter than announced', options: table(3, [150_000]), atr: TA1_95 },
  { name: 'table longer than announced', options: table(1, [10_752, 150_000]), atr: TA1_95 },
  { name: 'table announced, request stalls', options: table(3), atr: TA1_95 },
  { name: 'table of one rate and a half', options: { ...table(3, [10_752, 150_000]), defects: { tableBytes: 6 } }, atr: TA1_95 },
  { name: 'no table announced', options: table(0, [10_752]), atr: TA1_95 },
  { name: 'clocks announced', options: tpdu({ bNumClockSupported: 2 }, { clockFrequencies: [4000, 4800] }) },
  { name: 'TA1 96 above dwMaxDataRate', options: tpdu({ dwMaxDataRate: 160_000 }), atr: '3b1096' },
  { name: 'TA1 97 above dwMaxDataRate', options: tpdu({ dwMaxDataRate: 160_000 }), atr: '3b1097' },
  { name: 'TA1 18 above dwMaxDataRate', options: tpdu({ dwMaxDataRate: 60_000 }), atr: '3b1018' },
  { name: 'TA1 12', options: TPDU, atr: '3b1012' },
  { name: 'TA1 21, slower than the default', options: TPDU, atr: '3b1021' },
];

const PPS = '3b90958131fe45';
const OTHERS: readonly Row[] = [
  { name: 'TA2: T=0 in specific mode', options: TPDU, atr: '3b909510' + '00' },
  { name: 'TA2: T=1 in specific mode', options: TPDU, atr: '3b9095910131fe45' },
  { name: 'inverse convention', options: TPDU, atr: '3f00' },
  { name: 'clock stop in T=15', options: TPDU, atr: '3b80801fc1' },
  { name: 'TC2', options: TPDU, atr: '3b80402a' },
  { name: 'T=1 with CRC', options: TPDU, atr: '3b808171204501' },
  { name: 'IFSC FF', options: TPDU, atr: '3b808131ff45' },
  { name: 'TB3 absent', options: TPDU, atr: '3b808111fe' },
  { name: 'TCK wrong', options: TPDU, fault: { kind: 'flipped-byte', message: 0x62 }, atr: '3b808131fe45' },
  { name: 'PPS: mute', options: TPDU, atr: PPS, fault: { kind: 'mute', message: 0x6f } },
  { name: 'PPS: wrong PCK', options: TPDU, atr: PPS, fault: { kind: 'flipped-byte', message: 0x6f } },
  { name: 'SetParameters: hardware error', options: TPDU, atr: PPS, fault: { kind: 'hardware-error', message: 0x61, until: 'never' } },
  ...[32, 254, 0, 1024].map((dwMaxIFSD): Row => ({ name: `dwMaxIFSD ${dwMaxIFSD}`, options: tpdu({ dwMaxIFSD }) })),
];

const ROWS: readonly Row[] = [...GUARD_TIMES, ...VOLTAGES, ...RATES, ...OTHERS];

/** Power-on and -off by bPowerSelect and "off", parameters, blocks; and class requests on the control pipe. */
function brief({ sent, reader }: Sent): readonly string[] {
  const requests = reader.journal.controlRequests.map(
    ({ bmRequestType, bRequest, wValue, wIndex }) => `control ${[bmRequestType, bRequest, wValue, wIndex].join(' ')}`,
  );
  const messages = sent.flatMap((message) => {
    if (message.startsWith('62')) return `power ${Number.parseInt(message.slice(14, 16), 16)}`;
    if (message.startsWith('63')) return 'off';
    if (message.startsWith('61')) return `T=${message.slice(15, 16)} ${message.slice(20)}`;
    return message.startsWith('6f') ? message.slice(20) : [];
  });
  return [...requests, ...messages];
}

async function overBoth({ options, atr, fault }: Row): Promise<{ readonly libccid: readonly string[]; readonly driver: readonly string[] }> {
  const withCard = (): SimulatedReaderOptions => ({ ...options, cards: [toyCard(atr)] });
  let libccid: readonly string[] = [];
  await withLibccid(withCard(), async (at) => {
    // pcscd and the client may each have had the card powered: the last time counts, after a reset by the client where it has a card.
    if (!at.hello.startsWith('T=')) {
      const all = brief(at);
      libccid = all.slice(all.lastIndexOf(all[0] ?? ''));
      return;
    }
    if (fault !== undefined) at.reader.fault(fault);
    const before = at.sent.length;
    await at.talk.say('^');
    libccid = brief({ reader: at.reader, sent: at.sent.slice(before) });
  });
  let driver: readonly string[] = [];
  let side: Sent | undefined;
  const snapshot = (): void => {
    if (side !== undefined) driver = brief(side);
  };
  await overDriver(withCard(), async () => snapshot(), { faults: fault === undefined ? [] : [fault], into: (sent) => (side = sent) }).catch(snapshot);
  return { libccid, driver };
}

const row = (name: string): Row => {
  const found = ROWS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no row ${name}`);
  return found;
};

describe('from power-on to the first command: the driver sends what libccid sends, and where not, a list says who is right', () => {
  it.each(ROWS.map((each) => [each.name, each] as const))('%s', async (name, each) => {
    const { libccid, driver } = await overBoth(each);
    if (process.env['PRINT_DIFFERENCES'] !== undefined) console.log(name, JSON.stringify({ libccid, driver }));
    const listed = BRING_UP_DIFFERENCES.find((difference) => difference.row === name);
    expect({ libccid, driver }).toEqual(listed === undefined ? { libccid, driver: libccid } : { libccid: listed.libccid, driver: listed.driver });
    expect(libccid.length).toBeGreaterThan(0);
  });

  it('each difference is one, is of a row, and says why', () => {
    expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
    for (const { row: name, libccid, driver, why } of BRING_UP_DIFFERENCES) {
      row(name);
      expect(driver).not.toEqual(libccid);
      expect(why.length).toBeGreaterThan(30);
    }
  });

  it.each([
    ['bGuardTimeT0', 'T=0, TA1 95, TC1 00', 'T=0, TA1 95, TC1 05'],
    ['bGuardTimeT1', 'T=1, TA1 95, TC1 ff', 'T=1, TA1 95, TC1 00'],
    ['bmFindexDindex and PPS1', 'T=0, TA1 95, TC1 absent', 'T=0, TA1 96, TC1 absent'],
    ['IFSD', 'dwMaxIFSD 32', 'dwMaxIFSD 254'],
    ['the rate table', 'no rate of the card in the table', 'table announced, request stalls'],
    ['the request for the table', 'table announced, request stalls', 'no table announced'],
    ['the wait integers', 'T=1, TA1 absent, TC1 absent', 'TB3 absent'],
  ])('the comparison sees another %s', async (_what, one, other) => {
    const [mine, theirs] = [await overBoth(row(one)), await overBoth(row(other))];
    expect(mine.driver).toEqual(mine.libccid);
    expect(mine.driver).not.toEqual(theirs.libccid);
  });
});
