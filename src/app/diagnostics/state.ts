import type { DescriptionEntry, Presence, ReaderDescription, ReaderInfo } from '../../channel/types.ts';
import type { AccessVerdict } from '../../usb/access.ts';
import type { CardSummary } from '../card-summary.ts';
import type { Problem } from '../problem.ts';

/** A fact about browser and page. Keys; ui/ has the words. Where something is measured, `value` holds it. */
export interface EnvironmentFact {
  readonly key: EnvironmentFactKey;
  readonly state: 'yes' | 'no' | 'unknown';
  readonly value?: string;
}

export type EnvironmentFactKey =
  | 'browser'
  | 'operating-system'
  | 'secure-context'
  | 'webusb'
  | 'usb-allowed-by-policy'
  | 'isolated-web-app'
  | 'web-smart-card'
  | 'cross-origin-isolated'
  | 'web-assembly'
  | 'web-crypto';

export interface ReaderReport {
  readonly info: ReaderInfo;
  /** Undefined while it is looked into. */
  readonly verdict?: AccessVerdict;
  readonly description?: ReaderDescription;
  /** Why the description could not be read. */
  readonly problem?: Problem;
}

/** One row of a decoded structure. `personal` rows are masked in reports unless ticked in. */
export interface DecodedRow extends DescriptionEntry {
  readonly personal?: boolean;
  /** Nesting, 0 = top. */
  readonly level?: number;
}

export interface AppletReport {
  readonly key: AppletKey;
  /** Hexadecimal. */
  readonly aid: string;
  readonly state: 'found' | 'absent' | 'unclear';
  /** Status word of the SELECT. */
  readonly sw?: number;
}

export type AppletKey = 'piv' | 'gids' | 'openpgp' | 'plug-and-play';

export type FindingSeverity = 'info' | 'warning' | 'error';

/** One finding about environment, reader or card, most severe first. `code` is a key of the message catalogue. */
export interface Finding {
  readonly code: string;
  readonly severity: FindingSeverity;
  /** Where, 'PIV 9A' or a reader's name. */
  readonly place?: string;
  /** Index of the card position, on a reader that has several. */
  readonly slot?: number;
  /** Code to read out on the telephone, where the card family has one: 'P41'. */
  readonly short?: string;
}

/** A data object of the card. */
export interface ObjectReport {
  readonly name: string;
  readonly tag: string;
  readonly present: boolean;
  readonly lengthBytes: number;
  readonly problem?: string;
}

export interface CardReport {
  /** Hexadecimal octets with blanks. */
  readonly atr: string;
  readonly protocol: 'T=0' | 'T=1' | 'unknown';
  readonly atrRows: readonly DecodedRow[];
  readonly limits: readonly DecodedRow[];
  readonly applets: readonly AppletReport[];
  /** Undefined when no application that we know answers. */
  readonly card?: CardSummary;
  readonly applet: readonly DecodedRow[];
  readonly objects: readonly ObjectReport[];
  readonly findings: readonly Finding[];
}

export interface SlotReport {
  readonly index: number;
  readonly presence: Presence;
  readonly card?: CardReport;
  readonly problem?: Problem;
}

/** One line of the log: no bodies but those of public commands. */
export interface LogRow {
  /** Counts up; also the row's identity. */
  readonly number: number;
  /** Milliseconds since the log began. */
  readonly atMs: number;
  readonly layer: 'usb' | 'ccid' | 'card' | 'apdu' | 'minidriver' | 'other';
  readonly direction: 'out' | 'in' | 'none';
  /** Developer's English from the standards: 'SELECT', '9000 done', 'PC_to_RDR_XfrBlock'. */
  readonly text: string;
  readonly lengthBytes?: number;
  /** Hexadecimal, public commands only. */
  readonly body?: string;
  /** True when `body` may tell of a person: a certificate or an identifier read from the card. Masked unless ticked. */
  readonly personal?: boolean;
}

/** What goes into a report. Personal data are masked unless ticked. */
export interface ReportOptions {
  readonly includePersonal: boolean;
  readonly includeLog: boolean;
}

export interface DiagnosticsReport {
  readonly text: string;
  readonly json: string;
}

export type DiagnosticsState =
  | { readonly kind: 'start' }
  | { readonly kind: 'looking' }
  | DiagnosticsReady
  /** A reader is being tested. */
  | (Omit<DiagnosticsReady, 'kind'> & {
      readonly kind: 'testing';
      readonly testing: ReaderInfo;
      readonly step: 'opening' | 'power' | 'applets' | 'inspection';
    });

export interface DiagnosticsReady {
  readonly kind: 'ready';
  readonly environment: readonly EnvironmentFact[];
  readonly readers: readonly ReaderReport[];
  /** True when the browser can be asked for further readers. */
  readonly canRequest: boolean;
  /** True after the person closed the chooser without a choice. */
  readonly nothingChosen: boolean;
  /** The reader looked into last. */
  readonly selected?: { readonly info: ReaderInfo; readonly slots: readonly SlotReport[]; readonly problem?: Problem };
  /** Why readers could not be listed, or the chooser could not be shown. */
  readonly problem?: Problem;
  /** The verdict on top, most severe first. */
  readonly findings: readonly Finding[];
}

/** Diagnostics without a screen. Same manners as the enrollment flow: unfit actions do nothing, no action rejects. */
export interface DiagnosticsFlow {
  readonly state: DiagnosticsState;
  readonly log: readonly LogRow[];
  /** Calls back after each change of state or log; returns the unsubscriber. */
  subscribe(listener: () => void): () => void;
  /** Environment and readers. */
  look(): Promise<void>;
  /** Opens the browser's chooser: call it from a click. */
  requestReader(): Promise<void>;
  /** Opens, powers and reads; changes nothing on the card and sends no PIN. */
  test(readerId: string): Promise<void>;
  clearLog(): void;
  report(options: ReportOptions): DiagnosticsReport;
  /** Frees reader and card at once, for pagehide. */
  release(): Promise<void>;
}
