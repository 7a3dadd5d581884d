import { ChannelError } from '../../channel/errors.ts';
import type { OpenReader, Reader, ReaderSource } from '../../channel/types.ts';
import { type Clock, systemClock } from '../../codec/clock.ts';
import type { Trace, TraceEvent } from '../../codec/trace.ts';
import type { CardFamily } from '../card-families/family.ts';
import { pivFamily } from '../card-families/piv.ts';
import { type Problem, toProblem } from '../problem.ts';
import { type SourceOptions, sourcesFor } from '../sources.ts';
import { chooserReachable, environmentFacts } from './environment.ts';
import { environmentFindings, finding, readerFindings, slotFindings, sorted } from './findings.ts';
import { DiagnosticsLog } from './log.ts';
import { writeReport } from './report.ts';
import { testSlot } from './slot-test.ts';
import type {
  DiagnosticsFlow,
  DiagnosticsReady,
  DiagnosticsReport,
  DiagnosticsState,
  EnvironmentFact,
  Finding,
  LogRow,
  ReaderReport,
  ReportOptions,
  SlotReport,
} from './state.ts';
import { within } from './within.ts';

export interface DiagnosticsOptions extends SourceOptions {
  readonly clock?: Clock;
  /** Dates the certificates and the report. */
  readonly now?: () => Date;
  /** Card families to try, in order. Without it: PIV. */
  readonly families?: readonly CardFamily[];
  /** Receives every event of the driver, as the log does. */
  readonly trace?: Trace;
  /** Facts about browser and page; without it they are gathered anew at each look. */
  readonly environment?: () => readonly EnvironmentFact[];
}

/** Looking at one reader: a claim and a few control transfers. */
const LOOK_MS = 15_000;
/** One card position: some hundred commands on a slow card. */
const SLOT_MS = 180_000;
/** After this, what was aborted and does not end is left alone. */
const GRACE_MS = 5000;
/** Positions that are tested; a descriptor may claim 256. */
const MAX_SLOTS = 16;
/** Readers that are looked into. */
const MAX_READERS = 32;

type Step = Extract<DiagnosticsState, { kind: 'testing' }>['step'];
type Selected = NonNullable<DiagnosticsReady['selected']>;

/** Diagnostics of browser, readers and cards. Nothing happens before the first {@link DiagnosticsFlow.look}. */
export function createDiagnosticsFlow(options: DiagnosticsOptions = {}): DiagnosticsFlow {
  return new Diagnostics(options);
}

class Diagnostics implements DiagnosticsFlow {
  #state: DiagnosticsState = { kind: 'start' };
  readonly #options: DiagnosticsOptions;
  readonly #clock: Clock;
  readonly #log: DiagnosticsLog;
  readonly #listeners = new Set<() => void>();
  readonly #sources: readonly ReaderSource[];
  readonly #canRequest: boolean;
  #facts: readonly EnvironmentFact[] = [];
  #readers: readonly ReaderReport[] = [];
  #known = new Map<string, Reader>();
  #selected: Selected | undefined;
  #problem: Problem | undefined;
  #nothingChosen = false;
  /** The action that runs; one at a time. */
  #running: Promise<void> | undefined;
  #abort = new AbortController();
  #stale = false;
  #unwatch: (() => void)[] = [];

  constructor(options: DiagnosticsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = new DiagnosticsLog(this.#clock, () => this.#tell());
    const { openSources, environment } = sourcesFor(options);
    this.#sources = openSources((event) => this.#trace(event));
    this.#canRequest = this.#sources.length > 0 && (options.openSources !== undefined || chooserReachable(environment));
  }

  get state(): DiagnosticsState {
    return this.#state;
  }

  get log(): readonly LogRow[] {
    return this.#log.rows;
  }

  subscribe(listener: () => void): () => void {
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  look(): Promise<void> {
    return this.#run(this.#state.kind === 'start' || this.#state.kind === 'ready', async () => {
      this.#watch();
      this.#set({ kind: 'looking' });
      this.#nothingChosen = false;
      await this.#look();
    });
  }

  requestReader(): Promise<void> {
    // The chooser wants the click that led here: it is asked before anything is waited for.
    return this.#run(this.#state.kind === 'ready' && this.#canRequest, async () => {
      this.#problem = undefined;
      const source = this.#sources[0];
      try {
        this.#nothingChosen = (await source?.request()) === null;
      } catch (error) {
        this.#problem = toProblem(error, { cardState: 'untouched' });
        return;
      }
      await this.#look();
    });
  }

  test(readerId: string): Promise<void> {
    const reader = this.#known.get(readerId);
    return this.#run(this.#state.kind === 'ready' && reader !== undefined, async () => {
      if (reader !== undefined) await this.#test(reader);
    });
  }

  clearLog(): void {
    this.#log.clear();
  }

  report(options: ReportOptions): DiagnosticsReport {
    const shown = this.#state.kind === 'ready' || this.#state.kind === 'testing' ? this.#state : { environment: this.#environment() };
    const createdAt = this.#options.now?.() ?? new Date();
    return writeReport({ ...shown, log: this.log, createdAt }, options);
  }

  async release(): Promise<void> {
    for (const forget of this.#unwatch) forget();
    this.#unwatch = [];
    this.#abort.abort();
    await this.#running;
  }

  /** Runs one action, when it fits and nothing else runs. What it leaves behind is the state `ready`. Never rejects. */
  #run(fits: boolean, action: () => Promise<void>): Promise<void> {
    if (!fits || this.#running !== undefined) return this.#running ?? Promise.resolve();
    this.#abort = new AbortController();
    const running = action()
      .catch((error: unknown) => {
        this.#problem = toProblem(error, { cardState: 'unchanged' });
      })
      .then(async () => {
        // Readers that came or went meanwhile.
        for (let again = 0; this.#stale && again < 3 && !this.#abort.signal.aborted; again++) await this.#look();
        this.#stale = false;
        this.#running = undefined;
        this.#set(this.#ready());
      });
    this.#running = running;
    return running;
  }

  #watch(): void {
    if (this.#unwatch.length > 0) return;
    this.#unwatch = this.#sources.map((source) =>
      source.onChange(() => {
        this.#stale = true;
        if (this.#running === undefined) void this.#run(this.#state.kind === 'ready', () => Promise.resolve());
      }),
    );
  }

  #environment(): readonly EnvironmentFact[] {
    return (this.#options.environment ?? environmentFacts)();
  }

  /** Environment and readers anew; results of tests stay. */
  async #look(): Promise<void> {
    this.#stale = false;
    this.#problem = undefined;
    this.#facts = this.#environment();
    const known = new Map<string, Reader>();
    const reports: Promise<ReaderReport>[] = [];
    for (const source of this.#sources) {
      try {
        for (const reader of await this.#within(LOOK_MS, source.list())) {
          if (known.size >= MAX_READERS || known.has(reader.info.id)) continue;
          known.set(reader.info.id, reader);
          reports.push(this.#lookInto(source, reader));
        }
      } catch (error) {
        this.#problem = toProblem(error, { cardState: 'untouched' });
      }
    }
    this.#readers = await Promise.all(reports);
    this.#known = known;
  }

  async #lookInto(source: ReaderSource, reader: Reader): Promise<ReaderReport> {
    const { info } = reader;
    try {
      const description = await this.#within(LOOK_MS, reader.describe());
      return { info, description, verdict: await this.#within(LOOK_MS, source.access(reader)) };
    } catch (error) {
      return { info, problem: toProblem(error, { cardState: 'untouched' }) };
    }
  }

  async #test(reader: Reader): Promise<void> {
    const { info } = reader;
    const { signal } = this.#abort;
    let slots: readonly SlotReport[] = [];
    this.#nothingChosen = false;
    this.#problem = undefined;
    const show = (step: Step): void => {
      this.#trace({ layer: 'app', kind: 'step', step: 'diagnostics', detail: step });
      this.#selected = { info, slots };
      const { kind: _, ...ready } = this.#ready();
      this.#set({ ...ready, kind: 'testing', testing: info, step });
    };
    show('opening');
    let open: OpenReader | undefined;
    let problem: Problem | undefined;
    try {
      open = await this.#within(SLOT_MS, reader.open({ signal }));
      for (const slot of open.slots.slice(0, MAX_SLOTS)) {
        if (signal.aborted) throw new ChannelError('aborted', 'not-sent', 'given up');
        const ended = new AbortController();
        const { now = () => new Date(), families = [pivFamily] } = this.#options;
        const tested = await this.#within(
          SLOT_MS,
          testSlot(slot, { families, now, clock: this.#clock, trace: (event) => this.#trace(event), signal: ended.signal, onStep: show }),
          ended,
        );
        slots = [...slots, tested];
        this.#selected = { info, slots };
      }
    } catch (error) {
      problem = toProblem(error, { cardState: open === undefined ? 'untouched' : 'unchanged' });
    }
    this.#selected = { info, slots, ...(problem === undefined ? {} : { problem }) };
    await this.#within(GRACE_MS, open?.close() ?? Promise.resolve()).catch(() => undefined);
  }

  /** `work`, or a typed error when it does not end in time. Giving up of the flow ends it too. @param stop aborted when the time is over */
  #within<T>(ms: number, work: Promise<T>, stop = new AbortController()): Promise<T> {
    return within(this.#clock, work, { ms, graceMs: GRACE_MS, stop, given: this.#abort.signal });
  }

  #ready(): DiagnosticsReady {
    const { openSources, usb } = this.#options;
    const own = openSources !== undefined || usb !== undefined;
    const slots = this.#selected?.slots ?? [];
    const findings: Finding[] = [
      ...environmentFindings(this.#facts, own),
      ...this.#readers.flatMap(readerFindings),
      ...(this.#readers.length === 0 && this.#problem === undefined ? [finding('no-reader')] : []),
      ...(this.#selected?.problem === undefined ? [] : [finding('reader-test-failed', this.#selected.info.name)]),
      ...slots.flatMap((slot) => slotFindings(slot, slots.length === 1)),
    ];
    return {
      kind: 'ready',
      environment: this.#facts,
      readers: this.#readers,
      canRequest: this.#canRequest,
      nothingChosen: this.#nothingChosen,
      ...(this.#selected === undefined ? {} : { selected: this.#selected }),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
      findings: sorted(findings),
    };
  }

  #trace(event: TraceEvent): void {
    this.#log.add(event);
    this.#options.trace?.(event);
  }

  #set(state: DiagnosticsState): void {
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
