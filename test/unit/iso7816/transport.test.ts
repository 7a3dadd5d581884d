import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, fromHex, toHex } from '../../../src/codec/index.ts';
import { ApduExchange, type TransportOptions, encodeCommand, parseCommand } from '../../../src/iso7816/index.ts';
import { reasonOf } from './reason.ts';

const usual: TransportOptions = { form: 'auto', shortCommandBytes: 261, extendedCommandBytes: 0, answerBytes: 258, cardTakesExtended: undefined };
const wide: TransportOptions = { ...usual, extendedCommandBytes: 65544, answerBytes: 65538, cardTakesExtended: true };
const counted = (length: number): Bytes => bytes(Array.from({ length }, (_, i) => (i * 7 + (i >>> 8)) & 0xff));

/** Plays a script of [what must be sent, what the card answers]; returns the answer, refuses leftovers. */
function play(command: Bytes, options: TransportOptions, script: readonly (readonly [string, string])[]): string {
  const exchange = new ApduExchange(command, options);
  let send = exchange.start();
  for (const [i, [expected, answer]] of script.entries()) {
    expect(toHex(send), `APDU ${i}`).toBe(toHex(fromHex(expected)));
    const step = exchange.next(fromHex(answer));
    if ('done' in step) {
      expect(i, 'script used up').toBe(script.length - 1);
      return toHex(step.done);
    }
    send = step.send;
  }
  throw new Error(`the script ends, ${toHex(send)} is to be sent`);
}

describe('one APDU that fits', () => {
  it('goes as it is, and the caller keeps it', () => {
    const command = fromHex('0020008008 313233343536FFFF');
    const exchange = new ApduExchange(command, usual);
    expect(exchange.start()).toBe(command);
    expect(exchange.next(fromHex('63C2'))).toEqual({ done: fromHex('63C2') });
    expect(command[5]).toBe(0x31);
  });

  it('an extended encoding that fits short goes short, unless extended is asked for', () => {
    expect(play(fromHex('00CB3FFF 000003 5C017E 0000'), usual, [['00CB3FFF 03 5C017E 00', 'AA9000']])).toBe('aa9000');
    expect(play(fromHex('00CB3FFF 000003 5C017E 0000'), wide, [['00CB3FFF 000003 5C017E 0000', 'AA9000']])).toBe('aa9000');
    expect(play(fromHex('00CB3FFF 000003 5C017E 0010'), wide, [['00CB3FFF 03 5C017E 10', 'AA9000']])).toBe('aa9000');
    expect(play(fromHex('00CB3FFF 000003 5C017E 0010'), { ...wide, form: 'extended' }, [['00CB3FFF 000003 5C017E 0010', 'AA9000']])).toBe('aa9000');
    expect(play(fromHex('00CB3FFF 000003 5C017E 0000'), { ...wide, form: 'chain' }, [['00CB3FFF 03 5C017E 00', 'AA9000']])).toBe('aa9000');
  });

  it('asks for no more than the reader can bring back', () => {
    expect(
      play(fromHex('00CA0000 00'), { ...usual, answerBytes: 54 }, [
        ['00CA0000 34', '016105'],
        ['00C0000005', '029000'],
      ]),
    ).toBe('01029000');
    expect(
      play(fromHex('00CA0000 00'), { ...usual, answerBytes: 54 }, [
        ['00CA0000 34', '6CF0'],
        ['00CA000034', '026100'],
        ['00C0000034', '039000'],
      ]),
    ).toBe('02039000');
  });
});

describe('GET RESPONSE', () => {
  it('collects 61xx, xx = 00 being 256', () => {
    expect(
      play(fromHex('00CA000000'), usual, [
        ['00CA000000', 'AABB6100'],
        ['00C0000000', 'CC6102'],
        ['00C0000002', 'DDEE9000'],
      ]),
    ).toBe('aabbccddee9000');
    expect(
      play(fromHex('00A4040002A000'), usual, [
        ['00A4040002A000', '6102'],
        ['00C0000002', 'DDEE9000'],
      ]),
    ).toBe('ddee9000');
  });

  it('keeps data with a warning or an error at the end', () => {
    expect(
      play(fromHex('00CA000000'), usual, [
        ['00CA000000', 'AA6110'],
        ['00C0000010', 'BB6282'],
      ]),
    ).toBe('aabb6282');
    expect(play(fromHex('00CA000000'), usual, [['00CA000000', 'AA6282']])).toBe('aa6282');
    expect(
      play(fromHex('00CA000000'), usual, [
        ['00CA000000', 'AA6110'],
        ['00C0000010', '6985'],
      ]),
    ).toBe('aa6985');
  });

  it('clears chaining and secure messaging in CLA, keeps the channel', () => {
    const claOf = (cla: string): string => {
      const exchange = new ApduExchange(fromHex(`${cla}CA000000`), usual);
      exchange.start();
      const step = exchange.next(fromHex('6105'));
      return 'send' in step ? toHex(step.send.subarray(0, 2)) : 'done';
    };
    expect(['00', '01', '10', '0C', '1E', '41', '7F', '80', '84', '86', 'A0', '90'].map(claOf)).toEqual([
      '00c0',
      '01c0',
      '00c0',
      '00c0',
      '02c0',
      '41c0',
      '4fc0',
      '80c0',
      '00c0',
      '02c0',
      'a0c0',
      '80c0',
    ]);
  });

  it('repeats 6Cxx once, for the command and for GET RESPONSE', () => {
    expect(
      play(fromHex('00CA000000'), usual, [
        ['00CA000000', '6C04'],
        ['00CA000004', '010203049000'],
      ]),
    ).toBe('010203049000');
    expect(
      play(fromHex('00CA000000'), usual, [
        ['00CA000000', '6C04'],
        ['00CA000004', '6C05'],
      ]),
    ).toBe('6c05');
    expect(
      play(fromHex('00CA000000'), usual, [
        ['00CA000000', '6110'],
        ['00C0000010', '6C02'],
        ['00C0000002', 'AABB9000'],
      ]),
    ).toBe('aabb9000');
    expect(
      play(fromHex('00A40000023F0000'), usual, [
        ['00A40000023F0000', '6C10'],
        ['00A40000023F0010', '6102'],
        ['00C0000002', 'AABB9000'],
      ]),
    ).toBe('aabb9000');
    expect(
      play(fromHex('00CA0000000200'), wide, [
        ['00CA0000000200', '6CFF'],
        ['00CA00000000FF', '9000'],
      ]),
    ).toBe('9000');
    // Nothing was asked for: 6Cxx is the answer.
    expect(play(fromHex('00A40000'), usual, [['00A40000', '6C10']])).toBe('6c10');
  });

  it('ends when the card never does', () => {
    const forever = (answer: string): { reason: string; exchanges: number } => {
      const exchange = new ApduExchange(fromHex('00CA000000'), usual);
      exchange.start();
      let exchanges = 0;
      const reason = reasonOf(() => {
        for (; exchanges < 5000; exchanges++) if ('done' in exchange.next(fromHex(answer))) return;
      });
      return { reason, exchanges };
    };
    expect(forever('6100')).toEqual({ reason: 'too-many-exchanges', exchanges: 4 });
    expect(forever('AA6101')).toEqual({ reason: 'too-many-exchanges', exchanges: 2048 });
    expect(forever(`${'AB'.repeat(256)}6100`)).toEqual({ reason: 'bad-answer', exchanges: 256 });
    expect(forever('6C00')).toEqual({ reason: 'none', exchanges: 1 });
    expect(forever('90').reason).toBe('bad-answer');
  });
});

describe('command chaining', () => {
  const long = encodeCommand({ cla: 0x00, ins: 0xdb, p1: 0x3f, p2: 0xff, data: counted(600), ne: 0 }, 'extended');

  it('parts of 255, CLA bit 0x10 on all but the last, Le on the last', () => {
    const apdu = { cla: 0x0c, ins: 0x87, p1: 0x07, p2: 0x9a, data: counted(300), ne: 256 };
    const data = toHex(apdu.data);
    const script = [
      [`1C87079AFF${data.slice(0, 510)}`, '9000'],
      [`0C87079A2D${data.slice(510)}00`, 'AA6101'],
      ['00C0000001', 'BB9000'],
    ] as const;
    expect(play(encodeCommand(apdu, 'extended'), usual, script)).toBe('aabb9000');
  });

  it('any other status than 9000 to a part is the answer', () => {
    const data = toHex(counted(600));
    expect(play(long, usual, [[`10DB3FFFFF${data.slice(0, 510)}`, '6884']])).toBe('6884');
    expect(
      play(long, usual, [
        [`10DB3FFFFF${data.slice(0, 510)}`, '9000'],
        [`10DB3FFFFF${data.slice(510, 1020)}`, '6A84'],
      ]),
    ).toBe('6a84');
    expect(play(long, usual, [[`10DB3FFFFF${data.slice(0, 510)}`, '6105']])).toBe('6105');
    expect(play(long, usual, [[`10DB3FFFFF${data.slice(0, 510)}`, '6C05']])).toBe('6c05');
  });

  it('a 6Cxx to the last part is the answer: that part alone is not the command', () => {
    const command = encodeCommand({ cla: 0, ins: 0x87, p1: 7, p2: 0x9a, data: counted(256), ne: 256 }, 'extended');
    const data = toHex(counted(256));
    expect(
      play(command, usual, [
        [`1087079AFF${data.slice(0, 510)}`, '9000'],
        [`0087079A01${data.slice(510)}00`, '6C05'],
      ]),
    ).toBe('6c05');
  });

  it('auto: extended when card and reader take it, chaining otherwise', () => {
    const first = (options: TransportOptions): string => toHex(new ApduExchange(long, options).start().subarray(0, 7));
    const extended = '00db3fff000258';
    const chained = '10db3fffff0007';
    expect(first(wide)).toBe(extended);
    expect(first({ ...wide, cardTakesExtended: undefined })).toBe(chained);
    expect(first({ ...wide, cardTakesExtended: false })).toBe(chained);
    expect(first({ ...wide, extendedCommandBytes: 606 })).toBe(chained);
    expect(first({ ...wide, extendedCommandBytes: 607 })).toBe(extended);
    expect(first({ ...wide, form: 'chain' })).toBe(chained);
    expect(first({ ...wide, form: 'extended', cardTakesExtended: undefined })).toBe(extended);
  });

  it('refuses before anything is sent', () => {
    const refuses = (options: TransportOptions, command: Bytes = long): string => reasonOf(() => new ApduExchange(command, options));
    expect(refuses({ ...wide, form: 'extended', extendedCommandBytes: 0 })).toBe('too-long');
    expect(refuses({ ...wide, form: 'extended', extendedCommandBytes: 606 })).toBe('too-long');
    expect(refuses({ ...wide, form: 'extended', cardTakesExtended: false })).toBe('too-long');
    expect(refuses({ ...usual, shortCommandBytes: 5 })).toBe('too-long');
    expect(refuses({ ...usual, shortCommandBytes: 3 }, fromHex('00A40400'))).toBe('too-long');
    expect(refuses({ ...usual, shortCommandBytes: 4 }, fromHex('00A40400'))).toBe('none');
    expect(refuses(usual, fromHex('00A404'))).toBe('bad-apdu');
  });

  it('wipes each part after its response, and the last by wipe()', () => {
    const exchange = new ApduExchange(long, usual);
    const first = exchange.start();
    const step = exchange.next(fromHex('9000'));
    expect(first.every((octet) => octet === 0)).toBe(true);
    if (!('send' in step)) throw new Error('the second part is missing');
    expect(step.send.every((octet) => octet === 0)).toBe(false);
    exchange.wipe();
    expect(step.send.every((octet) => octet === 0)).toBe(true);
    expect(long.every((octet) => octet === 0)).toBe(false);
  });

  /** The card's side, written from the standard alone: joins parts, answers `reply` in pieces of Le. */
  class Card {
    joined = bytes(0);
    waiting: Bytes = bytes(0);
    longest = 0;
    readonly #reply: Bytes;
    constructor(reply: Bytes) {
      this.#reply = reply;
    }
    #give(ne: number): Bytes {
      const piece = this.waiting.slice(0, ne);
      this.waiting = this.waiting.slice(ne);
      const left = this.waiting.length;
      return concat(piece, left === 0 ? bytes([0x90, 0]) : bytes([0x61, left > 255 ? 0 : left]));
    }
    transmit(command: Bytes): Bytes {
      this.longest = Math.max(this.longest, command.length);
      const { cla, ins, data, ne } = parseCommand(command);
      if (ins === 0xc0) return this.#give(ne);
      this.joined = concat(this.joined, data);
      if ((cla & 0x10) !== 0) return bytes([0x90, 0x00]);
      this.waiting = this.#reply;
      return this.#give(ne);
    }
  }

  it('whatever the limits: the card gets the command, the caller gets the reply, no APDU is over the limit', () => {
    const run =
      (lose: boolean) => (nc: number, ne: number, reply: number, shortCommandBytes: number, answerBytes: number, form: 'auto' | 'chain') => {
        const card = new Card(counted(reply));
        const command = encodeCommand({ cla: 0, ins: 0xdb, p1: 0, p2: 0, data: counted(nc), ne }, 'extended');
        const exchange = new ApduExchange(command, { ...usual, form, shortCommandBytes, answerBytes });
        let answer = card.transmit(exchange.start());
        for (;;) {
          const step = exchange.next(lose && answer.length > 2 ? answer.subarray(1) : answer);
          if ('done' in step) {
            answer = step.done;
            break;
          }
          answer = card.transmit(step.send);
        }
        return {
          joined: toHex(card.joined) === toHex(counted(nc)),
          answer: toHex(answer) === `${toHex(counted(reply))}9000`,
          fits: card.longest <= shortCommandBytes,
        };
      };
    const all = [
      fc.integer({ min: 0, max: 3000 }),
      fc.integer({ min: 1, max: 65536 }),
      fc.integer({ min: 0, max: 3000 }),
      fc.integer({ min: 7, max: 261 }),
      fc.integer({ min: 16, max: 300 }),
      fc.constantFrom('auto', 'chain'),
    ] as const;
    fc.assert(fc.property(...all, (...chosen) => void expect(run(false)(...chosen)).toEqual({ joined: true, answer: true, fits: true })));
    // A lost byte must show.
    expect(run(true)(10, 256, 300, 261, 258, 'auto').answer).toBe(false);
  });
});
