import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENTRY_POINT_VERSIONS } from '../../../src/minidriver/cardmod/card-data.ts';
import { corporaAbsent } from '../../corpora.ts';
import { OPEN_PLACES } from './open-places.ts';

/* CHOICES.md and the code say the same. */

const src = new URL('../../../src/', import.meta.url);
/** Without the blanks that make columns. */
const page = readFileSync(new URL('minidriver/CHOICES.md', src), 'utf8').replace(/ {2,}/g, ' ');

/** Names that comments give: "CHOICES.md, a-name, another-name". */
function named(source: string): string[] {
  const joined = source.replace(/\n\s*(\*|\/\/)\s?/g, ' ');
  return [...joined.matchAll(/CHOICES\.md,? ([a-z0-9-]+(?:(?:,| and) [a-z0-9]+-[a-z0-9-]+)*)/g)].flatMap((found) =>
    (found[1] ?? '').split(/, | and /),
  );
}

/** Names in the first column of the tables of choices. */
function listed(markdown: string): string[] {
  const tables = markdown.split(/^## /m).filter((section) => section.includes('| Choice | Why |'));
  return tables.flatMap((section) => [...section.matchAll(/^\| ([a-z0-9-]+) \| (text|kit|drivers|open|PIV) \| \S/gm)].map((found) => found[1] ?? ''));
}

/** Functions in the table of what PIV gives. */
function functions(markdown: string): string[] {
  const section = markdown.split(/^## /m).find((each) => each.startsWith('What PIV gives')) ?? '';
  return [...section.matchAll(/^\| ((?:Card|MD)\w+) \| \S/gm)].map((found) => found[1] ?? '');
}

function difference(a: readonly string[], b: readonly string[]): string[] {
  return a.filter((each) => !b.includes(each));
}

/** Lines of the fact sheet whose word is memory or proposal; the legend at its head is none. */
function openLines(sheet: string): string[] {
  return sheet.split('\n').filter((line) => /\b(PROP|MEM)\b/.test(line) && !/^\| \[(PROP|MEM)\] \|/.test(line));
}

/** Choices that a place of the sheet names and the page does not have. */
function unsettled(places: typeof OPEN_PLACES, markdown: string): string[] {
  return places.flatMap((place) => ('choices' in place ? difference(place.choices, listed(markdown)) : []));
}

const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const inCode = [...new Set(sources.flatMap((file) => named(readFileSync(new URL(file, src), 'utf8'))))];

describe('CHOICES.md', () => {
  it('lists each choice that the code names, once, and none that the code does not name', () => {
    const onPage = listed(page);
    expect(new Set(onPage).size).toBe(onPage.length);
    expect(difference(inCode, onPage)).toEqual([]);
    expect(difference(onPage, inCode)).toEqual([]);
    console.log(`CHOICES.md: ${onPage.length} choices`);
  });

  it('settles every place where the sheet has memory or a proposal only', () => {
    expect(unsettled(OPEN_PLACES, page)).toEqual([]);
    console.log(
      `CHOICES.md: ${OPEN_PLACES.length} open places of the sheet, ${OPEN_PLACES.filter((place) => 'elsewhere' in place).length} of them settled elsewhere`,
    );
  });

  it.skipIf(corporaAbsent !== undefined)('the list of open places is that of the sheet, which stands beside the corpora', () => {
    const lines = openLines(readFileSync(new URL('../../shared/spec/minidriver-v7.md', src), 'utf8'));
    expect(lines.filter((line) => !OPEN_PLACES.some((place) => line.startsWith(place.line)))).toEqual([]);
    expect(OPEN_PLACES.filter((place) => !lines.some((line) => line.startsWith(place.line)))).toEqual([]);
  });

  it('every mention of the page in the code gives a name', () => {
    for (const file of sources) {
      const source = readFileSync(new URL(file, src), 'utf8');
      expect(source.split('CHOICES.md').length - 1, file).toBe([...source.matchAll(/CHOICES\.md, [a-z]/g)].length);
    }
  });

  it('names exactly the 45 entry points, and the choices behind each deviation of PIV', () => {
    const all = ['CardAcquireContext', ...Object.keys(ENTRY_POINT_VERSIONS)];
    expect(functions(page).sort()).toEqual([...all].sort());
    const deviations = [...(page.split('## Where PIV')[1]?.split('## ')[0] ?? '').matchAll(/\| ([a-z][a-z0-9-]+) \|$/gm)].map(
      (found) => found[1] ?? '',
    );
    expect(deviations.length).toBe(9);
    expect(difference(deviations, listed(page))).toEqual([]);
  });

  it('planted: a choice without an entry, an entry without a choice, and a missing function are found', () => {
    expect(named('// told elsewhere (CHOICES.md, of-nobody).\n * x CHOICES.md, one-thing and\n * other-thing.')).toEqual([
      'of-nobody',
      'one-thing',
      'other-thing',
    ]);
    expect(difference(['of-nobody'], listed(page))).toEqual(['of-nobody']);
    expect(unsettled([{ line: 'x', choices: ['of-nobody', 'no-memory'] }], page)).toEqual(['of-nobody']);
    expect(openLines('| [PROP] | legend |\n| a new row | x [PROP] |\n| b | y [S707] |')).toEqual(['| a new row | x [PROP] |']);
    expect(listed(page.replace('| no-memory |', '| no-more |'))).toContain('no-more');
    expect(functions(page.replace('| CardSignData |', '| Signing |'))).not.toContain('CardSignData');
  });
});
