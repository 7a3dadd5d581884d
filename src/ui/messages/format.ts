import type { Language } from './catalogue.ts';

/** Forms of a counted noun; `other` serves where a language has no form of its own. */
export interface PluralForms {
  readonly one: string;
  readonly other: string;
}

const rules = new Map<Language, Intl.PluralRules>();
const dates = new Map<Language, Intl.DateTimeFormat>();

/** The form that fits `count`, with `#` replaced by the number. */
export function plural(language: Language, count: number, forms: PluralForms): string {
  let rule = rules.get(language);
  if (rule === undefined) rules.set(language, (rule = new Intl.PluralRules(language)));
  const form = rule.select(count) === 'one' ? forms.one : forms.other;
  return form.replaceAll('#', new Intl.NumberFormat(language).format(count));
}

/** A calendar day, '24 November 2026'. Certificates speak in UTC, so does this. */
export function day(language: Language, date: Date): string {
  let format = dates.get(language);
  const locale = language === 'en' ? 'en-GB' : language;
  if (format === undefined) dates.set(language, (format = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })));
  return Number.isNaN(date.getTime()) ? '?' : format.format(date);
}

/** Hexadecimal text in pairs, for reading aloud and comparing. Words that stand in its place, '(masked)', stay as they are. */
export function spacedHex(hex: string): string {
  if (/[^0-9a-f\s:-]/i.test(hex)) return hex;
  return hex
    .replace(/[^0-9a-f]/gi, '')
    .replace(/(..)(?=.)/g, '$1 ')
    .toUpperCase();
}
