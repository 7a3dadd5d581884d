import type { ReactiveControllerHost } from 'lit';
import type { EnrollmentFlow, EnrollmentState } from '../../app/enrollment/state.ts';
import { FlowHost, NOT_LOADED } from '../parts/flow-host.ts';

/** Leaving the page in these states may cost a key or a certificate: the browser asks first. */
const DELICATE: readonly EnrollmentState['kind'][] = ['provisioning', 'generating', 'writing', 'changing-secret'];

/** Nothing is under way: a new flow may take the place of the old one at once. */
const NOTHING_OPEN: readonly EnrollmentState['kind'][] = ['start', 'unsupported', 'no-reader', 'choose-reader'];

/** An enrollment is over; its result stays on the screen until the next one starts. */
const OVER: readonly EnrollmentState['kind'][] = ['done', 'failed', 'cancelled'];

/** The enrollment's flow: what it was made with may change while it runs, and the page is not left lightly. */
export class EnrollmentHost extends FlowHost<EnrollmentState, EnrollmentFlow> {
  #stale = false;

  constructor(
    host: ReactiveControllerHost & HTMLElement,
    create: () => Promise<EnrollmentFlow>,
    changed: (now: EnrollmentState, before: EnrollmentState) => void,
  ) {
    super(host, { kind: 'start' }, create, changed);
    host.addController(this);
  }

  protected notLoaded(): void {
    this.show({
      kind: 'failed',
      problem: NOT_LOADED,
      balance: { key: 'unchanged', certificate: 'unchanged', resumable: false },
      during: 'reader',
    });
  }

  override hostConnected(): void {
    super.hostConnected();
    window.addEventListener('beforeunload', this.#ask);
  }

  override hostDisconnected(): void {
    super.hostDisconnected();
    window.removeEventListener('beforeunload', this.#ask);
  }

  readonly #ask = (event: BeforeUnloadEvent): void => {
    if (DELICATE.includes(this.state.kind)) event.preventDefault();
  };

  override use(flow: EnrollmentFlow | undefined): void {
    this.#stale = false;
    super.use(flow);
  }

  /** What the flow was made with has changed: that counts from the next enrollment on. One that is under way is not disturbed. */
  renew(): void {
    this.#stale = this.begun;
    if (this.#stale && NOTHING_OPEN.includes(this.state.kind)) this.use(undefined);
  }

  override async act(action: (flow: EnrollmentFlow) => Promise<void>): Promise<void> {
    if (this.#stale && OVER.includes(this.state.kind)) this.use(undefined);
    await super.act(action);
  }
}
