import { describe, expect, it } from 'vitest';
import { Iso7816Error, parseAtr } from '../../src/iso7816/index.ts';
import { analyse, type AtrFacts, factsOf, octets, readAtrList } from './atr-list.ts';

/** Our reading, or the reason why there is none. */
function ours(atr: string): AtrFacts | string {
  try {
    return factsOf(parseAtr(octets(atr)));
  } catch (error) {
    if (error instanceof Iso7816Error && error.reason === 'bad-atr') return error.message;
    throw error;
  }
}

/** Which members differ: none, "refused" where one side has no reading, or their names. */
function difference(mine: AtrFacts | string, theirs: AtrFacts | undefined): string {
  if (typeof mine === 'string' || theirs === undefined) return typeof mine === 'string' && theirs === undefined ? '' : 'refused by one';
  const names = Object.keys(mine) as (keyof AtrFacts)[];
  return names.filter((name) => JSON.stringify(mine[name]) !== JSON.stringify(theirs[name])).join(', ');
}

/** Why both are known to read an ATR otherwise, and which side is right. */
const KNOWN = {
  surplus: 'with T=0 alone there is no TCK (ISO/IEC 7816-3, 8.2.5): the program takes one byte too many for a TCK; to us it trails',
  long: 'bytes behind the end: the program counts the TCK among them, we check it and count the rest',
  broken: 'the historical bytes end inside their card capabilities: the program goes by what is left of them, we by nothing',
} as const;

/** Nothing where both read the same, a known difference, or which members differ. */
function verdict(mine: AtrFacts | string, theirs: AtrFacts | undefined): '' | keyof typeof KNOWN | `unknown: ${string}` {
  const what = difference(mine, theirs);
  if (what === '') return '';
  if (typeof mine === 'string' || theirs === undefined) return `unknown: ${what}`;
  const onlyT0 = mine.interfaceBytes.every((each) => !/^TD\d+=.[1-9A-F]/.test(each));
  if (what === 'extra, tck' && onlyT0 && mine.tck === 'none' && mine.extra === 1 && theirs.extra === 0) return 'surplus';
  if (what === 'extra, tck' && !onlyT0 && theirs.tck === 'none' && mine.extra > 0 && theirs.extra === mine.extra + 1) return 'long';
  if (what === 'capabilities' && mine.capabilities === 'not said') return 'broken';
  return `unknown: ${what}`;
}

const tally = (words: readonly string[]): Record<string, number> => {
  const out: Record<string, number> = {};
  for (const word of words) out[word] = (out[word] ?? 0) + 1;
  return out;
};

const { literal, filled } = readAtrList();
const every = (n: number): string[] => literal.filter((_, i) => i % n === 0);
const unread = 'not read';

/** The counts are those of pcsc-tools 1.6.2, Debian 12. */
describe("the ATR list of Debian's pcsc-tools, our parser beside ATR_analysis", () => {
  it.each([
    ['written out', literal, { atrs: 3803, refused: 0, same: 3778, surplus: 13, long: 10, broken: 2 }],
    ['with wildcards, filled in with the lowest and the highest', filled, { atrs: 475, refused: 0, same: 475 }],
  ] as const)('%s: all parse, and both read the same', (name, atrs, expected) => {
    const read = atrs.map(ours);
    const refused = read.filter((each) => typeof each === 'string').length;
    const theirs = analyse(atrs);
    expect(theirs.map(({ atr }) => atr)).toEqual(atrs);
    const verdicts = atrs.map((_, i) => verdict(read[i] ?? unread, theirs[i]?.facts));
    expect(atrs.filter((_, i) => verdicts[i]?.startsWith('unknown'))).toEqual([]);
    const { '': same = 0, ...known } = tally(verdicts);
    console.log(`ATRs ${name}: ${atrs.length - refused} parsed, ${refused} refused; ${same} read the same`);
    for (const [key, count] of Object.entries(known)) console.log(`  ${count}: ${KNOWN[key as keyof typeof KNOWN]}`);
    expect({ atrs: atrs.length, refused, same, ...known }).toEqual(expected);
  });

  it('cut after any byte: refused by both where an interface byte is missing, else the same is missing', () => {
    const cut = every(100).flatMap((atr) => Array.from({ length: atr.length / 2 - 1 }, (_, i) => atr.slice(0, 2 * i + 2)));
    const theirs = analyse(cut);
    const read = cut.map(ours);
    expect(cut.filter((_, i) => verdict(read[i] ?? unread, theirs[i]?.facts).startsWith('unknown'))).toEqual([]);
    const reasons = tally(read.map((each) => (typeof each === 'string' ? each.replace(/\d+/, 'n') : 'parsed')));
    console.log('cut ATRs:', JSON.stringify(reasons));
    expect(Object.keys(reasons).sort()).toEqual(['parsed', 'the ATR ends after n bytes']);
  });

  it('another TS: refused by both', () => {
    const odd = every(400).flatMap((atr) => ['00', '3A', 'FF'].map((ts) => ts + atr.slice(2)));
    expect(analyse(odd).map(({ facts }) => facts)).toEqual(odd.map(() => undefined));
    expect(odd.map(ours)).toEqual(odd.map(() => 'TS is neither 3B nor 3F'));
  });

  it('one bit wrong in what we read is a difference: the check can fail', () => {
    const sample = every(60);
    const theirs = analyse(sample);
    const missed = sample.filter((_, i) => {
      const damaged = octets(sample[i] ?? '');
      const at = 1 + (i % (damaged.length - 1));
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (i % 8));
      return !verdict(ours(Buffer.from(damaged).toString('hex')), theirs[i]?.facts).startsWith('unknown');
    });
    expect(sample.length).toBeGreaterThan(60);
    expect(missed).toEqual([]);
  });
});
