import type { Clock } from '../../codec/clock.ts';
import type { SecretSummary } from '../card-summary.ts';
import { FlowError } from '../errors.ts';
import { type Problem, toProblem } from '../problem.ts';
import type { CardSession } from './card-session.ts';
import type { Job, Stage } from './stage.ts';
import type { EnrollmentState, ReaderEntryPrompt } from './state.ts';

/** What is said of an entry that begins, or that may begin once more. */
export function entryPrompt(about: Pick<ReaderEntryPrompt, 'purpose' | 'place'>, status: SecretSummary, mistake?: Problem): ReaderEntryPrompt {
  const { retriesLeft, retriesTotal, minLength, maxLength } = status;
  return {
    ...about,
    minLength,
    maxLength,
    lastTry: retriesLeft === 1,
    ...(retriesLeft === undefined ? {} : { retriesLeft }),
    ...(retriesTotal === undefined ? {} : { retriesTotal }),
    ...(mistake === undefined ? {} : { mistake }),
  };
}

/** PIN entry on the reader: shows that it waits, ends it when the person says so, and asks whether it begins again. */
export class ReaderEntry {
  readonly #stage: Stage;
  readonly #clock: Clock;
  readonly #idleMs: number;
  #running: AbortController | undefined;
  #onAgain: ((lastTryConfirmed: boolean | undefined) => void) | undefined;

  constructor(stage: Stage, clock: Clock, idleMs: number) {
    this.#stage = stage;
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  get shown(): EnrollmentState {
    return this.#stage.state;
  }

  show(job: Job, state: EnrollmentState): void {
    this.#stage.show(job, state);
  }

  /** Runs one entry. False when the person ended it in the page. */
  async enter(job: Job, session: CardSession, prompt: ReaderEntryPrompt, begin: () => Promise<unknown>): Promise<boolean> {
    const running = new AbortController();
    this.#running = running;
    this.#stage.show(job, { kind: 'pin-on-reader', prompt, waiting: true });
    try {
      await session.withEntry(AbortSignal.any([running.signal, job.signal]), begin);
      return true;
    } catch (error) {
      job.check();
      if (running.signal.aborted) return false;
      throw error;
    } finally {
      this.#running = undefined;
    }
  }

  /** The person wants no entry now. */
  stop(): void {
    this.#running?.abort();
  }

  /** Waits until the person wants another entry. A card that nobody comes back to is locked. @throws FlowError `session-ended` */
  async again(job: Job, prompt: ReaderEntryPrompt): Promise<void> {
    const over = new AbortController();
    try {
      for (let asked = prompt; ;) {
        const answer = new Promise<boolean | undefined>((resolve, reject) => {
          this.#onAgain = resolve;
          if (!Number.isFinite(this.#idleMs)) return;
          this.#clock.sleep(this.#idleMs, over.signal).then(
            () => reject(new FlowError('session-ended', 'nobody entered the PIN')),
            () => undefined,
          );
        });
        this.#stage.show(job, { kind: 'pin-on-reader', prompt: asked, waiting: false });
        const confirmed = await job.unlessAbandoned(answer);
        if (!prompt.lastTry || confirmed === true) return;
        asked = { ...prompt, mistake: toProblem(new FlowError('last-try-unconfirmed', 'one try is left')) };
      }
    } finally {
      this.#onAgain = undefined;
      over.abort();
    }
  }

  /** The person's word that {@link again} waits for. */
  goOn(lastTryConfirmed: boolean | undefined): void {
    this.#onAgain?.(lastTryConfirmed);
  }
}
