import type { FindingCode } from '../../../app/diagnostics/findings.ts';
import type { AppletKey, AppletReport, EnvironmentFactKey, FindingSeverity, LogRow, SlotReport } from '../../../app/diagnostics/state.ts';
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
  /** What was found, and the remedy. */
  readonly findings: Readonly<Record<FindingCode, Titled>>;
  unknownFinding(code: string): Titled;
  findingCode(short: string): string;
  readonly environmentTitle: string;
  readonly environmentColumns: { readonly fact: string; readonly state: string };
  readonly facts: Readonly<Record<EnvironmentFactKey, string>>;
  readonly factStates: { readonly yes: string; readonly no: string; readonly unknown: string };
  readonly readersTitle: string;
  readonly noReaders: string;
  readonly noDoor: string;
  readonly nothingChosen: string;
  readonly add: string;
  readonly test: string;
  testNamed(name: string): string;
  readonly testHint: string;
  testing(name: string): string;
  readonly testSteps: Readonly<Record<'opening' | 'power' | 'applets' | 'inspection', string>>;
  /** Spoken when a test is over, and shown with its results. Counts are those of all findings. */
  testDone(errors: number, warnings: number): string;
  readonly toFindings: string;
  readonly descriptor: string;
  readonly deviceFacts: string;
  readonly ccidFacts: string;
  readonly noCcidFacts: string;
  readonly quirks: string;
  /** Head of a table of decoded fields. */
  readonly rowColumns: { readonly name: string; readonly value: string };
  resultsTitle(name: string): string;
  slotTitle(number: number): string;
  readonly presence: Readonly<Record<SlotReport['presence'], string>>;
  readonly noSlots: string;
  readonly cardTitle: string;
  readonly cardFacts: {
    readonly name: string;
    readonly cardId: string;
    readonly serial: string;
    readonly pin: string;
    readonly puk: string;
    readonly managementKey: string;
  };
  readonly factoryValue: string;
  readonly behindPin: string;
  readonly algorithmUnknown: string;
  readonly triesUnknown: string;
  readonly atr: string;
  readonly atrDecoded: string;
  readonly limits: string;
  readonly protocol: string;
  readonly applets: string;
  readonly appletColumns: { readonly name: string; readonly state: string };
  readonly appletNames: Readonly<Record<AppletKey, string>>;
  readonly appletStates: Readonly<Record<AppletReport['state'], string>>;
  appletStatus(sw: string): string;
  readonly applicationTitle: string;
  readonly slotsTitle: string;
  readonly placeColumns: { readonly place: string; readonly certificate: string };
  readonly showCertificate: string;
  emptyPlaces(count: number): string;
  readonly noKey: string;
  readonly noCertificate: string;
  readonly unreadable: string;
  readonly otherKey: string;
  readonly pinAlways: string;
  readonly origins: { readonly generated: string; readonly imported: string };
  readonly objectsTitle: string;
  readonly objectColumns: { readonly name: string; readonly state: string };
  readonly objectProblems: { readonly 'not-authenticated': string; readonly refused: string; readonly 'bad-answer': string };
  absentObjects(count: number): string;
  bytes(count: number): string;
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
  readonly logLayers: Readonly<Record<LogRow['layer'], string>>;
  readonly logClear: string;
  readonly logPause: string;
  readonly logResume: string;
  readonly logPaused: string;
  readonly directions: { readonly out: string; readonly in: string; readonly none: string };
  /** How many rows fit the filter, and how many of them are on the screen. */
  logRows(count: number, shown: number): string;
  readonly reportTitle: string;
  readonly reportText: string;
  readonly includePersonal: string;
  readonly includeLog: string;
  readonly reportPreview: string;
  readonly copyReport: string;
  readonly downloadReport: string;
  readonly downloadJson: string;
}
