import type { Clock } from '../codec/clock.ts';
import type { Trace } from '../codec/trace.ts';
import { within } from '../codec/within.ts';
import type { UsbPort } from '../usb/index.ts';
import { parseNotification } from './notification.ts';
import type { IccStatus } from './slot.ts';

export interface SlotWatchParts {
  readonly port: UsbPort;
  readonly slotCount: number;
  /** Asks one slot; undefined while the reader is busy with something else, which is then not disturbed. */
  readonly ask: (bSlot: number, signal: AbortSignal) => Promise<IccStatus | undefined>;
  /** `changed` tells a card that was swapped between two looks. */
  readonly onStatus: (bSlot: number, status: IccStatus | 'present', changed: boolean) => void;
  readonly pollMs?: number;
  readonly clock: Clock;
  readonly trace?: Trace | undefined;
}

const POLL_MS = 500;
/** How long notifications are taken for old ones at first; libccid does so for as long when it opens a reader. */
const OLD_MS = 100;
/** Interrupt reads that fail in a row before polling takes over. */
const MAX_FAILURES = 3;

/** Follows the slots of a reader by its interrupt endpoint, or by GetSlotStatus where it has none or where that fails. */
export class SlotWatch {
  readonly #parts: SlotWatchParts;
  readonly #clock: Clock;
  #stop: AbortController | undefined;

  constructor(parts: SlotWatchParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
  }

  start(): void {
    if (this.#stop !== undefined) return;
    this.#stop = new AbortController();
    void this.#run(this.#stop.signal);
  }

  stop(): void {
    this.#stop?.abort();
    this.#stop = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    try {
      const { port } = this.#parts;
      if (port.hasInterruptIn) await this.#dropOld(signal);
      // Notifications may have been missed: the slots themselves are asked first.
      await this.#askAll(signal);
      if (port.hasInterruptIn) await this.#listen(signal);
      while (!signal.aborted) {
        await this.#clock.sleep(this.#parts.pollMs ?? POLL_MS, signal);
        await this.#askAll(signal);
      }
    } catch {
      // Stopped, or the port is gone: its `closed` promise tells whoever needs to know.
    }
  }

  /** What waited in the endpoint may say that a card went which is back, and is the one that was powered. */
  async #dropOld(signal: AbortSignal): Promise<void> {
    const all = async (soon: AbortSignal): Promise<never> => {
      for (;;) await this.#parts.port.interruptIn({ signal: soon });
    };
    await within(this.#clock, OLD_MS, all, signal).catch(() => undefined);
  }

  async #askAll(signal: AbortSignal): Promise<void> {
    for (let bSlot = 0; bSlot < this.#parts.slotCount; bSlot++) {
      const status = await this.#parts.ask(bSlot, signal).catch((error: unknown) => {
        if (signal.aborted || isGone(error)) throw error;
        return undefined;
      });
      if (status !== undefined && !signal.aborted) this.#parts.onStatus(bSlot, status, false);
    }
  }

  async #listen(signal: AbortSignal): Promise<void> {
    for (let failures = 0; failures < MAX_FAILURES && !signal.aborted;) {
      try {
        const notification = parseNotification(await this.#parts.port.interruptIn({ signal }), this.#parts.slotCount);
        if (notification?.kind === 'slot-change') {
          failures = 0;
          this.#parts.trace?.({ layer: 'ccid', kind: 'notify', message: 'RDR_to_PC_NotifySlotChange', bSlot: 0, bSeq: 0, dwLength: 0 });
          for (const { bSlot, present, changed } of notification.slots)
            if (changed) this.#parts.onStatus(bSlot, present ? 'present' : 'absent', true);
        } else if (notification === undefined) {
          // Empty or foreign notifications are allowed, an endless run of them is not.
          failures += 0.1;
        }
      } catch (error) {
        if (signal.aborted || isGone(error)) throw error;
        failures++;
        if (reasonOf(error) === 'stall' || reasonOf(error) === 'babble')
          await this.#parts.port.clearHalt('interrupt-in', { signal }).catch(() => undefined);
        // What it had to tell went with it.
        await this.#askAll(signal);
      }
    }
  }
}

function isGone(error: unknown): boolean {
  const reason = reasonOf(error);
  return reason === 'unplugged' || reason === 'closed';
}

/** Of a UsbError; by shape, since this file is loaded apart and shares nothing with the rest. */
function reasonOf(error: unknown): unknown {
  return error instanceof Error && 'reason' in error ? error.reason : undefined;
}
