import type { Clock } from '../../codec/clock.ts';
import type { TraceEvent } from '../../codec/trace.ts';
import { logWords } from './log-words.ts';
import type { LogRow } from './state.ts';

/** Rows that are kept: some minutes of a busy reader. */
export const LOG_ROWS = 2000;

/** The last rows of what happened. Listeners are called once for a burst of events, after it. */
export class DiagnosticsLog {
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #startMs: number;
  #rows: LogRow[] = [];
  #snapshot: readonly LogRow[] | undefined;
  #number = 0;
  #telling = false;

  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
    this.#startMs = clock.nowMs();
  }

  /** The same array until a row comes or goes. */
  get rows(): readonly LogRow[] {
    this.#snapshot ??= this.#rows.slice(-LOG_ROWS);
    return this.#snapshot;
  }

  add(event: TraceEvent): void {
    this.#rows.push({ number: ++this.#number, atMs: this.#clock.nowMs() - this.#startMs, ...logWords(event) });
    // Dropped in blocks, so that a row costs no move of all others.
    if (this.#rows.length >= 2 * LOG_ROWS) this.#rows.splice(0, this.#rows.length - LOG_ROWS);
    this.#touch();
  }

  clear(): void {
    this.#rows = [];
    this.#touch();
  }

  #touch(): void {
    this.#snapshot = undefined;
    if (this.#telling) return;
    this.#telling = true;
    // A listener must not keep a reader waiting: it is called when the event is done with.
    queueMicrotask(() => {
      this.#telling = false;
      this.#changed();
    });
  }
}
