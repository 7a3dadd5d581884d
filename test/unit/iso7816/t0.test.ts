import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, fromHex, toHex } from '../../../src/codec/index.ts';
import { ApduExchange, Iso7816Error, encodeCommand, parseCommand } from '../../../src/iso7816/index.ts';
import { T0Exchange } from '../../../src/iso7816/t0.ts';

const counted = (length: number): Bytes => bytes(Array.from({ length }, (_, i) => (i * 13 + (i >>> 8)) & 0xff));

/** Plays a script of [TPDU that must be sent, what the reader hands back]. */
function play(command: string, script: readonly (readonly [string, string])[]): string {
  const exchange = new T0Exchange(fromHex(command));
  let send = exchange.start();
  for (const [i, [expected, answer]] of script.entries()) {
    expect(toHex(send), `TPDU ${i}`).toBe(toHex(fromHex(expected)));
    const step = exchange.next(fromHex(answer));
    if ('done' in step) {
      expect(i, 'script used up').toBe(script.length - 1);
      return toHex(step.done);
    }
    send = step.send;
  }
  throw new Error('the script ends too early');
}

describe('T=0 mapping of ISO 7816-3, 12.2', () => {
  it('case 1 and case 3 end with their status, 61xx too', () => {
    expect(play('00A40400', [['00A40400', '9000']])).toBe('9000');
    expect(play('00A40400023F00', [['00A40400023F00', '6112']])).toBe('6112');
    expect(play('0020008002 3132', [['0020008002 3132', '63C2']])).toBe('63c2');
    expect(play('00A40400', [['00A40400', '6C10']])).toBe('6c10');
  });

  it('case 2: Le is P3, 6Cxx repeats, 61xx fetches, never more than Ne', () => {
    expect(play('00B0000003', [['00B0000003', 'AABBCC9000']])).toBe('aabbcc9000');
    expect(
      play('00B0000000', [
        ['00B0000000', '6C02'],
        ['00B0000002', 'AABB9000'],
      ]),
    ).toBe('aabb9000');
    expect(
      play('00B0000000', [
        ['00B0000000', '6C02'],
        ['00B0000002', '6C03'],
      ]),
    ).toBe('6c03');
    expect(
      play('00B0000004', [
        ['00B0000004', 'AABB6110'],
        ['00C0000002', 'CCDD610E'],
      ]),
    ).toBe('aabbccdd610e');
    expect(play('00B0000000', [['00B0000000', '6700']])).toBe('6700');
    expect(play('00B0000000', [['00B0000000', 'AA6282']])).toBe('aa6282');
    // With data it is no request to repeat: the card has done something.
    expect(play('00B0000000', [['00B0000000', 'AA6C02']])).toBe('aa6c02');
  });

  it('case 4: sent as case 3, then GET RESPONSE', () => {
    expect(
      play('00A40400023F0000', [
        ['00A40400023F00', '6102'],
        ['00C0000002', 'AABB9000'],
      ]),
    ).toBe('aabb9000');
    expect(
      play('00A40400023F0001', [
        ['00A40400023F00', '6102'],
        ['00C0000001', 'AA6101'],
      ]),
    ).toBe('aa6101');
    expect(
      play('00A40400023F0000', [
        ['00A40400023F00', '6100'],
        ['00C0000000', '6C02'],
        ['00C0000002', 'AABB9000'],
      ]),
    ).toBe('aabb9000');
    expect(
      play('10A40400023F0000', [
        ['10A40400023F00', '6102'],
        ['00C0000002', 'AABB9000'],
      ]),
    ).toBe('aabb9000');
    expect(play('00A40400023F0000', [['00A40400023F00', '6A82']])).toBe('6a82');
    expect(play('00A40400023F0000', [['00A40400023F00', '6283']])).toBe('6283');
  });

  it('case 4 answered 9000: fetches with Le; when there is nothing, 9000 stands', () => {
    expect(
      play('00A40400023F0005', [
        ['00A40400023F00', '9000'],
        ['00C0000005', 'AABB9000'],
      ]),
    ).toBe('aabb9000');
    expect(
      play('00A40400023F0000', [
        ['00A40400023F00', '9000'],
        ['00C0000000', '6C02'],
        ['00C0000002', 'AABB9000'],
      ]),
    ).toBe('aabb9000');
    expect(
      play('00A40400023F0000', [
        ['00A40400023F00', '9000'],
        ['00C0000000', '6985'],
      ]),
    ).toBe('9000');
    // Data were announced and none came: one GET RESPONSE is enough.
    expect(
      play('00A40400023F0000', [
        ['00A40400023F00', '6102'],
        ['00C0000002', '9000'],
      ]),
    ).toBe('9000');
  });

  it('a long Ne is collected by 61xx', () => {
    expect(
      play('00B00000000200', [
        ['00B0000000', `${'AB'.repeat(256)}6100`],
        ['00C0000000', `${'CD'.repeat(256)}6105`],
      ]),
    ).toBe(`${'ab'.repeat(256)}${'cd'.repeat(256)}6105`);
  });

  it('a long command goes by ENVELOPE', () => {
    const command = encodeCommand({ cla: 0, ins: 0xdb, p1: 0x3f, p2: 0xff, data: counted(300), ne: 256 }, 'extended');
    const hex = toHex(command);
    expect(command.length).toBe(309);
    const first = `00C20000FF${hex.slice(0, 510)}`;
    expect(
      play(hex, [
        [first, '9000'],
        [`00C2000036${hex.slice(510)}`, '6102'],
        ['00C0000002', 'AABB9000'],
      ]),
    ).toBe('aabb9000');
    expect(play(hex, [[first, '6D00']])).toBe('6d00');
  });

  it('ENVELOPE has the class of its command without the bit of command chaining, which speaks of the command inside', () => {
    for (const [cla, outer] of [
      ['10', '00'],
      ['90', '80'],
      ['1c', '0c'],
      ['01', '01'],
    ]) {
      const machine = new T0Exchange(fromHex(`${cla}D63FFF 00012C ${'AA'.repeat(300)}`));
      const first = machine.start();
      expect(toHex(first.slice(0, 6))).toBe(`${outer}c20000ff${cla}`);
      const step = machine.next(fromHex('9000'));
      expect('send' in step && toHex(step.send.slice(0, 5))).toBe(`${outer}c2000034`);
    }
  });

  it('no segment of ENVELOPE holds Le alone: the card has begun by then', () => {
    for (const [nc, segmentBytes] of [
      [503, 255],
      [504, 255],
      [505, 255],
      [300, 128],
      [249, 128],
    ] as const) {
      const command = encodeCommand({ cla: 0, ins: 0xdb, p1: 0, p2: 0, data: counted(nc), ne: 65536 }, 'extended');
      const exchange = new T0Exchange(command, segmentBytes);
      let got = bytes(0);
      for (let tpdu = exchange.start(); ;) {
        expect(tpdu[1]).toBe(0xc2);
        expect(tpdu.length - 5).toBeLessThanOrEqual(segmentBytes);
        expect(got.length, 'the command was whole before').toBeLessThan(7 + nc);
        got = concat(got, tpdu.slice(5));
        if (got.length === command.length) break;
        const step = exchange.next(fromHex('9000'));
        if ('done' in step) throw new Error('ended early');
        tpdu = step.send;
      }
      expect(toHex(got)).toBe(toHex(command));
    }
  });

  it('refuses INS 6x and 9x, and what is no APDU', () => {
    for (const command of ['00600000', '009F0000', '00']) expect(() => new T0Exchange(fromHex(command))).toThrow(Iso7816Error);
  });

  it('wipes the part with the PIN', () => {
    const exchange = new T0Exchange(fromHex('0020008004 31323334'));
    const sent = exchange.start();
    exchange.next(fromHex('9000'));
    expect(sent.every((octet) => octet === 0)).toBe(true);
  });

  it('ends when the card never does', () => {
    for (const answer of ['6101', 'AA6101', '6C00', '9000']) {
      const exchange = new T0Exchange(encodeCommand({ cla: 0, ins: 0xdb, p1: 0, p2: 0, data: counted(3), ne: 65536 }, 'extended'));
      exchange.start();
      let exchanges = 0;
      try {
        while (!('done' in exchange.next(fromHex(answer)))) exchanges++;
      } catch (error) {
        expect(error).toBeInstanceOf(Iso7816Error);
      }
      expect(exchanges).toBeLessThan(1025);
    }
  });

  /** A T=0 card that joins ENVELOPEs, knows its answer's length exactly and hands it out by GET RESPONSE. */
  class Card {
    readonly ran: string[] = [];
    #enveloped: Bytes = bytes(0);
    #waiting: Bytes = bytes(0);
    readonly #reply: Bytes;
    readonly #exact: boolean;
    constructor(reply: Bytes, exact: boolean) {
      this.#reply = reply;
      this.#exact = exact;
    }
    transmit(tpdu: Bytes): Bytes {
      const ins = tpdu[1] ?? 0;
      const p3 = tpdu[4] ?? 0;
      if (ins === 0xc0) return this.#give(p3 === 0 ? 256 : p3);
      if (ins === 0xc2) {
        this.#enveloped = concat(this.#enveloped, tpdu.subarray(5));
        try {
          parseCommand(this.#enveloped);
        } catch {
          return fromHex('9000');
        }
        this.ran.push(toHex(parseCommand(this.#enveloped).data));
        this.#waiting = this.#reply;
        return this.#status();
      }
      if (tpdu.length > 5) {
        this.ran.push(toHex(tpdu.subarray(5)));
        this.#waiting = this.#reply;
        return this.#status();
      }
      const ne = p3 === 0 ? 256 : p3;
      if (this.#exact && this.#reply.length < ne) return bytes([0x6c, this.#reply.length]);
      this.ran.push('');
      this.#waiting = this.#reply;
      return this.#give(ne);
    }
    #status(): Bytes {
      const left = this.#waiting.length;
      return left === 0 ? bytes([0x90, 0]) : bytes([0x61, left > 255 ? 0 : left]);
    }
    #give(ne: number): Bytes {
      if (this.#waiting.length === 0) return fromHex('6985');
      const piece = this.#waiting.slice(0, ne);
      this.#waiting = this.#waiting.slice(ne);
      return concat(piece, this.#status());
    }
  }

  it('under the APDU exchange: any command runs once, any answer comes whole', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2000 }),
        fc.integer({ min: 1, max: 65536 }),
        fc.integer({ min: 1, max: 2000 }),
        fc.boolean(),
        (nc, ne, na, exact) => {
          const card = new Card(counted(na), exact);
          const command = encodeCommand({ cla: 0, ins: 0xdb, p1: 0, p2: 0, data: counted(nc), ne }, 'extended');
          const whole = new ApduExchange(command, {
            form: 'extended',
            shortCommandBytes: 261,
            extendedCommandBytes: 65544,
            answerBytes: 65538,
            cardTakesExtended: true,
          });
          let apdu = whole.start();
          for (;;) {
            const tpdus = new T0Exchange(apdu);
            let tpdu = tpdus.next(card.transmit(tpdus.start()));
            while ('send' in tpdu) tpdu = tpdus.next(card.transmit(tpdu.send));
            const step = whole.next(tpdu.done);
            if ('done' in step) {
              expect(toHex(step.done)).toBe(`${toHex(counted(na))}9000`);
              break;
            }
            apdu = step.send;
          }
          expect(card.ran).toEqual([toHex(counted(nc))]);
        },
      ),
    );
  });
});
