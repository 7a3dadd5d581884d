import { describe, expect, it } from 'vitest';
import { PROBLEM_CARD_STATES, PROBLEM_NEXTS, PROBLEM_WHATS } from '../../../src/app/problem/keys.ts';
import { LANGUAGES } from '../../../src/ui/messages/catalogue.ts';
import { diagnostics } from '../../../src/ui/messages/en/diagnostics.ts';
import { enroll } from '../../../src/ui/messages/en/enroll.ts';
import { pages } from '../../../src/ui/messages/en/pages.ts';
import { readers } from '../../../src/ui/messages/en/readers.ts';
import { shared } from '../../../src/ui/messages/en/shared.ts';
import { languageOf, translate, type Words } from '../../../src/ui/messages/load.ts';

type Own = Words<'shared' | 'enroll' | 'readers' | 'pages' | 'diagnostics'>;

const english: Own = { shared, enroll, readers, pages, diagnostics };

/** Every text of a catalogue by its path; functions are left to the types. */
function texts(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => texts(each, `${path}/${key}`));
}

/** Texts that no person should see: empty, with blanks at the ends or in pairs, with a forgotten placeholder, with a straight quotation mark. */
function badTexts(catalogue: unknown): string[] {
  return texts(catalogue)
    .filter(([path, text]) => !/\/command$/.test(path) && (text.trim() === '' || text !== text.trim() || / {2}|undefined|\$\{|\bTBD\b|"/.test(text)))
    .map(([path]) => path);
}

const shape = (value: unknown, path = ''): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, each]) => shape(each, `${path}/${key}`))
    : [`${path}: ${typeof value}`];

describe('words', () => {
  it('every key of a problem has its words', () => {
    const { whats, cardStates, nexts } = shared.problem;
    expect(Object.keys(whats).sort()).toEqual([...PROBLEM_WHATS].sort());
    expect(Object.keys(cardStates).sort()).toEqual([...PROBLEM_CARD_STATES].sort());
    expect(Object.keys(nexts).sort()).toEqual([...PROBLEM_NEXTS].sort());
  });

  it.each(LANGUAGES)('%s: no empty or unfinished text', async (language) => {
    expect(badTexts(await translate(language, english))).toEqual([]);
  });

  it('a planted unfinished text is caught', () => {
    expect(badTexts({ a: '', b: ' x', c: { d: 'undefined tries' }, e: 'fine' })).toEqual(['/a', '/b', '/c/d']);
  });

  it.each(LANGUAGES)('%s: same keys as in English, and counted nouns agree with their number', async (language) => {
    const words = await translate(language, english);
    expect(shape(words).sort()).toEqual(shape(english).sort());
    const one = words.shared.triesLeft(1);
    expect(one).toMatch(/1/);
    expect(words.shared.triesLeft(2).replace('2', '1')).not.toBe(one);
    expect(words.enroll.pin.rules(6, 8)).toMatch(/6.*8/);
    expect(words.enroll.pin.rules(8, 8)).not.toMatch(/8.*8/);
  });

  /** Proper names, 'Web Smart Card API', are the same everywhere: a sentence has a word in small letters. */
  it('German is German: no sentence is left in English', async () => {
    const german = new Map(texts(await translate('de', english)));
    const same = texts(english).filter(([path, text]) => german.get(path) === text && / [a-z]/.test(text) && !/\/command$/.test(path));
    expect(same).toEqual([]);
  });

  it.each([
    ['de', 'de'],
    ['de-AT', 'de'],
    ['DE', 'de'],
    ['den', 'en'],
    ['en-GB', 'en'],
    ['fr', 'en'],
    ['', 'en'],
  ])('the tag %j speaks %s', (tag, language) => {
    expect(languageOf(tag)).toBe(language);
  });
});
