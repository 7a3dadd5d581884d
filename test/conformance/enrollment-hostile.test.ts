import { beforeAll, describe, expect, it } from 'vitest';
import { concat } from '../../src/codec/bytes.ts';
import type { PersistentCard, PivCardOptions } from '../../src/simulator/index.ts';
import { imageOf } from '../unit/app/card-helpers.ts';
import { enroll, flowBench, planFor } from '../unit/app/enrollment-helpers.ts';
import { cutRun, judge, PLACE_9A, type Spoil } from './enrollment-cuts.ts';

/** A small generator with a seed (xorshift32), so that a failure can be repeated. */
function numbers(seed: number): (below: number) => number {
  let x = seed | 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

/** What a hostile card answers instead of the truth. */
const LIES: readonly ((truth: Uint8Array<ArrayBuffer>, next: (below: number) => number) => Uint8Array<ArrayBuffer>)[] = [
  (_, next) =>
    concat(
      Uint8Array.from({ length: next(40) }, () => next(256)),
      Uint8Array.of(0x90, 0x00),
    ),
  (truth) => truth.slice(0, -2),
  (truth) => concat(truth.subarray(0, Math.max(0, (truth.length >> 1) - 1)), Uint8Array.of(0x90, 0x00)),
  (truth, next) => {
    const out = truth.slice();
    if (out.length > 2) out[next(out.length - 2)] = next(256);
    return out;
  },
  (_, next) => Uint8Array.of([0x63, 0x65, 0x67, 0x69, 0x6a, 0x6d, 0x6f][next(7)] ?? 0x6f, next(256)),
  (truth) => concat(truth.subarray(0, -2), new Uint8Array(300), Uint8Array.of(0x90, 0x00)),
  () => new Uint8Array(0),
];

/** The card tells one lie, at its nth answer. It does what it was asked all the same. */
function lying(position: number, lie: number, seed: number): Spoil {
  return (real): PersistentCard => {
    let answers = 0;
    const next = numbers(seed);
    return {
      atr: real.atr,
      extendedLength: real.extendedLength,
      reset: (kind) => real.reset(kind),
      save: () => real.save(),
      onChange: (listener) => real.onChange(listener),
      transmit: async (command) => {
        const truth = await real.transmit(command);
        return ++answers === position ? (LIES[lie]?.(truth, next) ?? truth) : truth;
      },
    };
  };
}

describe('a card that lies once during an enrollment', () => {
  let card: PivCardOptions & { readonly image: unknown };

  beforeAll(async () => {
    const bench = flowBench();
    await enroll(bench.flow, planFor(0, 'P-256', { subject: 'CN=Old' }));
    card = { profile: 'yubikey-5.7', image: imageOf(bench.card) };
  });

  it.each(LIES.map((_, lie) => lie))(
    'lie %i: the flow ends with words, keeps its account, and sends no PIN twice',
    async (lie) => {
      const wrong: string[] = [];
      for (let position = 1; position <= 50; position++) {
        const run = await cutRun(card, undefined, PLACE_9A, lying(position, lie, 1000 * lie + position));
        for (const complaint of await judge(run, 400)) wrong.push(`${position} ${run.shown.at(-2) ?? ''} -> ${run.end.kind}: ${complaint}`);
      }
      expect(wrong).toEqual([]);
    },
    300_000,
  );
});
