import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, fromHex, toHex } from '../../../src/codec/index.ts';
import { decodeBlock, encodeBlock } from '../../../src/iso7816/t1-block.ts';
import { T1Machine, type T1Step } from '../../../src/iso7816/t1.ts';
import { T1Card, checkBytes, sealed } from './t1-card.ts';

const counted = (length: number): Bytes => bytes(Array.from({ length }, (_, i) => (i * 11 + (i >>> 8)) & 0xff));
const select = fromHex('00A40400');

/** A block from its notation: I(N(S),M) with data in hexadecimal, R(N(R),error), or S with its PCB. */
function block(text: string): Bytes {
  const [, kind, a, b, data] = /^([IRS])\((\w+),?(\d)?\)\s*(.*)$/.exec(text) ?? [];
  const inf = fromHex(data ?? '');
  if (kind === 'I') return sealed((Number(a) << 6) | (Number(b) << 5), inf, 'lrc');
  if (kind === 'R') return sealed(0x80 | (Number(a) << 4) | Number(b), inf, 'lrc');
  return sealed(Number.parseInt(a ?? '', 16), inf, 'lrc');
}
const damaged = (text: string): Bytes => {
  const out = block(text);
  out[out.length - 1] = (out[out.length - 1] ?? 0) ^ 0x55;
  return out;
};

/** Plays [what we must send, what comes back]; returns the last step. */
function play(machine: T1Machine, first: T1Step, script: readonly (readonly [string, Bytes | string])[]): T1Step {
  let step = first;
  for (const [i, [expected, answer]] of script.entries()) {
    if (!('send' in step)) throw new Error(`the exchange ended before line ${i}`);
    expect(toHex(step.send), `line ${i}, ${expected}`).toBe(toHex(block(expected)));
    step = machine.receive(answer === 'timeout' || answer === 'parity' ? answer : typeof answer === 'string' ? block(answer) : answer);
  }
  return step;
}
const plain = (ifsc = 32): T1Machine => new T1Machine({ ifsc, edc: 'lrc' });
const done = (hex: string): T1Step => ({ done: fromHex(hex) });

describe('T=1 blocks', () => {
  it('LRC and CRC stand behind NAD, PCB, LEN and INF', () => {
    expect(toHex(encodeBlock(0x00, select, 'lrc'))).toBe('00000400a40400a4');
    expect(toHex(encodeBlock(0xc1, bytes([0xfe]), 'lrc'))).toBe('00c101fe3e');
    // The check value of this CRC over "123456789".
    expect(checkBytes(bytes([...'123456789'].map((one) => one.charCodeAt(0))), 'crc')).toEqual([0x6f, 0x91]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 254 }), fc.constantFrom('lrc', 'crc'), (pcb, inf, edc) => {
        expect(toHex(encodeBlock(pcb, inf, edc))).toBe(toHex(sealed(pcb, inf, edc)));
      }),
    );
  });

  it('says what is wrong with a block', () => {
    const kind = (received: Bytes, maxInf = 254): string => {
      const found = decodeBlock(received, 'lrc', maxInf);
      return typeof found === 'string' ? found : `${found.pcb} ${toHex(found.inf)}`;
    };
    expect(kind(block('I(1,0) 9000'))).toBe('64 9000');
    expect(kind(damaged('I(1,0) 9000'))).toBe('edc');
    expect(kind(bytes(0))).toBe('other');
    expect(kind(fromHex('000003900093'))).toBe('other');
    expect(kind(block('I(0,0) 0102039000'), 4)).toBe('other');
    expect(kind(fromHex('1200029000 80'))).toBe('other');
    for (const pcb of [0x01, 0x83, 0xa0, 0x84, 0xc8, 0xd0]) expect(kind(sealed(pcb, bytes(0), 'lrc')), pcb.toString(16)).toBe('other');
    expect(kind(sealed(0x80, bytes([1]), 'lrc'))).toBe('other');
    expect(typeof decodeBlock(sealed(0x40, counted(9), 'crc'), 'crc', 254)).toBe('object');
    expect(decodeBlock(sealed(0x40, counted(9), 'lrc'), 'crc', 254)).toBe('other');
  });
});

describe('T=1 without errors', () => {
  it('sequence numbers alternate over commands', () => {
    const machine = plain();
    expect(play(machine, machine.begin(select), [['I(0,0) 00A40400', 'I(0,0) 9000']])).toEqual(done('9000'));
    expect(play(machine, machine.begin(select), [['I(1,0) 00A40400', 'I(1,0) 9000']])).toEqual(done('9000'));
    expect(play(machine, machine.begin(select), [['I(0,0) 00A40400', 'I(0,0) 6A82']])).toEqual(done('6a82'));
  });

  it('chains both ways', () => {
    const machine = plain(3);
    const script = [
      ['I(0,1) 00A404', 'R(1,0)'],
      ['I(1,1) 000401', 'R(0,0)'],
      ['I(0,0) 020304', 'I(0,1) AABB'],
      ['R(1,0)', 'I(1,1) CC'],
      ['R(0,0)', 'I(0,0) 9000'],
    ] as const;
    expect(play(machine, machine.begin(fromHex('00A404000401020304')), script)).toEqual(done('aabbcc9000'));
    expect(
      play(machine, machine.begin(select), [
        ['I(1,1) 00A404', 'R(0,0)'],
        ['I(0,0) 00', 'I(1,0) 9000'],
      ]),
    ).toEqual(done('9000'));
  });

  it('announces its IFSD, and goes on without when the card does not understand', () => {
    const machine = plain();
    expect(play(machine, machine.announceIfsd(254), [['S(C1) FE', 'S(E1) FE']])).toEqual(done(''));
    expect(play(machine, machine.begin(select), [['I(0,0) 00A40400', `I(0,0) ${'AB'.repeat(252)}9000`]])).toEqual(done(`${'ab'.repeat(252)}9000`));
    const deaf = plain();
    const script = [
      ['S(C1) FE', 'R(0,2)'],
      ['S(C1) FE', 'R(0,2)'],
      ['S(C1) FE', 'R(0,2)'],
      ['S(C0)', 'S(E0)'],
    ] as const;
    expect(play(deaf, deaf.announceIfsd(254), script)).toEqual(done(''));
    // A block longer than the default 32 is refused then.
    const step = play(deaf, deaf.begin(select), [['I(0,0) 00A40400', `I(0,0) ${'AB'.repeat(33)}`]]);
    expect('send' in step && toHex(step.send)).toBe(toHex(block('R(0,2)')));
  });

  it('grants waiting time for one block', () => {
    const machine = plain();
    const step = play(machine, machine.begin(select), [['I(0,0) 00A40400', 'S(C3) 05']]);
    expect(step).toMatchObject({ waitFactor: 5, waiting: true });
    const next = play(machine, step, [['S(E3) 05', 'S(C3) 00']]);
    expect(next).toMatchObject({ waitFactor: 1, waiting: true });
    const after = play(machine, next, [['S(E3) 00', damaged('I(0,0) 9000')]]);
    expect(after).toMatchObject({ waitFactor: 1, waiting: false });
    expect(play(machine, after, [['R(0,1)', 'I(0,0) 9000']])).toEqual(done('9000'));
  });

  it('takes a new IFSC in the middle of a chain', () => {
    const machine = plain(4);
    const script = [
      ['I(0,1) 00010203', 'S(C1) 02'],
      ['S(E1) 02', 'R(1,0)'],
      ['I(1,1) 0405', 'R(0,0)'],
      ['I(0,0) 0607', 'I(0,0) 9000'],
    ] as const;
    expect(play(machine, machine.begin(fromHex('0001020304050607')), script)).toEqual(done('9000'));
  });
});

describe('T=1 with errors, by the rules of 11.6.3.2', () => {
  it('7.1: a damaged, strange or missing answer is asked for again', () => {
    for (const [bad, error] of [
      [damaged('I(0,0) 9000'), 1],
      ['parity', 1],
      ['timeout', 2],
      ['I(1,0) 9000', 2],
      [bytes(0), 2],
    ] as const) {
      const machine = plain();
      expect(
        play(machine, machine.begin(select), [
          ['I(0,0) 00A40400', bad],
          [`R(0,${error})`, 'I(0,0) 9000'],
        ]),
      ).toEqual(done('9000'));
    }
  });

  it('7.1: the card asks for our block again', () => {
    const machine = plain();
    expect(
      play(machine, machine.begin(select), [
        ['I(0,0) 00A40400', 'R(0,1)'],
        ['I(0,0) 00A40400', 'I(0,0) 9000'],
      ]),
    ).toEqual(done('9000'));
    // Lost on its way: our R-block tells the card's state.
    expect(
      play(machine, machine.begin(select), [
        ['I(1,0) 00A40400', 'timeout'],
        ['R(1,2)', 'R(1,0)'],
        ['I(1,0) 00A40400', 'I(1,0) 9000'],
      ]),
    ).toEqual(done('9000'));
  });

  it('7.2: the same R-block is repeated, also the one of a chain', () => {
    const machine = plain();
    expect(
      play(machine, machine.begin(select), [
        ['I(0,0) 00A40400', damaged('I(0,0) 9000')],
        ['R(0,1)', 'timeout'],
        ['R(0,1)', 'I(0,0) 9000'],
      ]),
    ).toEqual(done('9000'));
    const script = [
      ['I(1,0) 00A40400', 'I(1,1) AA'],
      ['R(0,0)', damaged('I(0,0) 9000')],
      ['R(0,0)', 'R(0,1)'],
      ['R(0,0)', 'I(0,0) 9000'],
    ] as const;
    expect(play(machine, machine.begin(select), script.slice(0, 2).concat([['R(0,0)', 'I(0,0) 9000']]))).toEqual(done('aa9000'));
    const other = plain();
    const repeats = [
      ['I(0,0) 00A40400', 'I(0,1) AA'],
      ['R(1,0)', 'R(1,1)'],
      ['R(1,0)', 'I(1,0) 9000'],
    ] as const;
    expect(play(other, other.begin(select), repeats)).toEqual(done('aa9000'));
  });

  it('7.2 in a command chain: the acknowledgement was damaged', () => {
    const machine = plain(2);
    const script = [
      ['I(0,1) 00A4', damaged('R(1,0)')],
      ['R(0,1)', 'R(1,0)'],
      ['I(1,0) 0400', 'I(0,0) 9000'],
    ] as const;
    expect(play(machine, machine.begin(select), script)).toEqual(done('9000'));
  });

  it('7.3: a request is repeated', () => {
    const machine = plain();
    expect(
      play(machine, machine.announceIfsd(254), [
        ['S(C1) FE', 'timeout'],
        ['S(C1) FE', 'S(E1) FE'],
      ]),
    ).toEqual(done(''));
    expect(
      play(machine, machine.announceIfsd(254), [
        ['S(C1) FE', 'S(E1) 20'],
        ['S(C1) FE', 'S(E1) FE'],
      ]),
    ).toEqual(done(''));
  });

  it('7.4 and 6: after three attempts RESYNCH; the command is not started again', () => {
    const machine = plain(40);
    const script = [
      ['I(0,0) 00A40400', 'R(0,2)'],
      ['I(0,0) 00A40400', 'R(0,2)'],
      ['I(0,0) 00A40400', 'R(0,2)'],
      ['S(C0)', damaged('S(E0)')],
      ['S(C0)', 'S(E0)'],
    ] as const;
    expect(play(machine, machine.begin(select), script)).toEqual({ failed: 'resynchronised', outcome: 'unknown' });
    // Both numbers are 0 again and the link works.
    expect(play(machine, machine.begin(select), [['I(0,0) 00A40400', 'I(0,0) 9000']])).toEqual(done('9000'));
  });

  it('a card that stays mute ends in three RESYNCH, then only a reset helps', () => {
    const machine = plain();
    const script = [
      ['I(0,0) 00A40400', 'timeout'],
      ['R(0,2)', 'timeout'],
      ['R(0,2)', 'timeout'],
      ['S(C0)', 'timeout'],
      ['S(C0)', 'timeout'],
      ['S(C0)', 'timeout'],
    ] as const;
    expect(play(machine, machine.begin(select), script)).toEqual({ failed: 'mute', outcome: 'unknown' });
    expect(machine.begin(select)).toEqual({ failed: 'ended', outcome: 'not-sent' });
    expect(machine.announceIfsd(254)).toEqual({ failed: 'ended', outcome: 'not-sent' });
    const early = plain();
    expect(
      play(early, early.announceIfsd(254), [['S(C1) FE', 'timeout'], ['S(C1) FE', 'timeout'], ['S(C1) FE', 'timeout'], ...script.slice(3)]),
    ).toEqual({ failed: 'mute', outcome: 'not-sent' });
  });

  it('RESYNCH gives the ATR values back', () => {
    const machine = plain(4);
    const script = [
      ['I(0,1) 00010203', 'S(C1) 02'],
      ['S(E1) 02', 'timeout'],
      ['R(0,2)', 'timeout'],
      ['R(0,2)', 'timeout'],
      ['S(C0)', 'S(E0)'],
    ] as const;
    expect(play(machine, machine.begin(counted(8)), [['I(0,1) 000B1621', 'S(C1) 02'], ...script.slice(1)])).toEqual({
      failed: 'resynchronised',
      outcome: 'unknown',
    });
    expect(play(machine, machine.begin(select), [['I(0,0) 00A40400', 'I(0,0) 9000']])).toEqual(done('9000'));
  });

  it('an answer in the middle of our chain is out of place', () => {
    const machine = plain(2);
    expect(
      play(machine, machine.begin(select), [
        ['I(0,1) 00A4', 'I(0,0) 9000'],
        ['R(0,2)', 'R(1,0)'],
        ['I(1,0) 0400', 'I(0,0) 6D00'],
      ]),
    ).toEqual(done('6d00'));
  });

  it('8: the card aborts a chain, ours or its own', () => {
    const ours = plain(2);
    expect(
      play(ours, ours.begin(select), [
        ['I(0,1) 00A4', 'S(C2)'],
        ['S(E2)', 'R(1,0)'],
      ]),
    ).toEqual({ failed: 'aborted', outcome: 'unknown' });
    expect(play(ours, ours.begin(bytes([1, 2])), [['I(1,0) 0102', 'I(0,0) 9000']])).toEqual(done('9000'));
    const its = plain();
    expect(
      play(its, its.begin(select), [
        ['I(0,0) 00A40400', 'I(0,1) AA'],
        ['R(1,0)', 'S(C2)'],
        ['S(E2)', 'I(1,0) 6F00'],
      ]),
    ).toEqual(done('6f00'));
    expect(play(its, its.begin(select), [['I(1,0) 00A40400', 'I(0,0) 9000']])).toEqual(done('9000'));
  });

  it('a RESYNCH request, a VPP error or a second answer from the card is out of place', () => {
    for (const strange of ['S(C0)', 'S(E0)', 'S(C4)', 'S(E3) 01', 'S(C1) 00', 'S(C1) FF', 'S(C3)', 'R(1,0)']) {
      const machine = plain();
      expect(
        play(machine, machine.begin(select), [
          ['I(0,0) 00A40400', strange],
          ['R(0,2)', 'I(0,0) 9000'],
        ]),
        strange,
      ).toEqual(done('9000'));
    }
    const machine = plain();
    expect(machine.receive(block('I(0,0) 9000'))).toEqual({ failed: 'ended', outcome: 'not-sent' });
  });

  it('waiting requests and answers without end are ended', () => {
    const forever = (answer: (i: number) => Bytes): T1Step => {
      const machine = plain();
      let step = machine.begin(select);
      for (let i = 0; i < 200_000 && 'send' in step; i++) step = machine.receive(answer(i));
      return step;
    };
    const waiting = block('S(C3) 01');
    expect(forever(() => waiting)).toEqual({ failed: 'endless', outcome: 'unknown' });
    const parts = [block(`I(0,1) ${'AB'.repeat(32)}`), block(`I(1,1) ${'AB'.repeat(32)}`)];
    expect(forever((i) => parts[i & 1] ?? waiting)).toEqual({ failed: 'too-long', outcome: 'unknown' });
  });

  it('leaves no block of the command behind', () => {
    const machine = plain();
    const first = machine.begin(fromHex('0020008004 31323334'));
    machine.receive(block('I(0,0) 9000'));
    expect('send' in first && first.send.every((octet) => octet === 0)).toBe(true);
  });
});

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
