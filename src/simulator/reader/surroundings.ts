import type { Bytes, Clock } from '../../codec/index.ts';
import type { CcidDescriptor } from './descriptor.ts';
import type { ReaderJournal } from './journal.ts';
import type { ReaderDefects, SimulatedReaderOptions } from './options.ts';
import type { PinPadKeys } from './secure.ts';
import type { T1Options } from './t1-card.ts';
import type { PpsAnswer } from './tpdu-level.ts';

/** What a slot shares with its reader. */
export interface SlotSurroundings {
  readonly descriptor: CcidDescriptor;
  readonly journal: ReaderJournal;
  /** The reader's own answer to Escape; null = not supported. */
  readonly escape: (data: Bytes) => Bytes | null;
  readonly pinPad: PinPadKeys;
  readonly defects: ReaderDefects;
  /** Whether T=0 status bytes 61 and 6C reach the host at short APDU level. */
  readonly passesT0Status: boolean;
  /** TPDU level, T=0: whether cards put ENVELOPE commands together. */
  readonly takesEnvelope: boolean;
  /** TPDU level: what cards make of PPS. */
  readonly ppsAnswer: PpsAnswer;
  /** The only data rates in bit/s; null = those of the descriptor. */
  readonly dataRates: readonly number[] | null;
  /** T=1: the reader watches the waiting time. */
  readonly holdsWaitingTime: boolean;
  /** How cards behave in T=1; what the ATR says is added. */
  readonly t1: Omit<T1Options, 'ifsc' | 'crc' | 'breaksOnIfs'>;
}

/** By the options of the reader. Slots after the first may be of another kind. */
export function surroundingsOf(
  slot: number,
  options: SimulatedReaderOptions,
  ccid: CcidDescriptor,
  journal: ReaderJournal,
  clock: Clock,
): SlotSurroundings {
  const later = slot > 0;
  return {
    descriptor: later ? { ...ccid, ...options.laterSlots } : ccid,
    journal,
    escape: options.escape ?? (() => null),
    pinPad: options.pinPad ?? (async () => 'cancelled'),
    defects: options.defects ?? {},
    passesT0Status: options.passesT0Status ?? false,
    takesEnvelope: options.t0TakesEnvelope ?? false,
    ppsAnswer: options.ppsAnswer ?? 'echo',
    dataRates: later ? (options.defects?.laterSlotsDataRates ?? null) : null,
    holdsWaitingTime: options.t1HoldsWaitingTime ?? false,
    t1: {
      clock,
      waitingTimeMs: options.t1WaitingTimeMs ?? (options.t1HoldsWaitingTime === true ? null : 1000),
      wtxMultiplier: options.t1WtxMultiplier ?? 1,
      requestsIfsc: options.t1RequestsIfsc ?? null,
      requestsIfscAt: options.t1RequestsIfscAt ?? 'answer',
      ...(options.t1Aborts === undefined ? {} : { aborts: options.t1Aborts }),
    },
  };
}
