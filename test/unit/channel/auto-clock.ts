import type { Clock } from '../../../src/codec/index.ts';

interface Timer {
  readonly atMs: number;
  readonly ring: () => void;
}

/** How the clock looks at the event loop, and after how many turns without a new timer everything else is taken to wait. */
export interface Pace {
  readonly idleTurns: number;
  readonly afterTurn: (look: () => void) => void;
}

/** For work that loads code or computes in threads. */
const PATIENT: Pace = { idleTurns: 8, afterTurn: (look) => void setTimeout(look, 1) };
/** At every turn of the event loop, for thousands of cases in a row whose real work `busy` tells. */
export const QUICK: Pace = { idleTurns: 24, afterTurn: (look) => void setImmediate(look) };

/** A clock that jumps to the next timer as soon as nothing else goes on, so that minutes pass at once and in order. */
export class AutoClock implements Clock {
  #nowMs = 0;
  #timers: Timer[] = [];
  #turns = 0;
  #running = false;
  readonly #busy: () => boolean;
  readonly #pace: Pace;

  /** `busy` tells of work elsewhere (a thread of its own, say) that time must not overtake. */
  constructor(busy: () => boolean = () => false, pace: Pace = PATIENT) {
    this.#busy = busy;
    this.#pace = pace;
  }

  /** Something happened: whoever waits may go on first. */
  stir(): void {
    this.#turns = 0;
  }

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
        this.#timers = this.#timers.filter((each) => each !== timer);
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
      this.#timers.push(timer);
      this.#turns = 0;
      if (!this.#running) {
        this.#running = true;
        this.#turn();
      }
    });
  }

  #turn(): void {
    this.#pace.afterTurn(() => {
      if (this.#timers.length === 0) {
        this.#running = false;
        return;
      }
      if (this.#busy()) this.#turns = 0;
      if (++this.#turns >= this.#pace.idleTurns) {
        this.#turns = 0;
        const next = this.#timers.reduce((a, b) => (b.atMs < a.atMs ? b : a));
        this.#timers = this.#timers.filter((each) => each !== next);
        this.#nowMs = Math.max(this.#nowMs, next.atMs);
        next.ring();
      }
      this.#turn();
    });
  }
}
