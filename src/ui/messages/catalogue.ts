import type { DiagnosticsMessages, ReadersMessages } from './types/diagnostics.ts';
import type { EnrollMessages } from './types/enroll.ts';
import type { PagesMessages } from './types/pages.ts';
import type { SharedMessages } from './types/shared.ts';

export type { DiagnosticsMessages, ReadersMessages } from './types/diagnostics.ts';
export type { EnrollMessages } from './types/enroll.ts';
export type { PagesMessages } from './types/pages.ts';
export type { RemedyText, SharedMessages, Titled } from './types/shared.ts';

/** The languages the words exist in. */
export type Language = 'en' | 'de';

export const LANGUAGES: readonly Language[] = ['en', 'de'];

/** The parts of the catalogue; an element loads those it needs. */
export interface Catalogue {
  readonly shared: SharedMessages;
  readonly enroll: EnrollMessages;
  readonly readers: ReadersMessages;
  readonly diagnostics: DiagnosticsMessages;
  readonly pages: PagesMessages;
}
