import { describe, expect, it } from 'vitest';
import { EMPTY, fromHex, toHex } from '../../src/codec/index.ts';
import type { CardTransaction, PinPadResult, Slot } from '../../src/channel/index.ts';
import { createPivCard } from '../../src/simulator/index.ts';
import type { PinPadEntry, SimulatedReaderOptions } from '../../src/simulator/reader/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { ToyCard } from '../unit/simulator/reader/toy-card.ts';
import { overDriver, overLibccid } from './libccid-bench.ts';
import { CHANGE, features, modifyStructure, VERIFY, verifyStructure } from './pin-structures.ts';

/* PIN entry on the reader: PC_to_RDR_Secure as libccid builds it from PC/SC part 10 and as the driver builds it, and what each makes of the end. */

const SELECT = fromHex('00a4040009a0000003080000100000');
const LIMITS = { minLength: 6, maxLength: 8 };
type Kind = 'verify' | 'modify';
/** What is typed, one entry after the other, and for what. */
type Typed = readonly (readonly [Kind, PinPadEntry])[];

const VERIFIES: Typed = [
  ['verify', { pin: '123456' }],
  ['verify', { pin: '999999' }],
  ['verify', 'cancelled'],
  ['verify', 'timeout'],
  ['verify', { pin: '1' }],
];
const ENTRIES: Typed = [
  ...VERIFIES,
  ['modify', { pin: '123456', newPin: '111111', confirmedPin: '222222' }],
  ['modify', 'cancelled'],
  ['modify', 'timeout'],
  ['modify', { pin: '123456', newPin: '87654321', confirmedPin: '87654321' }],
  ['verify', { pin: '87654321' }],
];
/** What libccid answers to them with a PIV card: right, wrong, cancelled, too late, too short; different, cancelled, too late, changed, right. */
const STATUS = ['9000', '63c2', '6401', '6400', '6403', '6402', '6401', '6400', '9000', '9000'];

/** The driver's typed result of each status of the reader's own; any other answer is handed on as it is (PC/SC part 10, 2.5.2). */
const TYPED: Readonly<Record<string, string>> = { '6400': 'timeout', '6401': 'cancelled', '6402': 'mismatch' };
const told = (result: PinPadResult): string => (result.kind === 'answer' ? toHex(result.response) : result.kind);

interface Side {
  readonly secure: readonly string[];
  readonly results: readonly string[];
}

/** bNumberMessage as an application sets it, and bMsgIndex1 to bMsgIndex3 of a modification. */
type Messages = Readonly<Record<Kind, number>> & { readonly indexes?: readonly number[] };
const DISPLAY: Messages = { verify: 1, modify: 3 };
const NO_DISPLAY: Messages = { verify: 0, modify: 0 };

/** A reader without quirks, with two lines of sixteen characters, unless the row says another. */
function pad(options: SimulatedReaderOptions, typed: Typed): SimulatedReaderOptions {
  const left = typed.map(([, entry]) => entry);
  return {
    vendorId: 0x076b,
    productId: 0x3821,
    cards: [createPivCard({ profile: 'yubikey-5.4' })],
    ...options,
    ccid: { bPINSupport: 3, wLcdLayout: 0x0210, ...options.ccid },
    pinPad: async () => left.shift() ?? 'timeout',
  };
}

const secureOf = (sent: readonly string[]): readonly string[] => sent.filter((message) => message.startsWith('69'));

async function overBoth(
  options: SimulatedReaderOptions,
  typed: Typed,
  messages: Messages,
): Promise<{ readonly libccid: Side; readonly driver: Side }> {
  const theirs: string[] = [];
  const over = await overLibccid(pad(options, typed), async (talk) => {
    const { FEATURE_VERIFY_PIN_DIRECT: verify, FEATURE_MODIFY_PIN_DIRECT: modify } = await features(talk);
    await talk.say(toHex(SELECT));
    for (const [kind] of typed) {
      const structure = kind === 'verify' ? verifyStructure(VERIFY, messages.verify) : modifyStructure(CHANGE, messages.modify, messages.indexes);
      theirs.push(await talk.say(`@${kind === 'verify' ? verify : modify} ${toHex(structure)}`));
    }
  });
  const mine: string[] = [];
  // Some readers want a pause before each entry.
  const clock = new AutoClock();
  const enter = async (card: CardTransaction, { pinPad }: Slot): Promise<void> => {
    if (pinPad === undefined) throw new Error('no PIN pad');
    await card.transmit(SELECT);
    for (const [kind] of typed) mine.push(told(await (kind === 'verify' ? pinPad.verify(VERIFY, LIMITS) : pinPad.modify(CHANGE, LIMITS))));
  };
  const ours = await overDriver({ ...pad(options, typed), clock }, enter, { driver: { clock } });
  return { libccid: { secure: secureOf(over.sent), results: theirs }, driver: { secure: secureOf(ours.sent), results: mine } };
}

const same = (one: Side, other: Side): boolean => JSON.stringify(one.secure) === JSON.stringify(other.secure);

/** Gemalto's firmware features (escape 6A): every validation condition; whether modification is mended stands in the ninth byte. */
const gemalto = (mended: boolean): SimulatedReaderOptions => ({
  vendorId: 0x08e6,
  productId: 0x34c2,
  escape: ([first]) => (first === 0x6a ? Uint8Array.from({ length: 21 }, (_, i) => (i === 3 ? 0x07 : i === 8 && mended ? 0x04 : 0)) : null),
});
const BLANK: SimulatedReaderOptions['ccid'] = { wLcdLayout: 0 };
const ALL = { allMessageIndexes: true };
/** Texts are loaded by escapes, which the reader takes. */
const loads = { escape: () => EMPTY };

const ROWS: readonly (readonly [string, SimulatedReaderOptions, Messages])[] = [
  ['extended APDU', {}, DISPLAY],
  ['extended APDU, messages of 64 bytes', { ccid: { dwMaxCCIDMessageLength: 64 } }, DISPLAY],
  ['short APDU', { level: 'short-apdu' }, DISPLAY],
  ['TPDU, T=1: bTeoPrologue', { level: 'tpdu' }, DISPLAY],
  ['no display', { ccid: BLANK }, NO_DISPLAY],
  ['Dell keyboard', { vendorId: 0x413c, productId: 0x2101, ccid: BLANK }, { verify: 1, modify: 0 }],
  ['SPR532', { vendorId: 0x04e6, productId: 0xe003, bcdDevice: 0x0600, ccid: BLANK, defects: ALL }, NO_DISPLAY],
  ['Cherry ST-2000', { vendorId: 0x046a, productId: 0x003e, ccid: BLANK, defects: ALL }, NO_DISPLAY],
  ['Cherry XX44', { vendorId: 0x046a, productId: 0x0010, ccid: BLANK }, { verify: 0, modify: 2 }],
  [
    'Cherry KC 1000 SC, firmware 1.00',
    { vendorId: 0x046a, productId: 0x00a1, bcdDevice: 0x0100, ccid: BLANK, defects: ALL },
    { ...NO_DISPLAY, indexes: [0, 1, 2] },
  ],
  ['Gemalto, not mended', { ...gemalto(false), ccid: BLANK, defects: ALL }, NO_DISPLAY],
  ['Gemalto, mended', { ...gemalto(true), ccid: BLANK }, NO_DISPLAY],
  ['GemPC Pinpad', { vendorId: 0x08e6, productId: 0x3478, ccid: BLANK, defects: ALL, ...loads }, NO_DISPLAY],
  ['Vega Alpha', { vendorId: 0x0982, productId: 0x0008, ccid: BLANK, defects: ALL, ...loads }, NO_DISPLAY],
];

describe('PIN entry on the reader over libccid: PC_to_RDR_Secure and results as the driver has them', () => {
  const found = new Map<string, { readonly libccid: Side; readonly driver: Side }>();

  it.each(ROWS)('%s', async (name, options, messages) => {
    const both = await overBoth(options, ENTRIES, messages);
    found.set(name, both);
    expect(both.libccid.secure).toHaveLength(ENTRIES.length);
    expect(both.driver.secure).toEqual(both.libccid.secure);
    expect(both.libccid.results).toEqual(STATUS);
    expect(both.driver.results).toEqual(STATUS.map((status) => TYPED[status] ?? status));
  });

  it('TPDU, T=0: no bTeoPrologue', async () => {
    const { libccid, driver } = await overBoth({ level: 'tpdu', cards: [new ToyCard([0x3b, 0x00])] }, ENTRIES, DISPLAY);
    expect(driver.secure).toEqual(libccid.secure);
    expect(driver.results).toEqual(libccid.results.map((status) => TYPED[status] ?? status));
    expect(libccid.results.slice(2, 4)).toEqual(['6401', '6400']);
  });

  it('Dell SK-3106: lengths in the other order, and no modification offered by either', async () => {
    const options = { vendorId: 0x413c, productId: 0x2100, ccid: { ...BLANK, bPINSupport: 1 }, defects: { swappedPinLengths: true } };
    const { libccid, driver } = await overBoth(options, VERIFIES, DISPLAY);
    expect(driver.secure).toEqual(libccid.secure);
    expect(libccid.results).toEqual(STATUS.slice(0, VERIFIES.length));
    await overLibccid(pad(options, []), async (talk) => expect(Object.keys(await features(talk))).toEqual(['FEATURE_VERIFY_PIN_DIRECT']));
    await overDriver(pad(options, []), async (_card, { pinPad }) => expect(pinPad?.canModify).toBe(false));
  });

  it('6B80, a structure that does not work out: the reader says it, and both hand it on', async () => {
    const reader = pad({}, [['verify', { pin: '123456' }]]);
    await overLibccid(reader, async (talk, { sent }) => {
      const { FEATURE_VERIFY_PIN_DIRECT: verify } = await features(talk);
      const structure = verifyStructure(VERIFY, 1);
      // A PIN block of four bytes for a PIN of six.
      structure[3] = 4;
      expect(await talk.say(`@${verify} ${toHex(structure)}`)).toBe('6b80');
      // libccid sees for itself that ulDataLength is wrong, and says so by an error: nothing is sent.
      structure[15] = 12;
      expect(await talk.say(`@${verify} ${toHex(structure)}`)).toMatch(/^! /);
      expect(secureOf(sent)).toHaveLength(1);
    });
    class Refusing extends ToyCard {
      override transmit = async (): Promise<Uint8Array<ArrayBuffer>> => fromHex('6b80');
    }
    await overDriver(pad({ cards: [new Refusing()] }, [['verify', { pin: '123456' }]]), async (_card, { pinPad }) => {
      expect(told((await pinPad?.verify(VERIFY, LIMITS)) ?? { kind: 'timeout' })).toBe('6b80');
    });
  });

  it('the comparison sees what a quirk changes, and results that are exchanged', () => {
    const at = (name: string): { readonly libccid: Side; readonly driver: Side } => {
      const both = found.get(name);
      if (both === undefined) throw new Error(`${name} did not run`);
      return both;
    };
    const plain = at('no display').driver;
    expect(same(plain, at('no display').libccid)).toBe(true);
    for (const name of [
      'TPDU, T=1: bTeoPrologue',
      'SPR532',
      'Cherry ST-2000',
      'Cherry XX44',
      'Cherry KC 1000 SC, firmware 1.00',
      'Gemalto, not mended',
      'GemPC Pinpad',
    ])
      expect({ name, same: same(plain, at(name).libccid) }).toEqual({ name, same: false });
    const exchanged: typeof TYPED = { ...TYPED, '6400': 'cancelled', '6401': 'timeout' };
    expect(at('extended APDU').driver.results).not.toEqual(STATUS.map((status) => exchanged[status] ?? status));
  });
});
