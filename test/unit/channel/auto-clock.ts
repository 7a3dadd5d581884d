import type { Clock } from '../../../src/codec/index.ts';

interface Timer {
  readonly atMs: number;
  readonly ring: () => void;
}

/** Turns of the event loop without a new timer after which everything else is taken to wait. */
const IDLE_TURNS = 8;

/** A clock that jumps to the next timer as soon as nothing else goes on, so that minutes pass at once and in order. */
export class AutoClock implements Clock {
  #nowMs = 0;
  #timers: Timer[] = [];
  #turns = 0;
  #running = false;
  readonly #busy: () => boolean;

  /** `busy` tells of work elsewhere (a thread of its own, say) that time must not overtake. */
  constructor(busy: () => boolean = () => false) {
    this.#busy = busy;
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
    setTimeout(() => {
      if (this.#timers.length === 0) {
        this.#running = false;
        return;
      }
      if (this.#busy()) this.#turns = 0;
      if (++this.#turns >= IDLE_TURNS) {
        this.#turns = 0;
        const next = this.#timers.reduce((a, b) => (b.atMs < a.atMs ? b : a));
        this.#timers = this.#timers.filter((each) => each !== next);
        this.#nowMs = Math.max(this.#nowMs, next.atMs);
        next.ring();
      }
      this.#turn();
    }, 1);
  }
}
