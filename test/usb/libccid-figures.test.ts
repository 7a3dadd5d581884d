import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { PC_to_RDR, RDR_to_PC } from '../../src/ccid/messages.ts';
import { EMPTY, toHex } from '../../src/codec/index.ts';
import { ToyCard } from '../unit/simulator/reader/toy-card.ts';
import { overLibccid } from './libccid-bench.ts';
import { type Figure, FIGURES } from './libccid-figures.ts';
import { features, VERIFY, verifyStructure } from './pin-structures.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
/** Where names of rows stand that the tests have from elsewhere. */
const TABLES = ['test/conformance/exchange-suite.ts'].map((file) => path.join(root, file));

/** The tests that a figure names and that are not there. */
function missing(figures: readonly Figure[]): readonly string[] {
  return figures.flatMap(({ shown }) => {
    if ('unseen' in shown) return [];
    const files = [path.join(import.meta.dirname, shown.file), ...TABLES].filter((file) => existsSync(file));
    const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
    return shown.tests
      .filter((name) => ![`'${name}`, `\`${name}`, `, ${name}`].some((quoted) => text.includes(quoted)))
      .map((name) => `${shown.file}: ${name}`);
  });
}

/** What the driver can say and hear, by name. An answer that is called as its command has a name of its own here. */
const KNOWN = [
  ...Object.keys(PC_to_RDR),
  ...Object.keys(RDR_to_PC).map((name) => (name in PC_to_RDR ? `${name}Answer` : name)),
  'ABORT',
  'GET_CLOCK_FREQUENCIES',
  'GET_DATA_RATES',
];

const without = (figures: readonly Figure[]): readonly string[] => KNOWN.filter((name) => !figures.some((figure) => figure.of === name));

it('every message, answer and control request of the driver is in the table, and every test that it names is there', () => {
  expect(without(FIGURES)).toEqual([]);
  expect(FIGURES.flatMap(({ of }) => (of === undefined ? [] : of)).filter((name) => !KNOWN.includes(name))).toEqual([]);
  expect(missing(FIGURES)).toEqual([]);
  for (const { shown } of FIGURES) expect('unseen' in shown ? shown.unseen.length > 20 : shown.tests.length > 0).toBe(true);
});

it('a message that is left out, and a test that is not there, are seen', () => {
  expect(without(FIGURES.filter(({ of }) => of !== 'Mechanical'))).toEqual(['Mechanical']);
  const invented: Figure = {
    clause: '',
    figure: '',
    shown: { file: 'libccid.test.ts', tests: ['hears of removal and insertion', 'hears the grass grow'] },
  };
  expect(missing([invented])).toEqual(['libccid.test.ts: hears the grass grow']);
  expect(missing([{ ...invented, shown: { file: 'nowhere.test.ts', tests: ['hears of removal and insertion'] } }])).toHaveLength(1);
});

it('libccid sends these messages and no others', async () => {
  const reader = {
    vendorId: 0x0982,
    productId: 0x0008,
    level: 'tpdu',
    ccid: { bPINSupport: 3 },
    escape: () => EMPTY,
    cards: [new ToyCard()],
  } as const;
  const { sent } = await overLibccid({ ...reader, pinPad: async () => ({ pin: '123456' }) }, async (talk) => {
    const { FEATURE_VERIFY_PIN_DIRECT: verify } = await features(talk);
    expect(await talk.say('00ca000100')).toBe('009000');
    expect(await talk.say(`@${verify} ${toHex(verifyStructure(VERIFY, 1))}`)).toBe('9000');
    expect(await talk.say('^')).toBe('T=1');
    expect(await talk.say('_')).toBe('T=1');
  });
  const types = new Set(sent.map((message) => Number.parseInt(message.slice(0, 2), 16)));
  const seen = Object.entries(PC_to_RDR).filter(([, type]) => types.has(type));
  const shown = FIGURES.filter(({ of, shown: by }) => of !== undefined && of in PC_to_RDR && !('unseen' in by)).map(({ of }) => of ?? '');
  expect(seen.map(([name]) => name).sort()).toEqual([...shown].sort());
  expect(types.size).toBe(seen.length);
});
