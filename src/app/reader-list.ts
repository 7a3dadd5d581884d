import type { Reader, ReaderInfo, ReaderSource } from '../channel/types.ts';
import { noTrace } from '../codec/trace.ts';
import type { AccessVerdict } from '../usb/access.ts';
import { environmentVerdict } from '../usb/index.ts';
import type { ReaderChoice } from './enrollment/state.ts';
import { type Problem, toProblem } from './problem.ts';
import { type SourceOptions, sourcesFor } from './sources.ts';

export type ReaderListState =
  /** Before anything was asked of the browser. */
  { readonly kind: 'start' } | { readonly kind: 'looking' } | ReaderListReady;

export interface ReaderListReady {
  readonly kind: 'ready';
  /** A verdict is missing while the reader is tried. */
  readonly readers: readonly ReaderChoice[];
  /** Why the browser's own readers are out of reach here, whichever they are. */
  readonly environment?: AccessVerdict;
  readonly canRequest: boolean;
  readonly nothingChosen: boolean;
  readonly problem?: Problem;
}

/** Readers that are looked into. */
const MAX_READERS = 32;

/**
 * Readers and whether each can be used from here, without a screen. Same manners as the flows: unfit actions do nothing, no action
 * rejects. A look opens and releases each reader; nothing is sent to a card.
 */
export class ReaderList {
  #state: ReaderListState = { kind: 'start' };
  readonly #listeners = new Set<() => void>();
  readonly #sources: readonly ReaderSource[];
  readonly #environment: AccessVerdict | undefined;
  readonly #canRequest: boolean;
  #unwatch: (() => void)[] = [];
  /** Counts looks: what an older one finds is dropped. */
  #look = 0;

  constructor(options: SourceOptions = {}) {
    const { openSources, environment } = sourcesFor(options);
    this.#sources = openSources(noTrace);
    this.#environment = environmentVerdict(environment);
    this.#canRequest = this.#sources.length > 0 && this.#environment === undefined;
  }

  get state(): ReaderListState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async look(): Promise<void> {
    if (this.#state.kind === 'looking') return;
    this.#watch();
    this.#set({ kind: 'looking' });
    await this.#lookAt(false);
  }

  /** Opens the browser's chooser: call it from a click. */
  async requestReader(): Promise<void> {
    if (this.#state.kind !== 'ready' || !this.#canRequest) return;
    let chosen: Reader | null | undefined;
    try {
      chosen = await this.#sources[0]?.request();
    } catch (error) {
      const { problem: _, ...ready } = this.#state;
      this.#set({ ...ready, problem: toProblem(error, { cardState: 'untouched' }) });
      return;
    }
    await this.#lookAt(chosen === null);
  }

  /** Stops watching; nothing is held. */
  release(): void {
    this.#look++;
    for (const forget of this.#unwatch) forget();
    this.#unwatch = [];
    if (this.#state.kind === 'looking') this.#set({ kind: 'start' });
  }

  async #lookAt(nothingChosen: boolean): Promise<void> {
    const look = ++this.#look;
    const found: { readonly source: ReaderSource; readonly reader: Reader }[] = [];
    let problem: Problem | undefined;
    for (const source of this.#sources) {
      try {
        for (const reader of await source.list()) found.push({ source, reader });
      } catch (error) {
        problem = toProblem(error, { cardState: 'untouched' });
      }
    }
    found.splice(MAX_READERS);
    if (look !== this.#look) return;
    const before = this.#state.kind === 'ready' ? this.#state.readers : [];
    const known = (info: ReaderInfo): ReaderChoice => before.find((choice) => choice.info.id === info.id) ?? { info };
    this.#set({
      kind: 'ready',
      readers: found.map(({ reader }) => known(reader.info)),
      ...(this.#environment === undefined ? {} : { environment: this.#environment }),
      canRequest: this.#canRequest,
      nothingChosen,
      ...(problem === undefined ? {} : { problem }),
    });
    await Promise.all(
      found.map(async ({ source, reader }) => {
        let verdict: AccessVerdict;
        try {
          verdict = await source.access(reader);
        } catch {
          verdict = { reason: 'unknown', reachable: false, remedies: ['replug', 'report'] };
        }
        if (look === this.#look) this.#judge(reader.info.id, verdict);
      }),
    );
  }

  #judge(id: string, verdict: AccessVerdict): void {
    if (this.#state.kind !== 'ready') return;
    const readers = this.#state.readers.map((choice) => (choice.info.id === id ? { info: choice.info, verdict } : choice));
    this.#set({ ...this.#state, readers });
  }

  #watch(): void {
    if (this.#unwatch.length > 0) return;
    this.#unwatch = this.#sources.map((source) =>
      source.onChange(() => {
        if (this.#state.kind === 'ready') void this.#lookAt(false);
      }),
    );
  }

  #set(state: ReaderListState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }
}
