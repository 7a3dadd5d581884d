import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, type Clock, toHex } from '../../../src/codec/index.ts';
import { T1Machine, type T1Step } from '../../../src/iso7816/tpdu.ts';
import { T1Card } from '../../../src/simulator/reader/t1-card.ts';

/**
 * What the line does to one block. `repeated`: the block before it comes once more in its place. `lie`: damaged, with a check that fits,
 * as no line does it.
 */
type Fault = 'none' | 'lost' | 'damaged' | 'repeated' | 'lie';

const counted = (length: number, salt: number): Bytes => Uint8Array.from({ length }, (_, i) => (i * 3 + salt) & 0xff);
/** More blocks than the longest exchange with its repetitions takes. */
const MOST_BLOCKS = 4000;

interface Setting {
  readonly crc: boolean;
  readonly ifsc: number;
  readonly ifsd: number;
  readonly requestsIfsc: number | null;
  readonly requestsIfscAt?: 'answer' | 'chain';
  /** How often the card asks for time before each answer. */
  readonly waits?: number;
  readonly aborts?: 'command' | 'answer';
  readonly nc: number;
  readonly na: number;
}

/** The card's waiting time passes at once, as often as it is to ask; then never: it has its answer. */
class WorkingTime implements Clock {
  #left = 0;
  #done: () => void = () => undefined;

  /** What the card computes: ready after so many waiting times. */
  work(waits: number): Promise<void> {
    this.#left = waits;
    return waits === 0 ? Promise.resolve() : new Promise((resolve) => (this.#done = resolve));
  }

  nowMs(): number {
    return 0;
  }

  sleep(): Promise<void> {
    if (this.#left-- > 0) return Promise.resolve();
    this.#done();
    return new Promise(() => undefined);
  }
}

async function run(
  setting: Setting,
  faults: readonly Fault[],
  restarts = false,
): Promise<{
  readonly end: T1Step;
  readonly ran: readonly Bytes[];
  readonly answer: Bytes;
  readonly waited: number;
  readonly next: () => Promise<T1Step>;
}> {
  const ran: Bytes[] = [];
  const answer = counted(setting.na, 7);
  const clock = new WorkingTime();
  const card = new T1Card(
    async (command) => {
      ran.push(command);
      await clock.work(setting.waits ?? 0);
      return answer;
    },
    {
      ifsc: setting.ifsc,
      crc: setting.crc,
      clock,
      waitingTimeMs: 1,
      wtxMultiplier: 3,
      requestsIfsc: setting.requestsIfsc,
      requestsIfscAt: setting.requestsIfscAt ?? 'answer',
      ...(setting.aborts === undefined ? {} : { aborts: setting.aborts }),
    },
  );
  const machine = new T1Machine({ ifsc: setting.ifsc, edc: setting.crc ? 'crc' : 'lrc' });
  const left = [...faults];
  const before: { there: Bytes | undefined; back: Bytes | undefined } = { there: undefined, back: undefined };
  const line = (way: 'there' | 'back', block: Bytes): Bytes | undefined => {
    const fault = left.shift() ?? 'none';
    const last = before[way];
    before[way] = block.slice();
    if (fault === 'lost') return undefined;
    if (fault === 'repeated') return last ?? block;
    const out = block.slice();
    if (fault === 'damaged' || fault === 'lie') out[out.length - 1] = (out.at(-1) ?? 0) ^ 0x24;
    // The same bits in the information field: the LRC is right again.
    if (fault === 'lie') out[4] = (out[4] ?? 0) ^ 0x24;
    return out;
  };
  let waited = 0;
  const move = async (first: T1Step): Promise<T1Step> => {
    let step = first;
    for (let blocks = 0; 'send' in step; blocks++) {
      if (blocks > MOST_BLOCKS) throw new Error('no end');
      if (step.waiting) {
        waited++;
        expect(step.waitFactor).toBe(3);
      }
      const arrived = line('there', step.send);
      const back = arrived === undefined ? undefined : line('back', await card.exchange(arrived));
      step = machine.receive(back ?? (blocks % 2 === 0 ? 'timeout' : 'parity'));
    }
    return step;
  };
  const command = counted(setting.nc, 1);
  await move(machine.announceIfsd(setting.ifsd));
  let end = await move(machine.begin(command));
  // What the driver must not do, for the planted failure.
  if (restarts && 'failed' in end && end.failed === 'resynchronised') end = await move(machine.begin(command));
  return { end, ran, answer, waited, next: async () => move(machine.begin(command)) };
}

const setting: fc.Arbitrary<Setting> = fc.record({
  crc: fc.boolean(),
  ifsc: fc.integer({ min: 1, max: 254 }),
  ifsd: fc.integer({ min: 1, max: 254 }),
  requestsIfsc: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 254 })),
  requestsIfscAt: fc.constantFrom('answer', 'chain'),
  waits: fc.integer({ min: 0, max: 3 }),
  nc: fc.integer({ min: 4, max: 600 }),
  na: fc.integer({ min: 2, max: 600 }),
});
const faults = fc.array(fc.constantFrom<Fault>('none', 'none', 'none', 'lost', 'damaged', 'repeated'), { maxLength: 80 });

describe("T=1 against the simulator's own T=1, blocks lost, damaged and repeated", () => {
  it('a good line: one run, the right answer', () =>
    fc.assert(
      fc.asyncProperty(setting, async (chosen) => {
        const { end, ran, answer, waited } = await run(chosen, []);
        expect(end).toEqual({ done: answer });
        expect(waited).toBe(chosen.waits);
        expect(ran.map((each) => toHex(each))).toEqual([toHex(counted(chosen.nc, 1))]);
      }),
    ));

  it('always ends; never a wrong answer, never a second run', async () => {
    const ends = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(setting, faults, async (chosen, list) => {
        const { end, ran, answer } = await run(chosen, list);
        expect(ran.length).toBeLessThanOrEqual(1);
        if (ran[0] !== undefined) expect(toHex(ran[0])).toBe(toHex(counted(chosen.nc, 1)));
        if ('done' in end) expect(toHex(end.done)).toBe(toHex(answer));
        else expect('failed' in end && end.outcome).toBe(ran.length === 0 && 'failed' in end && end.outcome === 'not-sent' ? 'not-sent' : 'unknown');
        const name = 'done' in end ? 'done' : 'failed' in end ? end.failed : 'send';
        ends.set(name, (ends.get(name) ?? 0) + 1);
      }),
      { numRuns: 1000 },
    );
    expect((ends.get('done') ?? 0) > 50 && (ends.get('resynchronised') ?? 0) > 50).toBe(true);
  });

  it('planted: a command that is started again after RESYNCH runs twice', async () => {
    const plain: Setting = { crc: false, ifsc: 254, ifsd: 254, requestsIfsc: null, nc: 10, na: 2 };
    // After the IFS exchange the command arrives, and every answer is lost.
    const list: Fault[] = ['none', 'none', 'none', 'lost', 'none', 'lost', 'none', 'lost'];
    expect((await run(plain, list)).ran).toHaveLength(1);
    expect((await run(plain, list, true)).ran).toHaveLength(2);
  });

  it('planted: a damaged block that passes its check is accepted, and the comparison shows the wrong answer', async () => {
    const plain: Setting = { crc: false, ifsc: 254, ifsd: 254, requestsIfsc: null, nc: 10, na: 40 };
    // The IFS exchange, the command, and the lie about the answer; with a check that does not fit it is asked for again.
    const lied = await run(plain, ['none', 'none', 'none', 'lie']);
    expect('done' in lied.end && toHex(lied.end.done)).toBe(toHex(lied.answer.map((octet, at) => (at === 1 ? octet ^ 0x24 : octet))));
    const damaged = await run(plain, ['none', 'none', 'none', 'damaged']);
    expect(damaged.end).toEqual({ done: damaged.answer });
  });

  it('a chain that the card ends: no answer, no second run, and the numbers of both sides still agree', () =>
    fc.assert(
      fc.asyncProperty(setting, fc.constantFrom('command', 'answer'), async (chosen, aborts) => {
        // With another IFSC a command that was one block before may be a chain the next time.
        const { end, ran, answer, next } = await run({ ...chosen, requestsIfsc: null, aborts }, []);
        // What goes in one block can't be ended.
        const chained = aborts === 'answer' ? chosen.na > chosen.ifsd : chosen.nc > chosen.ifsc;
        expect(end).toEqual(chained ? { failed: 'aborted', outcome: 'unknown' } : { done: answer });
        expect(ran).toHaveLength(chained && aborts === 'command' ? 0 : 1);
        expect(await next()).toEqual({ done: answer });
        expect(ran).toHaveLength(chained && aborts === 'command' ? 1 : 2);
      }),
    ));
});
