import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, fromHex, toHex } from '../../src/codec/index.ts';
import { describeAtr } from '../../src/iso7816/describe-atr.ts';
import { ApduExchange, Iso7816Error, type TransportStep, encodeCommand, parseAtr, parseCommand, statusName } from '../../src/iso7816/index.ts';
import { encodeBlock } from '../../src/iso7816/t1-block.ts';
import { T0Exchange, T1Machine, type T1Event, acceptPps, chooseProtocol, waitingTimes } from '../../src/iso7816/tpdu.ts';

function verdict(run: () => unknown): 'ok' | 'refused' {
  try {
    run();
    return 'ok';
  } catch (error) {
    if (error instanceof Iso7816Error) return 'refused';
    throw error;
  }
}

/** Exchanges until done or refused; more than `limit` is a failure. */
function exchanges(machine: { start(): Bytes; next(response: Bytes): TransportStep }, answer: (i: number) => Bytes, limit: number): number {
  machine.start();
  for (let i = 0; i <= limit; i++) {
    let over = false;
    if (verdict(() => (over = 'done' in machine.next(answer(i)))) === 'refused' || over) return i + 1;
  }
  throw new Error(`no end within ${limit} exchanges`);
}

const status = fc.constantFrom('9000', '6100', '6101', '61FF', '6C00', '6C01', '6CFF', '6282', '6A82', '0000', '');
const response = fc.tuple(fc.uint8Array({ maxLength: 300 }), status).map(([data, sw]) => concat(data, fromHex(sw)));

describe('hostile cards over ISO 7816', () => {
  it('planted: an exchange without end, and an error of another type, are caught', () => {
    const endless = { start: () => bytes(0), next: () => ({ send: bytes(0) }) };
    expect(() => exchanges(endless, () => bytes(2), 50)).toThrow('no end');
    expect(() => verdict(() => (undefined as unknown as Bytes).length)).toThrow(TypeError);
  });

  it('ATR: any bytes give an ATR with a description, a choice and waiting times, or a typed error', () => {
    const octet = fc.oneof(fc.constantFrom(0x00, 0x11, 0x31, 0x80, 0x81, 0x91, 0x95, 0xf1, 0xff), fc.nat(255));
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.constantFrom(0x3b, 0x3f, 0x03, 0x00), fc.array(octet, { maxLength: 48 }), fc.nat(3), (ts, rest, protocols) => {
        seen.add(
          verdict(() => {
            const atr = parseAtr(bytes([ts, ...rest]));
            for (const { name, value, detail } of describeAtr(atr)) expect(`${name}${value}${detail ?? ''}`).not.toMatch(/undefined|NaN/);
            verdict(() => {
              const { protocol, ta1 } = chooseProtocol(atr, protocols, { clockKhz: 4000, maxDataRate: 400_000, dataRates: [] });
              const times = waitingTimes(atr, protocol, ta1, 4000);
              for (const ms of Object.values(times)) expect(Number.isFinite(ms) && ms >= 0).toBe(true);
            });
          }),
        );
      }),
      { numRuns: 4000 },
    );
    expect(seen).toEqual(new Set(['ok', 'refused']));
  });

  it('APDU and PPS: any bytes are parsed or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        verdict(() => parseCommand(bytes(octets)));
        verdict(() => acceptPps(fromHex('FF11957B'), bytes(octets)));
      }),
      { numRuns: 3000 },
    );
    for (const sw of [-1, 0x10000, 1.5]) expect(statusName(sw)).not.toMatch(/undefined/);
  });

  it('whole APDUs: whatever the card answers, it ends within bounds', () => {
    fc.assert(
      fc.property(
        fc.nat(1200),
        fc.nat(65536),
        fc.array(response, { minLength: 1, maxLength: 12 }),
        fc.constantFrom('auto', 'chain', 'extended'),
        (nc, ne, answers, form) => {
          const command = encodeCommand({ cla: 0, ins: 0xcb, p1: 0, p2: 0, data: bytes(nc), ne }, 'extended');
          const exchange = new ApduExchange(command, {
            form,
            shortCommandBytes: 261,
            extendedCommandBytes: 65544,
            answerBytes: 258,
            cardTakesExtended: undefined,
          });
          expect(exchanges(exchange, (i) => answers[i % answers.length] ?? bytes(0), 2060)).toBeGreaterThan(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('T=0: whatever the card answers, it ends within bounds', () => {
    fc.assert(
      fc.property(fc.nat(1200), fc.nat(65536), fc.array(response, { minLength: 1, maxLength: 12 }), (nc, ne, answers) => {
        const command = encodeCommand({ cla: 0, ins: 0xcb, p1: 0, p2: 0, data: bytes(nc), ne }, 'extended');
        expect(exchanges(new T0Exchange(command), (i) => answers[i % answers.length] ?? bytes(0), 1100)).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  it('T=1: random blocks, right check bytes or not, end the exchange with an answer or a named failure', () => {
    const pcb = fc.oneof(
      fc.constantFrom(0x00, 0x20, 0x40, 0x60, 0x80, 0x81, 0x82, 0x90, 0x91, 0x92, 0xc0, 0xc1, 0xc2, 0xc3, 0xe0, 0xe1, 0xe2, 0xe3),
      fc.nat(255),
    );
    const event: fc.Arbitrary<T1Event> = fc.oneof(
      {
        weight: 8,
        arbitrary: fc
          .tuple(pcb, fc.uint8Array({ maxLength: 40 }))
          .map(([control, inf]) =>
            encodeBlock(control, control >= 0xc0 ? inf.slice(0, 1) : (control & 0xc0) === 0x80 ? inf.slice(0, 0) : inf, 'lrc'),
          ),
      },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((octets) => bytes(octets)) },
      { weight: 1, arbitrary: fc.constantFrom<T1Event>('parity', 'timeout') },
    );
    const ends = new Set<string>();
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 4, maxLength: 600 }),
        fc.integer({ min: 1, max: 254 }),
        fc.array(event, { minLength: 1, maxLength: 30 }),
        (command, ifsc, events) => {
          const machine = new T1Machine({ ifsc, edc: 'lrc' });
          let step = machine.begin(bytes(command));
          let count = 0;
          for (; 'send' in step; count++) {
            expect(step.send.length).toBeLessThanOrEqual(258);
            expect(step.send[0]).toBe(0);
            step = machine.receive(events[count % events.length] ?? 'timeout');
          }
          expect(count).toBeLessThanOrEqual(65537);
          if ('failed' in step) expect(step.outcome).toBe('unknown');
          ends.add('done' in step ? 'done' : step.failed);
        },
      ),
      { numRuns: 150 },
    );
    for (const end of ['done', 'mute']) expect(ends.has(end), end).toBe(true);
  });

  it('no error quotes what the card sent', () => {
    const secret = '31323334353637383930';
    const messages: string[] = [];
    const note = (run: () => unknown): void => {
      try {
        run();
      } catch (error) {
        if (error instanceof Iso7816Error) messages.push(error.message);
      }
    };
    note(() => parseCommand(fromHex(`0020008011${secret}`)));
    note(() => parseAtr(fromHex(`3BFF${secret.slice(0, 4)}`)));
    note(() => acceptPps(fromHex('FF11957B'), fromHex(secret)));
    note(
      () =>
        new ApduExchange(fromHex(`002000800A${secret}`), {
          form: 'auto',
          shortCommandBytes: 4,
          extendedCommandBytes: 0,
          answerBytes: 258,
          cardTakesExtended: undefined,
        }),
    );
    expect(messages).toHaveLength(4);
    const text = messages.join('\n').replace(/\s/g, '');
    for (const form of [secret, toHex(fromHex(secret), ','), '1234567890', '49,50,51']) expect(text).not.toContain(form);
  });
});
