import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDiagnosticsFlow } from '../../../../src/app/diagnostics/flow.ts';
import type { DiagnosticsFlow, DiagnosticsReady } from '../../../../src/app/diagnostics/state.ts';
import type { Reader, ReaderSource } from '../../../../src/channel/index.ts';
import type { Bytes } from '../../../../src/codec/bytes.ts';
import { fromHex } from '../../../../src/codec/hex.ts';
import { createPivCard, FAULT_KINDS, type SimulatedCard } from '../../../../src/simulator/index.ts';
import { AutoClock } from '../../channel/auto-clock.ts';
import { flowBench, ready, tested } from './fixture.ts';

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

describe('doors that never answer', () => {
  const never = (): Promise<never> => new Promise(() => undefined);
  const info = { id: 'x', name: 'Silent', simulated: true };
  const source = (reader: Partial<Reader>, list?: () => Promise<never>): ReaderSource => ({
    kind: 'simulator',
    list: list ?? (async () => [{ info, describe: async () => ({ device: [], ccid: [], quirks: [] }), open: never, ...reader }]),
    request: async () => null,
    onChange: () => () => undefined,
    access: async () => ({ reason: 'ready', reachable: true, remedies: [] }),
  });
  const flowOn = (door: ReaderSource): DiagnosticsFlow => createDiagnosticsFlow({ clock: new AutoClock(), openSources: () => [door] });

  it('a list, a description, an opening without end are timeouts', async () => {
    const noList = flowOn(source({}, never));
    await noList.look();
    expect(ready(noList)).toMatchObject({ readers: [], problem: { what: 'reader-does-not-answer', cardState: 'untouched' } });
    const noDescription = flowOn(source({ describe: never }));
    await noDescription.look();
    expect(ready(noDescription).readers).toMatchObject([{ info, problem: { what: 'reader-does-not-answer' } }]);
    expect(ready(noDescription).findings).toContainEqual({ code: 'reader-description-failed', severity: 'warning', place: 'Silent' });
    const noOpening = flowOn(source({}));
    await noOpening.look();
    await noOpening.test('x');
    expect(ready(noOpening).selected?.problem).toMatchObject({ what: 'reader-does-not-answer', cardState: 'untouched' });
    expect(ready(noOpening).findings[0]).toEqual({ code: 'reader-test-failed', severity: 'error', place: 'Silent' });
  });

  it('a source that throws nonsense is a problem, and the flow goes on', async () => {
    const flow = flowOn(source({}, () => Promise.reject(new Error('nonsense'))));
    await flow.look();
    expect(ready(flow).problem).toMatchObject({ what: 'program-error', cardState: 'untouched' });
    await flow.look();
    expect(flow.state.kind).toBe('ready');
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
