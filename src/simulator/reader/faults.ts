import { FaultQueue, type FaultTimes } from '../usb/fault-queue.ts';

/** What goes wrong with one command. */
export type FaultKind =
  /** No answer at all. */
  | 'silence'
  /** Bulk IN halts instead of an answer. */
  | 'stall-in'
  /** Bulk OUT halts; the command is not taken. */
  | 'stall-out'
  /** Five bytes instead of an answer. */
  | 'short-frame'
  | 'wrong-bSeq'
  | 'wrong-slot'
  | 'wrong-type'
  /** dwLength promises more than is sent. */
  | 'bad-dwLength'
  /** dwLength promises almost four gigabytes. */
  | 'huge-dwLength'
  /** XFR_PARITY_ERROR. */
  | 'parity'
  /** ICC_MUTE although the card is there. */
  | 'mute'
  | 'hardware-error'
  /** BUSY_WITH_AUTO_SEQUENCE. */
  | 'busy'
  | 'slot-busy'
  /** Time extension frames for ever instead of an answer. */
  | 'time-extension'
  /** The card is pulled. */
  | 'removal'
  /** The reader is pulled. */
  | 'unplug'
  /** A packet longer than the endpoint allows. */
  | 'babble'
  /** An empty packet before the answer. */
  | 'stray-zlp'
  /** The last byte of the answer is another: at TPDU level the error detection code or SW2. */
  | 'flipped-byte'
  /** Bytes after the answer's end. */
  | 'trailing-bytes'
  /** An answer to somebody else's command comes first. */
  | 'stale-reply';

export const FAULT_KINDS: readonly FaultKind[] = [
  'silence',
  'stall-in',
  'stall-out',
  'short-frame',
  'wrong-bSeq',
  'wrong-slot',
  'wrong-type',
  'bad-dwLength',
  'huge-dwLength',
  'parity',
  'mute',
  'hardware-error',
  'busy',
  'slot-busy',
  'time-extension',
  'removal',
  'unplug',
  'babble',
  'stray-zlp',
  'flipped-byte',
  'trailing-bytes',
  'stale-reply',
];

/** When a fault is over: after one or two commands, when the host resets (USB reset, power off or power on), or never. */
export type FaultEnd = 'once' | 'twice' | 'reset' | 'never';

export const FAULT_ENDS: readonly FaultEnd[] = ['once', 'twice', 'reset', 'never'];

/** A fault to come; `at` counts the commands that arrive. */
export interface Fault extends FaultTimes {
  readonly kind: FaultKind;
  /** Counts and strikes only commands of this bMessageType. */
  readonly message?: number;
  readonly until?: FaultEnd;
  /** Whether the command is carried out before it goes wrong. False, the default: neither card nor slot sees it. */
  readonly carriedOut?: boolean;
}

/** Faults that damage the answer on its way, so that the command has been carried out in any case. */
const damaging: ReadonlySet<FaultKind> = new Set([
  'short-frame',
  'wrong-bSeq',
  'wrong-slot',
  'wrong-type',
  'bad-dwLength',
  'huge-dwLength',
  'babble',
  'stray-zlp',
  'flipped-byte',
  'trailing-bytes',
  'stale-reply',
]);

/** Is the command carried out although this fault strikes? */
export const carriedOut = (fault: Fault): boolean => damaging.has(fault.kind) || (fault.carriedOut ?? false);

/** The faults planted in one reader. */
export class FaultPlan {
  readonly #queue = new FaultQueue<Fault>();

  plant(fault: Fault): void {
    this.#queue.plant(fault);
  }

  clear(): void {
    this.#queue.clear();
  }

  /** Counts one arriving command; answers the fault that strikes it. */
  arrived(bMessageType: number): Fault | null {
    return this.#queue.arrived((fault) => fault.message === undefined || fault.message === bMessageType);
  }

  /** The host reset something: faults that have struck and last until then are over. */
  hostReset(): void {
    this.#queue.end('reset');
  }
}
