import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, fromHex, toHex } from '../../../src/codec/index.ts';
import { T1Machine, type T1Step } from '../../../src/iso7816/t1.ts';
import { T1Card, sealed } from './t1-card.ts';
import { block, counted, done, plain, select } from './t1-notation.ts';

type Fault = 'none' | 'lost' | 'damaged' | 'parity' | 'wrong number';

/** Runs one command against the card, each block hit by the next fault of the list; afterwards the line is good. */
function run(machine: T1Machine, card: T1Card, first: T1Step, faults: readonly Fault[], edc: 'lrc' | 'crc'): T1Step {
  const left = [...faults];
  const hit = (sent: Bytes): Bytes | undefined => {
    const fault = left.shift() ?? 'none';
    if (fault === 'lost' || fault === 'parity') return undefined;
    const out = sent.slice();
    // The fault must be one that the check byte sees, or it is no fault of the line but a lie.
    if (fault === 'damaged') out[3 % out.length] = (out[3 % out.length] ?? 0) ^ 0x10;
    if (fault === 'wrong number' && (out[1] ?? 0) < 0x80) return sealed((out[1] ?? 0) ^ 0x40, out.slice(3, 3 + (out[2] ?? 0)), edc);
    return out;
  };
  let step = first;
  for (let i = 0; 'send' in step; i++) {
    if (i > 5000) throw new Error('no end');
    const arrived = hit(step.send);
    const answer = arrived === undefined ? undefined : hit(card.receive(arrived));
    step = machine.receive(answer ?? (i % 2 === 0 ? 'timeout' : 'parity'));
  }
  return step;
}

describe('T=1 against a card of its own making', () => {
  const setting = fc.record({
    edc: fc.constantFrom<'lrc' | 'crc'>('lrc', 'crc'),
    ifsc: fc.integer({ min: 1, max: 254 }),
    ifsd: fc.integer({ min: 1, max: 254 }),
    asks: fc.array(fc.oneof(fc.constant('wtx' as const), fc.integer({ min: 1, max: 254 })), { maxLength: 3 }),
    lengths: fc.array(fc.tuple(fc.integer({ min: 4, max: 700 }), fc.integer({ min: 2, max: 700 })), { minLength: 1, maxLength: 4 }),
  });
  const make = (
    chosen: { edc: 'lrc' | 'crc'; ifsc: number; asks: readonly ('wtx' | number)[] },
    reply: () => Bytes,
  ): { machine: T1Machine; card: T1Card } => ({
    machine: new T1Machine({ ifsc: chosen.ifsc, edc: chosen.edc }),
    card: new T1Card(chosen, reply),
  });

  it('a good line: every command runs once and whole, every answer comes whole', () => {
    fc.assert(
      fc.property(setting, (chosen) => {
        let reply = bytes(0);
        const { machine, card } = make(chosen, () => reply);
        expect(run(machine, card, machine.announceIfsd(chosen.ifsd), [], chosen.edc)).toEqual(done(''));
        expect(card.ifsd).toBe(chosen.ifsd);
        for (const [i, [nc, na]] of chosen.lengths.entries()) {
          reply = counted(na);
          expect(run(machine, card, machine.begin(counted(nc)), [], chosen.edc)).toEqual({ done: reply });
          expect(card.ran.map((one) => one.length).slice(i)).toEqual([nc]);
          expect(toHex(card.ran[i] ?? bytes(0))).toBe(toHex(counted(nc)));
        }
      }),
    );
  });

  const spaced = fc.array(fc.tuple(fc.constantFrom<Fault>('lost', 'damaged', 'parity', 'wrong number'), fc.integer({ min: 8, max: 14 })), {
    maxLength: 6,
  });

  it('single faults are repaired, and the command still runs once', () => {
    fc.assert(
      fc.property(setting, spaced, (chosen, list) => {
        const [nc, na] = chosen.lengths[0] ?? [4, 2];
        const reply = counted(na);
        const { machine, card } = make(chosen, () => reply);
        const faults = list.flatMap(([fault, gap]) => [...Array<Fault>(gap).fill('none'), fault]);
        expect(run(machine, card, machine.begin(counted(nc)), faults, chosen.edc)).toEqual({ done: reply });
        expect(card.ran.map((one) => toHex(one))).toEqual([toHex(counted(nc))]);
      }),
      { numRuns: 300 },
    );
  });

  const storm = fc.array(fc.constantFrom<Fault>('none', 'none', 'none', 'lost', 'damaged', 'parity', 'wrong number'), { maxLength: 60 });

  it('whatever faults: the right answer, or an unknown outcome; never a second run, never a wrong answer', () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(setting, storm, (chosen, faults) => {
        const [nc, na] = chosen.lengths[0] ?? [4, 2];
        const reply = counted(na);
        const { machine, card } = make(chosen, () => reply);
        const end = run(machine, card, machine.begin(counted(nc)), faults, chosen.edc);
        expect(card.ran.length).toBeLessThanOrEqual(1);
        if (card.ran[0] !== undefined) expect(toHex(card.ran[0])).toBe(toHex(counted(nc)));
        if ('done' in end) expect(toHex(end.done)).toBe(toHex(reply));
        else expect('failed' in end && end.outcome).toBe('unknown');
        ends.add('done' in end ? 'done' : 'failed' in end ? end.failed : 'send');
        // The next command finds both sides in step, unless only a reset helps.
        if ('failed' in end && end.failed === 'resynchronised')
          expect(run(machine, card, machine.begin(select), [], chosen.edc)).toEqual({ done: reply });
      }),
      { numRuns: 600 },
    );
    expect(ends.has('done') && ends.has('resynchronised')).toBe(true);
  });

  it('planted: a driver that starts the command again after RESYNCH runs it twice, and the count shows it', () => {
    const card = new T1Card({ edc: 'lrc', ifsc: 32 }, () => fromHex('9000'));
    const machine = plain();
    // The command arrives; every answer is lost until RESYNCH.
    const faults: Fault[] = ['none', 'lost', 'none', 'lost', 'none', 'lost'];
    expect(run(machine, card, machine.begin(select), faults, 'lrc')).toEqual({ failed: 'resynchronised', outcome: 'unknown' });
    expect(card.ran).toHaveLength(1);
    run(machine, card, machine.begin(select), [], 'lrc');
    expect(card.ran).toHaveLength(2);
  });

  it('planted: damage that an LRC can not see makes a wrong answer, and the comparison shows it', () => {
    const machine = plain();
    machine.begin(select);
    const lie = concat(block('I(0,0) 01029000'));
    lie[3] = (lie[3] ?? 0) ^ 0x10;
    lie[4] = (lie[4] ?? 0) ^ 0x10;
    expect(machine.receive(lie)).not.toEqual(done('01029000'));
  });
});
