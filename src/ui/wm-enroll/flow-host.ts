import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { EnrollmentFlow, EnrollmentState } from '../../app/enrollment/state.ts';

const START: EnrollmentState = { kind: 'start' };

/** Shown when the flow's own code can't be fetched: there is no flow then that could say so. */
const NOT_LOADED: EnrollmentState = {
  kind: 'failed',
  problem: { code: 'Z02', what: 'not-loaded', cardState: 'untouched', next: ['retry'], detail: { trail: ['ui:import'] } },
  balance: { key: 'unchanged', certificate: 'unchanged', resumable: false },
  during: 'reader',
};

/** Leaving the page in these states may cost a key or a certificate: the browser asks first. */
const DELICATE: readonly EnrollmentState['kind'][] = ['provisioning', 'generating', 'writing', 'changing-secret'];

/** Nothing is under way: a new flow may take the place of the old one at once. */
const NOTHING_OPEN: readonly EnrollmentState['kind'][] = ['start', 'unsupported', 'no-reader', 'choose-reader'];

/** An enrollment is over; its result stays on the screen until the next one starts. */
const OVER: readonly EnrollmentState['kind'][] = ['done', 'failed', 'cancelled'];

/** Owns the flow of an element: fetches its code when it is needed, follows its state, frees the card when the page goes. */
export class FlowHost implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #create: () => Promise<EnrollmentFlow>;
  readonly #changed: (now: EnrollmentState, before: EnrollmentState) => void;
  #flow: EnrollmentFlow | undefined;
  #pending: Promise<EnrollmentFlow> | undefined;
  #unsubscribe: (() => void) | undefined;
  #stale = false;
  #state: EnrollmentState = START;

  constructor(
    host: ReactiveControllerHost & HTMLElement,
    create: () => Promise<EnrollmentFlow>,
    changed: (now: EnrollmentState, before: EnrollmentState) => void,
  ) {
    this.#host = host;
    this.#create = create;
    this.#changed = changed;
    host.addController(this);
  }

  get state(): EnrollmentState {
    return this.#state;
  }

  get flow(): EnrollmentFlow | undefined {
    return this.#flow;
  }

  hostConnected(): void {
    window.addEventListener('pagehide', this.#leave);
    window.addEventListener('beforeunload', this.#ask);
  }

  hostDisconnected(): void {
    window.removeEventListener('pagehide', this.#leave);
    window.removeEventListener('beforeunload', this.#ask);
    // Moving an element within a page disconnects and connects it at once; only a lasting removal frees the card.
    queueMicrotask(() => {
      if (!this.#host.isConnected) this.#leave();
    });
  }

  readonly #leave = (): void => {
    void this.#flow?.release();
  };

  readonly #ask = (event: BeforeUnloadEvent): void => {
    if (DELICATE.includes(this.#state.kind)) event.preventDefault();
  };

  /** Takes over a flow made elsewhere, or with undefined lets go of the present one: the next action makes a new one. */
  use(flow: EnrollmentFlow | undefined): void {
    if (flow === this.#flow && this.#pending === undefined) return;
    this.#unsubscribe?.();
    if (this.#flow !== undefined && this.#flow !== flow) void this.#flow.release();
    this.#pending = undefined;
    this.#stale = false;
    this.#flow = flow;
    this.#unsubscribe = flow?.subscribe((state) => this.#show(state));
    this.#show(flow?.state ?? START);
  }

  /** What the flow was made with has changed: that counts from the next enrollment on. One that is under way is not disturbed. */
  renew(): void {
    this.#stale = this.#flow !== undefined || this.#pending !== undefined;
    if (this.#stale && NOTHING_OPEN.includes(this.#state.kind)) this.use(undefined);
  }

  /** Fetches the code of the flow and makes it, once. */
  async prepare(): Promise<EnrollmentFlow | undefined> {
    if (this.#flow !== undefined) return this.#flow;
    const pending = (this.#pending ??= this.#create());
    try {
      const flow = await pending;
      if (this.#pending === pending) this.use(flow);
    } catch {
      if (this.#pending === pending) this.#pending = undefined;
    }
    return this.#flow;
  }

  /** Runs an action. With a flow at hand it starts before this returns: the browser's chooser needs the click. */
  async act(action: (flow: EnrollmentFlow) => Promise<void>): Promise<void> {
    if (this.#stale && OVER.includes(this.#state.kind)) this.use(undefined);
    const flow = this.#flow ?? (await this.prepare());
    if (flow === undefined) this.#show(NOT_LOADED);
    else await action(flow);
  }

  #show(state: EnrollmentState): void {
    const before = this.#state;
    this.#state = state;
    this.#host.requestUpdate();
    if (state !== before) this.#changed(state, before);
  }
}
