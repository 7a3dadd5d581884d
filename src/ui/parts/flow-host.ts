import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Problem } from '../../app/problem.ts';

/** What a flow of app/ is to the element that shows it. */
export interface HostedFlow<State> {
  readonly state: State;
  subscribe(listener: () => void): () => void;
  release(): Promise<void>;
}

/** Shown when the flow's own code can't be fetched: there is no flow then that could say so. */
export const NOT_LOADED: Problem = { code: 'Z02', what: 'not-loaded', cardState: 'untouched', next: ['retry'], detail: { trail: ['ui:import'] } };

/**
 * Owns the flow of an element: fetches its code when it is needed, follows its state, frees the reader when the page goes. A class made of
 * it adds itself to the element at the end of its own constructor: an element that is in a page already calls back at once.
 */
export abstract class FlowHost<State, Flow extends HostedFlow<State>> implements ReactiveController {
  protected readonly host: ReactiveControllerHost & HTMLElement;
  readonly #start: State;
  readonly #create: () => Promise<Flow>;
  readonly #changed: (now: State, before: State) => void;
  #flow: Flow | undefined;
  #pending: Promise<Flow> | undefined;
  #unsubscribe: (() => void) | undefined;
  #state: State;

  constructor(host: ReactiveControllerHost & HTMLElement, start: State, create: () => Promise<Flow>, changed: (now: State, before: State) => void) {
    this.host = host;
    this.#start = start;
    this.#state = start;
    this.#create = create;
    this.#changed = changed;
  }

  /** The flow's code could not be fetched. */
  protected abstract notLoaded(): void;

  get state(): State {
    return this.#state;
  }

  get flow(): Flow | undefined {
    return this.#flow;
  }

  /** True from the first wish for a flow on. */
  protected get begun(): boolean {
    return this.#flow !== undefined || this.#pending !== undefined;
  }

  hostConnected(): void {
    window.addEventListener('pagehide', this.#leave);
  }

  hostDisconnected(): void {
    window.removeEventListener('pagehide', this.#leave);
    // Moving an element within a page disconnects and connects it at once; only a lasting removal frees the card.
    queueMicrotask(() => {
      if (!this.host.isConnected) this.#leave();
    });
  }

  readonly #leave = (): void => {
    void this.#flow?.release();
  };

  /** Takes over a flow made elsewhere, or with undefined lets go of the present one: the next action makes a new one. */
  use(flow: Flow | undefined): void {
    if (flow === this.#flow && this.#pending === undefined) return;
    this.#unsubscribe?.();
    if (this.#flow !== undefined && this.#flow !== flow) void this.#flow.release();
    this.#pending = undefined;
    this.#flow = flow;
    this.#unsubscribe = flow?.subscribe(() => this.show(flow.state));
    this.show(flow?.state ?? this.#start);
  }

  /** Fetches the code of the flow and makes it, once. */
  async prepare(): Promise<Flow | undefined> {
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
  async act(action: (flow: Flow) => Promise<void>): Promise<void> {
    const flow = this.#flow ?? (await this.prepare());
    if (flow === undefined) this.notLoaded();
    else await action(flow);
  }

  protected show(state: State): void {
    const before = this.#state;
    this.#state = state;
    this.host.requestUpdate();
    if (state !== before) this.#changed(state, before);
  }
}
