import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DiagnosticsReady } from '../../../../src/app/diagnostics/state.ts';
import type { Bytes } from '../../../../src/codec/bytes.ts';
import { fromHex } from '../../../../src/codec/hex.ts';
import { createPivCard, FAULT_KINDS, type SimulatedCard } from '../../../../src/simulator/index.ts';
import { AutoClock } from '../../channel/auto-clock.ts';
import { flowBench, tested } from './fixture.ts';

/** A card that answers whatever it likes. */
class LyingCard implements SimulatedCard {
  readonly atr: Bytes;
  readonly extendedLength = true;
  count = 0;
  readonly #answer: (command: Bytes, count: number) => Bytes;

  constructor(answer: (command: Bytes, count: number) => Bytes, atr = fromHex('3bfd1300008131fe158073c021c057597562694b657940')) {
    this.#answer = answer;
    this.atr = atr;
  }

  reset(): void {
    this.count = 0;
  }

  async transmit(command: Bytes): Promise<Bytes> {
    return this.#answer(command, this.count++);
  }
}

/** Every member that a screen relies on is there, and everything that went wrong is a worded problem. */
function expectWellFormed(state: DiagnosticsReady): void {
  const slot = state.selected?.slots[0];
  const problems = [state.selected?.problem, slot?.problem, ...state.readers.map((each) => each.problem)].filter((each) => each !== undefined);
  for (const problem of problems) {
    expect(problem.what).not.toBe('program-error');
    expect(['untouched', 'unchanged']).toContain(problem.cardState);
  }
  expect(state.selected).toBeDefined();
  expect(slot !== undefined || state.selected?.problem !== undefined).toBe(true);
}

describe('hostile readers', () => {
  it.each(FAULT_KINDS)('%s, for ever, from the start and in the middle', async (kind) => {
    for (const at of [1, 12]) {
      const bench = flowBench({ cards: [createPivCard({ profile: 'yubikey-5.7' })] }, { clock: new AutoClock() });
      bench.reader.fault({ kind, at, until: 'never' });
      const state = await tested(bench);
      expectWellFormed(state);
      expect(bench.reader.journal.verifiesWithData).toEqual([]);
      expect(bench.reader.journal.commands.length).toBeLessThan(1500);
      await bench.flow.release();
    }
  });
});

describe('hostile cards', () => {
  it('more data for ever', async () => {
    const card = new LyingCard(() => fromHex('00 6110'));
    const bench = flowBench({ cards: [card] }, { clock: new AutoClock() });
    expectWellFormed(await tested(bench));
    expect(bench.reader.journal.apdus.length).toBeLessThan(20_000);
  });

  it('success for everything, with nothing in it', async () => {
    const bench = flowBench({ cards: [new LyingCard(() => fromHex('9000'))] }, { clock: new AutoClock() });
    const state = await tested(bench);
    expectWellFormed(state);
    expect(state.selected?.slots[0]?.card?.applets.every((each) => each.state === 'found')).toBe(true);
    expect(bench.reader.journal.apdus.length).toBeLessThan(600);
  });

  it('answers of any kind end in a report within a bounded number of commands', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.uint8Array({ maxLength: 60 }),
            fc.constantFrom('9000', '9000', '9000', '6a82', '6982', '63c0', '63c1', '6983', '6f00', '6110', '6c05', '6283', '6d00'),
          ),
          { minLength: 1, maxLength: 12 },
        ),
        async (script) => {
          const card = new LyingCard((_, count) => {
            const [body, sw] = script[count % script.length] ?? [new Uint8Array(0), '9000'];
            return Uint8Array.from([...body, ...fromHex(sw)]);
          });
          const bench = flowBench({ cards: [card] }, { clock: new AutoClock() });
          expectWellFormed(await tested(bench));
          expect(bench.reader.journal.verifiesWithData).toEqual([]);
          expect(bench.reader.journal.apdus.length).toBeLessThan(20_000);
          const report = bench.flow.report({ includePersonal: true, includeLog: true });
          expect(() => JSON.parse(report.json) as unknown).not.toThrow();
        },
      ),
      { numRuns: 25 },
    );
  });

  it('answers to reset of any kind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 2, maxLength: 40 }), async (atr) => {
        const bench = flowBench({ cards: [new LyingCard(() => fromHex('6a82'), Uint8Array.from(atr))] }, { clock: new AutoClock() });
        expectWellFormed(await tested(bench));
      }),
      { numRuns: 25 },
    );
  });
});
