import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, fromHex, toHex } from '../../../src/codec/index.ts';
import { decodeBlock, encodeBlock } from '../../../src/iso7816/t1-block.ts';
import { type T1Machine, type T1Step } from '../../../src/iso7816/t1.ts';
import { checkBytes, sealed } from './t1-card.ts';
import { block, counted, done, plain, select } from './t1-notation.ts';

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

  it('7.4: attempts are counted from the last good block, a request of the card among them', () => {
    for (const [request, response] of [
      ['S(C3) 01', 'S(E3) 01'],
      ['S(C1) 10', 'S(E1) 10'],
    ] as const) {
      const machine = plain();
      const script = [
        ['I(0,0) 00A40400', damaged('I(0,0) 9000')],
        ['R(0,1)', damaged('I(0,0) 9000')],
        ['R(0,1)', request],
        [response, damaged('I(0,0) 9000')],
        ['R(0,1)', damaged('I(0,0) 9000')],
        ['R(0,1)', 'I(0,0) 9000'],
      ] as const;
      expect(play(machine, machine.begin(select), script)).toEqual(done('9000'));
    }
  });

  it('7.4: S(RESYNCH response) has no information field', () => {
    const machine = plain();
    const script = [
      ['I(0,0) 00A40400', 'timeout'],
      ['R(0,2)', 'timeout'],
      ['R(0,2)', 'timeout'],
      ['S(C0)', 'S(E0) 00'],
      ['S(C0)', 'S(E0)'],
    ] as const;
    expect(play(machine, machine.begin(select), script)).toMatchObject({ failed: 'resynchronised' });
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

  it('RESYNCH gives IFSD 32 back: a longer block is refused then', () => {
    const machine = plain();
    expect(play(machine, machine.announceIfsd(254), [['S(C1) fe', 'S(E1) fe']])).toEqual(done(''));
    const mute = [
      ['I(0,0) 00A40400', 'timeout'],
      ['R(0,2)', 'timeout'],
      ['R(0,2)', 'timeout'],
      ['S(C0)', 'S(E0)'],
    ] as const;
    expect(play(machine, machine.begin(select), mute)).toMatchObject({ failed: 'resynchronised' });
    const long = (length: number): string => `I(0,0) ${toHex(counted(length))}`;
    expect(
      play(machine, machine.begin(select), [
        ['I(0,0) 00A40400', long(33)],
        ['R(0,2)', long(32)],
      ]),
    ).toEqual(done(toHex(counted(32))));
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
    // Also where another block follows it.
    const second = machine.begin(fromHex('0020008004 31323334'));
    machine.receive(damaged('I(1,0) 9000'));
    expect('send' in second && second.send.every((octet) => octet === 0)).toBe(true);
  });
});
