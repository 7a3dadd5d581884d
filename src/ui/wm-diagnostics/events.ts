import type { DiagnosticsState } from '../../app/diagnostics/state.ts';

/** Diagnostics are in another state. */
export interface DiagnosticsStateDetail {
  readonly kind: DiagnosticsState['kind'];
}

/** A reader was tested. Codes only: nothing that identifies a person. */
export interface TestedDetail {
  readonly reader: string;
  readonly simulated: boolean;
  /** Codes of what was found, most severe first. */
  readonly findings: readonly string[];
}

/** The events of `<wm-diagnostics>` by name. */
export interface WmDiagnosticsEventMap {
  'wm-state': CustomEvent<DiagnosticsStateDetail>;
  'wm-tested': CustomEvent<TestedDetail>;
}
