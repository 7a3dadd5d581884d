import type { Catalogue, Language } from './catalogue.ts';

/** A part of the catalogue. */
export type Part = keyof Catalogue;

/** The parts that an element uses. */
export type Words<P extends Part> = Pick<Catalogue, P>;

type Loaders = { readonly [P in Part]?: () => Promise<Catalogue[P]> };

/** German, fetched when a page asks for it. A part that is not here stays English. */
const GERMAN: Loaders = {
  shared: async () => (await import('./de/shared.ts')).shared,
  enroll: async () => (await import('./de/enroll.ts')).enroll,
  readers: async () => (await import('./de/readers.ts')).readers,
  pages: async () => (await import('./de/pages.ts')).pages,
  diagnostics: async () => (await import('./de/diagnostics.ts')).diagnostics,
};

/** The language to speak for a language tag (RFC 5646): its first subtag decides, English is the fallback. */
export function languageOf(tag: string): Language {
  return /^de(-|$)/i.test(tag) ? 'de' : 'en';
}

/** The nearest `lang` above an element, out of shadow trees too. Empty text where nothing is declared. */
export function inheritedLanguageTag(element: Element): string {
  for (let at: Element | undefined = element; at !== undefined;) {
    const declared: string | null | undefined = at.closest('[lang]')?.getAttribute('lang');
    if (declared !== null && declared !== undefined) return declared;
    const root: Node = at.getRootNode();
    at = root instanceof ShadowRoot ? root.host : undefined;
  }
  return '';
}

/** The words of `english` in another language. Rejects when they can't be fetched. */
export async function translate<P extends Part>(language: Language, english: Words<P>): Promise<Words<P>> {
  if (language === 'en') return english;
  const parts = Object.keys(english) as P[];
  const loaded = await Promise.all(parts.map(async (part) => [part, (await GERMAN[part]?.()) ?? english[part]] as const));
  return Object.fromEntries(loaded) as Words<P>;
}
