import type { ReactiveControllerHost } from 'lit';
import type { DiagnosticsFlow, DiagnosticsState } from '../../app/diagnostics/state.ts';
import type { Problem } from '../../app/problem.ts';
import { FlowHost, NOT_LOADED } from '../parts/flow-host.ts';

/** The diagnostics' flow. Its states have no failure of their own: why there is no flow is told beside them. */
export class DiagnosticsHost extends FlowHost<DiagnosticsState, DiagnosticsFlow> {
  #problem: Problem | undefined;

  constructor(
    host: ReactiveControllerHost & HTMLElement,
    create: () => Promise<DiagnosticsFlow>,
    changed: (now: DiagnosticsState, before: DiagnosticsState) => void,
  ) {
    super(host, { kind: 'start' }, create, changed);
    host.addController(this);
  }

  /** Why there is no flow. */
  get problem(): Problem | undefined {
    return this.#problem;
  }

  protected notLoaded(): void {
    this.#problem = NOT_LOADED;
    this.host.requestUpdate();
  }

  override use(flow: DiagnosticsFlow | undefined): void {
    this.#problem = undefined;
    super.use(flow);
  }
}
