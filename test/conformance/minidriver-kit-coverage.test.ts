import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { corporaAbsent } from '../corpora.ts';
import { KEY_ROWS } from './minidriver-kit-key-rows.ts';
import { KIT_GROUPS, type KitGroup, LOG_PLACES, type LogPlace } from './minidriver-kit-log.ts';
import type { Row } from './minidriver-kit-row.ts';
import { CARD_ROWS } from './minidriver-kit-rows.ts';
import { KEY_PAIRS } from './minidriver-pairs-keys.ts';
import { ROLE_AND_FILE_PAIRS } from './minidriver-pairs-roles.ts';

/*
 * Every group and every place of the kit's log has a test that is named after it. The titles are those in the tests' sources; where they
 * come from tables, from the tables.
 */

/** Titles in the text of a test file: what stands first in it(...), and the first column of tables inside of it.each. */
function titlesIn(source: string): string[] {
  const titles = [...source.matchAll(/\bit(?:\.each(?:<[^(]*>)?\([^)]*\))?\(\s*(['"`])(.*?)\1,/gs)].map((found) => found[2] ?? '');
  const columns = [...source.matchAll(/^ {4}\['(Card\w+)', \(c\)/gm)].map((found) => `${found[1] ?? ''} is SCARD_E_UNSUPPORTED_FEATURE, unasked`);
  const hashes = [...source.matchAll(/^ {2}\['(MD\d|SHA\d+)', m\.CALG/gm)].map((found) => found[1] ?? '');
  return [...titles, ...columns, ...hashes];
}

const folder = new URL('.', import.meta.url);
const files = [
  ...readdirSync(folder)
    .filter((name) => /^minidriver-.*\.test\.ts$/.test(name) && !name.includes('coverage'))
    .map((name) => new URL(name, folder)),
  new URL('../unit/app/containers/libraries.test.ts', folder),
];
const pairs = Object.keys({ ...KEY_PAIRS, ...ROLE_AND_FILE_PAIRS }).flatMap((name) => [`${name} Positive`, `${name} Negative`]);
const rowTitle = ({ kit, clause, what }: Row): string => `${kit} (${clause}): ${what}`;
const TITLES: readonly string[] = [
  ...files.flatMap((file) => titlesIn(readFileSync(file, 'utf8'))),
  ...pairs,
  ...[...CARD_ROWS, ...KEY_ROWS].map(rowTitle),
];

/** What has no test. */
function missing(wanted: readonly (KitGroup | LogPlace)[], titles: readonly string[]): string[] {
  return wanted.flatMap((each) =>
    each.titles
      .filter((title) => !titles.some((own) => title.test(own)))
      .map((title) => `${'group' in each ? each.group : each.line}: ${title.source}`),
  );
}

function section(text: string, number: number): string {
  const from = text.indexOf(`\n## ${number}. `);
  return text.slice(from, text.indexOf(`\n## ${number + 1}. `, from));
}

function groupsOf(text: string): string[] {
  const list = /Groups in the kit \[CK\]: (.*?)\. Every row/s.exec(section(text, 16))?.[1] ?? '';
  return list.split(', ');
}

/** Lines of section 5 that the kit's log stands behind. */
function logLines(text: string): string[] {
  return section(text, 5)
    .split('\n')
    .filter((line) => /\[CK\b|\| CK\b|, CK\b|\b[Kk]it\b/.test(line));
}

describe('certification kit, coverage', () => {
  it('every group of section 16 and every place of section 5 has tests named after it', () => {
    expect(missing(KIT_GROUPS, TITLES)).toEqual([]);
    expect(missing(LOG_PLACES, TITLES)).toEqual([]);
    const wanted = LOG_PLACES.reduce((sum, { titles }) => sum + titles.length, 0);
    console.log(
      `certification kit: ${KIT_GROUPS.length} groups, ${LOG_PLACES.length} places of the log with ${wanted} rows, among ${TITLES.length} tests`,
    );
  });

  it('every title of the log’s rows is one row’s', () => {
    const titles = [...CARD_ROWS, ...KEY_ROWS].map(rowTitle);
    expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
  });

  it.skipIf(corporaAbsent !== undefined)('the list is that of the sheet, which stands beside the corpora', () => {
    const sheet = readFileSync(new URL('../../../shared/spec/minidriver-v7.md', import.meta.url), 'utf8');
    expect(KIT_GROUPS.map(({ group }) => group)).toEqual(groupsOf(sheet));
    const lines = logLines(sheet);
    expect(lines.length).toBeGreaterThan(30);
    expect(lines.filter((line) => !LOG_PLACES.some((place) => line.startsWith(place.line)))).toEqual([]);
    expect(LOG_PLACES.filter((place) => !lines.some((line) => line.startsWith(place.line)))).toEqual([]);
  });

  it('planted: a group, a row and a line of the sheet without a test are found', () => {
    expect(missing([{ group: 'Nobody', titles: [/\bNobody\b/] }], TITLES)).toEqual(['Nobody: \\bNobody\\b']);
    const without = TITLES.filter((title) => !title.includes('cbAtr 34') && !title.includes('EFS'));
    expect(missing(LOG_PLACES, without)).toEqual([expect.stringContaining('cbAtr 34')]);
    expect(missing(KIT_GROUPS, without)).toEqual(['EFS: \\bEFS\\b']);
    expect(groupsOf('\n## 16. x\nGroups in the kit [CK]: One, Two (2). Every row\n## 17. ')).toEqual(['One', 'Two (2)']);
    expect(logLines('\n## 5. x\n| new row | CODE | CK |\n| other | CODE [S707] |\n\n## 6. ')).toEqual(['| new row | CODE | CK |']);
    expect(titlesIn("  it('one', () => {});\n  it.each(x)('two %s', () => {});")).toEqual(['one', 'two %s']);
  });
});
