import type { Bytes, Clock } from '../../src/codec/index.ts';
import type { SimulatedCard } from '../../src/simulator/index.ts';

interface Timer {
  readonly atMs: number;
  readonly ring: () => void;
}

/** Turns of the event loop in which nothing happens after which everybody is taken to wait. */
const IDLE_TURNS = 24;

/**
 * A clock that jumps to the next timer as soon as nobody has anything to do, for thousands of cases in a row: it looks at every turn of
 * the event loop, and never jumps while a card computes ({@link attended}), which alone takes real time.
 */
export class FaultClock implements Clock {
  #nowMs = 0;
  #timers = new Set<Timer>();
  #turns = 0;
  #running = false;
  busy = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        this.#timers.delete(timer);
        reject(signal?.reason as Error);
      };
      const timer: Timer = {
        atMs: this.#nowMs + ms,
        ring: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#timers.add(timer);
      this.#turns = 0;
      if (!this.#running) {
        this.#running = true;
        setImmediate(() => this.#turn());
      }
    });
  }

  /** Something happened: whoever waits may go on first. */
  stir(): void {
    this.#turns = 0;
  }

  #turn(): void {
    if (this.#timers.size === 0) {
      this.#running = false;
      return;
    }
    if (this.busy > 0) this.#turns = 0;
    else if (++this.#turns >= IDLE_TURNS) {
      this.#turns = 0;
      const next = [...this.#timers].reduce((a, b) => (b.atMs < a.atMs ? b : a));
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.ring();
    }
    setImmediate(() => this.#turn());
  }
}

/** A card whose computing holds the clock. */
export function attended(card: SimulatedCard, clock: FaultClock): SimulatedCard {
  return {
    atr: card.atr,
    extendedLength: card.extendedLength,
    reset: (kind) => card.reset(kind),
    transmit: async (command: Bytes) => {
      clock.busy++;
      try {
        return await card.transmit(command);
      } finally {
        clock.busy--;
        clock.stir();
      }
    },
  };
}
