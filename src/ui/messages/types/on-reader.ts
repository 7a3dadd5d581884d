import type { ReaderEntryPurpose } from '../../../app/enrollment/state.ts';

/** Words of PIN entry on a reader's own keys. */
export interface OnReaderMessages {
  /** The buttons that begin it, and those that choose between reader and page. */
  readonly action: Readonly<Record<'unlock' | 'change-pin' | 'again', string>>;
  readonly useReader: string;
  readonly usePage: string;
  readonly titles: Readonly<Record<ReaderEntryPurpose, string>>;
  text(purpose: ReaderEntryPurpose, place: string): string;
  /** What the person does, in order. */
  readonly steps: Readonly<Record<'verify' | 'change', readonly string[]>>;
  readonly secrecy: string;
  readonly cancel: string;
  readonly overTitle: string;
  readonly overText: string;
  asks(count: number): string;
}
