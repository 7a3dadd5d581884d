import type { DiagnosticsFlow, LogRow, ReportOptions } from '../../app/diagnostics/state.ts';
import type { DiagnosticsMessages } from '../messages/catalogue.ts';
import type { Kit } from '../parts/index.ts';

/** What the person has set on the screen; nothing of it leaves the element. */
export interface Choices {
  showPersonal: boolean;
  report: ReportOptions;
  layer: LogRow['layer'] | 'all';
  /** Rows as they were when the log was paused. */
  paused: readonly LogRow[] | undefined;
}

/** What the views get. */
export interface ViewContext extends Kit {
  readonly words: DiagnosticsMessages;
  readonly choices: Choices;
  act(action: (flow: DiagnosticsFlow) => Promise<void> | void): void;
  /** Shows changed choices. */
  refresh(): void;
}
