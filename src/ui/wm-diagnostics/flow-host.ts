import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { DiagnosticsFlow, DiagnosticsState } from '../../app/diagnostics/state.ts';
import type { Problem } from '../../app/problem.ts';

const START: DiagnosticsState = { kind: 'start' };

/** Shown when the flow's own code can't be fetched: there is no flow then that could say so. */
const NOT_LOADED: Problem = { code: 'Z02', what: 'not-loaded', cardState: 'untouched', next: ['retry'], detail: { trail: ['ui:import'] } };

/** Owns the flow of the element: fetches its code with the first action, follows its state, frees the reader when the page goes. */
export class FlowHost implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #create: () => Promise<DiagnosticsFlow>;
  readonly #changed: (now: DiagnosticsState, before: DiagnosticsState) => void;
  #flow: DiagnosticsFlow | undefined;
  #pending: Promise<DiagnosticsFlow> | undefined;
  #unsubscribe: (() => void) | undefined;
  #state = START;
  #problem: Problem | undefined;

  constructor(
    host: ReactiveControllerHost & HTMLElement,
    create: () => Promise<DiagnosticsFlow>,
    changed: (now: DiagnosticsState, before: DiagnosticsState) => void,
  ) {
    this.#host = host;
    this.#create = create;
    this.#changed = changed;
    host.addController(this);
  }

  get state(): DiagnosticsState {
    return this.#state;
  }

  get flow(): DiagnosticsFlow | undefined {
    return this.#flow;
  }

  /** Why there is no flow. */
  get problem(): Problem | undefined {
    return this.#problem;
  }

  hostConnected(): void {
    window.addEventListener('pagehide', this.#leave);
  }

  hostDisconnected(): void {
    window.removeEventListener('pagehide', this.#leave);
    // Moving an element within a page disconnects and connects it at once; only a lasting removal frees the reader.
    queueMicrotask(() => {
      if (!this.#host.isConnected) this.#leave();
    });
  }

  readonly #leave = (): void => {
    void this.#flow?.release();
  };

  /** Takes over a flow made elsewhere, or with undefined lets go of the present one: the next action makes a new one. */
  use(flow: DiagnosticsFlow | undefined): void {
    this.#unsubscribe?.();
    if (this.#flow !== undefined && this.#flow !== flow) void this.#flow.release();
    this.#pending = undefined;
    this.#problem = undefined;
    this.#flow = flow;
    this.#unsubscribe = flow?.subscribe(() => this.#show(flow.state));
    this.#show(flow?.state ?? START);
  }

  /** Runs an action. With a flow at hand it starts before this returns: the browser's chooser needs the click. */
  async act(action: (flow: DiagnosticsFlow) => Promise<void>): Promise<void> {
    const flow = this.#flow ?? (await this.#prepare());
    if (flow !== undefined) await action(flow);
  }

  async #prepare(): Promise<DiagnosticsFlow | undefined> {
    const pending = (this.#pending ??= this.#create());
    try {
      const flow = await pending;
      if (this.#pending === pending) this.use(flow);
    } catch {
      if (this.#pending === pending) this.#pending = undefined;
      this.#problem = NOT_LOADED;
      this.#host.requestUpdate();
    }
    return this.#flow;
  }

  #show(state: DiagnosticsState): void {
    const before = this.#state;
    this.#state = state;
    this.#host.requestUpdate();
    if (state !== before) this.#changed(state, before);
  }
}
