import type { Trace } from '../../codec/trace.ts';
import type { EnrollmentState } from './state.ts';

/** The job was given up by cancel or release: it stops where it stands. */
export class Abandoned extends Error {}

/** One action of the person while it runs. At most one runs at a time. */
export class Job {
  readonly #controller = new AbortController();
  readonly done: Promise<void>;
  readonly finish: () => void;

  constructor() {
    let finish: () => void = () => undefined;
    this.done = new Promise((resolve) => {
      finish = resolve;
    });
    this.finish = finish;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abandon(): void {
    this.#controller.abort();
  }

  /** @throws Abandoned */
  check(): void {
    if (this.signal.aborted) throw new Abandoned();
  }

  /** What `promise` gives, or Abandoned as soon as the job is given up: for waiting on others than the card. */
  async unlessAbandoned<T>(promise: Promise<T>): Promise<T> {
    this.check();
    let stop: () => void = () => undefined;
    const given = new Promise<never>((_, reject) => {
      stop = () => reject(new Abandoned());
      this.signal.addEventListener('abort', stop);
    });
    try {
      return await Promise.race([promise, given]);
    } finally {
      this.signal.removeEventListener('abort', stop);
    }
  }
}

/** The state that is shown, who is told of it, and the one job that may change it. */
export class Stage {
  readonly #trace: Trace;
  readonly #listeners = new Set<(state: EnrollmentState) => void>();
  #state: EnrollmentState = { kind: 'start' };
  #job: Job | undefined;
  /** Called when no job runs any more: what happened meanwhile is looked at then. */
  onIdle: () => void = () => undefined;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  get state(): EnrollmentState {
    return this.#state;
  }

  get job(): Job | undefined {
    return this.#job;
  }

  subscribe(listener: (state: EnrollmentState) => void): () => void {
    const entry = (state: EnrollmentState): void => listener(state);
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  /** Shows a state for a job that is still wanted. @throws Abandoned */
  show(job: Job, state: EnrollmentState): void {
    job.check();
    this.put(state);
  }

  /** Shows a state for whoever decides alone. */
  put(state: EnrollmentState): void {
    this.#state = state;
    this.#trace({ layer: 'app', kind: 'step', step: state.kind });
    for (const listener of [...this.#listeners]) {
      try {
        listener(state);
      } catch {
        // A listener's fault is not the enrollment's.
      }
    }
  }

  /** Runs `body` unless another job runs; never rejects. `onError` decides what a failure shows. */
  async run(body: (job: Job) => Promise<void>, onError: (job: Job, error: unknown) => Promise<void>): Promise<void> {
    if (this.#job !== undefined) return;
    const job = new Job();
    this.#job = job;
    try {
      try {
        await body(job);
      } catch (error) {
        if (!(error instanceof Abandoned)) await onError(job, error);
      }
    } catch {
      // Only Abandoned leaves onError: whoever gave the job up shows what comes next.
    } finally {
      this.#job = undefined;
      job.finish();
    }
    if (!job.signal.aborted) this.onIdle();
  }
}
