import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/codec/index.ts';
import type { T1Machine, T1Step } from '../../../src/iso7816/t1.ts';
import { block, done, plain, select } from './t1-notation.ts';

const prologue = (machine: T1Machine, lengthBytes = 13): string => toHex(machine.beginHidden(lengthBytes) ?? new Uint8Array(0));
const sent = (step: T1Step): string => ('send' in step ? toHex(step.send) : JSON.stringify(step));

describe('T=1 with a block that the reader builds around a PIN (CCID 1.1, 6.1.11, bTeoPrologue)', () => {
  it('NAD, PCB and LEN of the block in turn; the answer is taken as ever', () => {
    const machine = plain();
    expect(prologue(machine)).toBe('00000d');
    expect(machine.receive(block('I(0,0) 9000'))).toEqual(done('9000'));
    expect(prologue(machine)).toBe('00400d');
    expect(machine.receive(block('I(1,0) 63C2'))).toEqual(done('63c2'));
    expect(sent(machine.begin(select))).toBe(toHex(block('I(0,0) 00A40400')));
  });

  it('asked for again by the card it is given up: nothing is sent in its place', () => {
    for (const error of [0, 1, 2]) {
      const machine = plain();
      prologue(machine);
      expect(machine.receive(block(`R(0,${error})`))).toEqual({ failed: 'hidden', outcome: 'unknown' });
      expect(machine.begin(select)).toEqual({ failed: 'ended', outcome: 'not-sent' });
    }
  });

  it('a damaged or missing answer is asked for, and a request of the card is answered', () => {
    const machine = plain();
    prologue(machine);
    expect(sent(machine.receive('parity'))).toBe(toHex(block('R(0,1)')));
    expect(machine.receive(block('S(C3) 03'))).toMatchObject({ send: block('S(E3) 03'), waitFactor: 3, waiting: true });
    expect(machine.receive(block('I(0,0) 9000'))).toEqual(done('9000'));
  });

  it('after three attempts RESYNCH, and the outcome is unknown', () => {
    const machine = plain();
    prologue(machine);
    for (const expected of ['R(0,2)', 'R(0,2)', 'S(C0)']) expect(sent(machine.receive('timeout'))).toBe(toHex(block(expected)));
    expect(machine.receive(block('S(E0)'))).toEqual({ failed: 'resynchronised', outcome: 'unknown' });
  });

  it('withdrawn, because nobody typed a PIN, it has used no number', () => {
    const machine = plain();
    prologue(machine);
    machine.withdraw();
    expect(prologue(machine)).toBe('00000d');
    machine.withdraw();
    expect(sent(machine.begin(select))).toBe(toHex(block('I(0,0) 00A40400')));
    // What goes on now is no such block, and is not withdrawn.
    machine.withdraw();
    expect(machine.receive(block('I(0,0) 9000'))).toEqual(done('9000'));
  });

  it('takes one block that is not longer than the card takes, and only where nothing else goes on', () => {
    const machine = plain(12);
    expect(machine.beginHidden(13)).toBeUndefined();
    machine.begin(select);
    expect(machine.beginHidden(12)).toBeUndefined();
    machine.receive(block('I(0,0) 9000'));
    expect(prologue(machine, 12)).toBe('00400c');
  });
});
