import type { AppletKey, AppletReport, EnvironmentFactKey, FindingSeverity, SlotReport } from '../../../app/diagnostics/state.ts';
import type { Titled } from './shared.ts';

/** Words of the reader list on the start page. */
export interface ReadersMessages {
  readonly title: string;
  readonly looking: string;
  readonly start: Titled & { readonly action: string };
  readonly none: Titled;
  readonly nothingChosen: string;
  readonly add: string;
  readonly refresh: string;
  readonly use: string;
  readonly environment: string;
}

/** Words of the diagnostics element. */
export interface DiagnosticsMessages {
  readonly start: Titled & { readonly action: string };
  readonly looking: Titled;
  readonly title: string;
  readonly refresh: string;
  readonly findingsTitle: string;
  readonly noFindings: string;
  readonly severities: Readonly<Record<FindingSeverity, string>>;
  /** By `Finding.code`: what was found, and the remedy. */
  readonly findings: Readonly<Record<string, Titled>>;
  unknownFinding(code: string): Titled;
  readonly environmentTitle: string;
  readonly facts: Readonly<Record<EnvironmentFactKey, string>>;
  readonly factStates: { readonly yes: string; readonly no: string; readonly unknown: string };
  readonly readersTitle: string;
  readonly noReaders: string;
  readonly nothingChosen: string;
  readonly add: string;
  readonly test: string;
  testNamed(name: string): string;
  readonly testHint: string;
  testing(name: string): string;
  readonly testSteps: Readonly<Record<'opening' | 'power' | 'applets' | 'inspection', string>>;
  readonly descriptor: string;
  readonly deviceFacts: string;
  readonly ccidFacts: string;
  readonly quirks: string;
  readonly resultsTitle: (name: string) => string;
  slotTitle(number: number): string;
  readonly presence: Readonly<Record<SlotReport['presence'], string>>;
  readonly noSlots: string;
  readonly cardTitle: string;
  readonly atr: string;
  readonly atrDecoded: string;
  readonly limits: string;
  readonly protocol: string;
  readonly applets: string;
  readonly appletNames: Readonly<Record<AppletKey, string>>;
  readonly appletStates: Readonly<Record<AppletReport['state'], string>>;
  appletStatus(sw: string): string;
  readonly applicationTitle: string;
  readonly slotsTitle: string;
  readonly objectsTitle: string;
  readonly objectColumns: { readonly name: string; readonly tag: string; readonly state: string; readonly size: string };
  readonly present: string;
  readonly absent: string;
  readonly masked: string;
  readonly showPersonal: string;
  readonly logTitle: string;
  readonly logHint: string;
  readonly logEmpty: string;
  readonly logColumns: { readonly time: string; readonly layer: string; readonly direction: string; readonly text: string; readonly bytes: string };
  readonly logLayer: string;
  readonly logAll: string;
  readonly logClear: string;
  readonly logPause: string;
  readonly logResume: string;
  readonly directions: { readonly out: string; readonly in: string; readonly none: string };
  logRows(count: number): string;
  readonly reportTitle: string;
  readonly reportText: string;
  readonly includePersonal: string;
  readonly includeLog: string;
  readonly reportPreview: string;
  readonly copyReport: string;
  readonly downloadReport: string;
  readonly downloadJson: string;
}
