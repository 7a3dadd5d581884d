import type { CardDefect, PivProfileName } from '../../src/simulator/card/index.ts';

/** The part of a card's options that fits in JSON. */
export interface CardOrder {
  readonly profile: PivProfileName;
  readonly serial?: number;
  readonly managementAlgorithm?: number;
  readonly defects?: readonly CardDefect[];
  /** What `save()` gave. */
  readonly image?: unknown;
  /** Commands that never reach the card, by their beginning as hexadecimal, and the status word each gets. */
  readonly spoiled?: Readonly<Record<string, string>>;
}

/** What the process inside the namespaces does, one at a time. Files are names in its own scratch folder, where tools run. */
export type Order =
  | { readonly op: 'card'; readonly options: CardOrder }
  | {
      readonly op: 'run';
      readonly argv: readonly string[];
      readonly timeoutMs: number;
      readonly input?: string;
      readonly env?: Readonly<Record<string, string>>;
    }
  | { readonly op: 'journal' }
  /** The inserted card's image, as JSON. */
  | { readonly op: 'save' }
  | { readonly op: 'write'; readonly file: string; readonly base64: string }
  | { readonly op: 'read'; readonly file: string }
  | { readonly op: 'log' };

/** How an order ended. Output of tools is latin1, one character an octet. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}
