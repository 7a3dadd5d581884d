import type { Language, PagesMessages } from '../../src/ui/messages/catalogue.ts';
import { pages } from '../../src/ui/messages/en/pages.ts';
import { languageOf, translate } from '../../src/ui/messages/load.ts';

const KEPT = 'web-minidriver.language';

/** What the person chose earlier, else what the browser asks for. */
export function wantedLanguage(): Language {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // A browser that keeps nothing: its own language decides.
  }
  return languageOf(kept ?? navigator.language);
}

export function keepLanguage(language: Language): void {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // Asked again at the next visit then.
  }
}

/** The pages' words; English where a language has none or they can't be fetched. */
export async function pageWords(language: Language): Promise<PagesMessages> {
  try {
    return (await translate(language, { pages })).pages;
  } catch {
    return pages;
  }
}

/** Names of the languages in themselves. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };
