import type { Quirk, QuirkEffects } from '../../src/ccid/index.ts';
import { createPivCard, FEATURE, type SimulatedReaderOptions } from '../../src/simulator/index.ts';
import { EchoCard, echoAtr, t0Atr } from './echo-card.ts';
import { comeAndGo, echo, entry, noPinPad, oneBlock, presence, slowCard, twice, type Work } from './quirk-works.ts';

/** A simulated reader with the defect, and work that succeeds only with the remedy. */
export interface Demonstration {
  readonly reader: SimulatedReaderOptions;
  readonly work: Work;
  /** The slot that shows it. */
  readonly slot?: number;
  /** The reader is the second interface of a device; the first is an ordinary one with a card. */
  readonly secondInterface?: boolean;
  /** The reader must not be opened: the remedy is a refusal. */
  readonly refuses?: boolean;
}

/** Answers 6884 to chained commands. */
class NoChaining extends EchoCard {
  override async transmit(command: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    return ((command[0] ?? 0) & 0x10) !== 0 ? Uint8Array.of(0x68, 0x84) : super.transmit(command);
  }
}

/** Answers 200 bytes to a command that itself fits in one block. */
class LongAnswer extends EchoCard {
  override async transmit(command: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    return Uint8Array.from([...Array<number>(200).fill(7), ...(await super.transmit(command))]);
  }
}

/** A PIN pad; one with a display gets one message where no row says otherwise, one without none. */
const pad = (defects: NonNullable<SimulatedReaderOptions['defects']>, kind: 'verify' | 'modify', display = false): Demonstration => ({
  reader: {
    ccid: { bPINSupport: 3, wLcdLayout: display ? 0x0210 : 0 },
    cards: [createPivCard({ profile: 'yubikey-5.4' })],
    pinPad: async () => ({ pin: '123456', newPin: '654321', confirmedPin: '654321' }),
    defects,
  },
  work: entry(kind),
});

/** The time that the driver gives GetSlotStatus by itself. */
const STATUS_MS = 3000;

/** One demonstration per effect: an effect without one does not compile. */
export const DEMONSTRATIONS: { readonly [Key in keyof QuirkEffects]-?: (value: NonNullable<QuirkEffects[Key]>, row: Quirk) => Demonstration } = {
  openDelayMs: (deafMs) => ({ reader: { defects: { deafMs } }, work: presence }),
  // As slow as the row bears, and slower than the driver waits without it.
  openTimeoutFactor: (factor) => ({ reader: { defects: { firstStatusMs: STATUS_MS * factor - 100 } }, work: presence }),
  messageBytes: ({ announced, taken: takesMessageBytes }) => ({
    reader: { level: 'tpdu', ccid: { dwMaxCCIDMessageLength: announced }, defects: { takesMessageBytes }, cards: [new NoChaining(false, t0Atr())] },
    work: echo(255),
  }),
  laterSlotsLevel: () => ({
    reader: {
      level: 'tpdu',
      slots: 2,
      laterSlots: { dwFeatures: FEATURE.SHORT_APDU | FEATURE.AUTO_PARAMETERS | FEATURE.AUTO_VOLTAGE | FEATURE.AUTO_CLOCK | FEATURE.AUTO_RATE },
      cards: [null, new EchoCard(true)],
    },
    slot: 1,
    work: echo(),
  }),
  level: () => ({ reader: { defects: { noExtendedApdu: true } }, work: echo(300) }),
  powerOffFirst: () => ({ reader: { ccid: { dwFeatures: 0x000404be }, defects: { powerOnNeedsOff: true } }, work: twice }),
  extraTimeoutMs: (extraMs) => ({ reader: { timeExtensionMs: 1e8 }, work: slowCard(extraMs + 30_000) }),
  escapeOnPowerError: (powerOnNeedsEscape) => ({ reader: { level: 'short-apdu', defects: { powerOnNeedsEscape } }, work: echo() }),
  noIfsdRequest: () => ({ reader: { level: 'tpdu', defects: { breaksOnIfsd: true } }, work: echo() }),
  ifsdBytes: () => ({ reader: { level: 'tpdu', ccid: { dwMaxIFSD: 32 }, cards: [new LongAnswer(true)] }, work: oneBlock }),
  laterSlotsDataRates: (laterSlotsDataRates) => ({
    reader: {
      level: 'tpdu',
      slots: 2,
      // The card offers F = 372 and D = 12, 129 kbit/s, which the first slot has.
      ccid: { dwDefaultClock: 4000, dwMaxDataRate: 344_086 },
      cards: [null, new EchoCard(true, echoAtr(true, 0x18))],
      defects: { laterSlotsDataRates },
    },
    slot: 1,
    work: echo(),
  }),
  presenceByPower: () => ({ reader: { notifies: false, defects: { noPresence: true } }, work: comeAndGo }),
  laterInterfacesFollow: () => ({
    reader: { notifies: false, defects: { noPresence: true, powerOnNeedsOff: true } },
    secondInterface: true,
    work: async (at) => (await presence(at)) && twice(at),
  }),
  refused: () => ({ reader: {}, work: echo(), refuses: true }),
  noPinPad: () => ({ reader: { ccid: { bPINSupport: 3 } }, work: noPinPad }),
  swappedPinLengths: () => pad({ swappedPinLengths: true }, 'verify'),
  pinDelayMs: (keyHeldMs, { swappedPinLengths = false }) => pad({ keyHeldMs, swappedPinLengths }, 'verify'),
  verifyMessages: (verifyMessages, { swappedPinLengths = false }) => pad({ verifyMessages, swappedPinLengths }, 'verify', verifyMessages === 0),
  allMessageIndexes: () => pad({ allMessageIndexes: true }, 'modify'),
  allMessageIndexesUnlessMended: () => pad({ allMessageIndexes: true }, 'modify'),
  modifyMessages: (modifyMessages, { allMessageIndexes = false }) => pad({ modifyMessages, allMessageIndexes }, 'modify'),
  pinPadSetup: ({ delayMs, escapes }) => pad({ pinPadNeedsEscapes: { afterMs: delayMs, escapes } }, 'verify'),
};
