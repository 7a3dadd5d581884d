import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, fromHex, toHex } from '../../../src/codec/index.ts';
import { parseAtr } from '../../../src/iso7816/index.ts';
import { type ReaderSpeeds, acceptPps, chooseProtocol, dataRate, encodePps } from '../../../src/iso7816/pps.ts';
import { ppsWaitMs, waitingTimes } from '../../../src/iso7816/timing.ts';
import { reasonOf } from './reason.ts';

const atr = (hex: string): ReturnType<typeof parseAtr> => parseAtr(fromHex(hex));
const reader: ReaderSpeeds = { clockKhz: 4000, maxDataRate: 344_086, dataRates: [] };

describe('PPS', () => {
  it('request bytes', () => {
    expect(toHex(encodePps(0, 0x11))).toBe('ff00ff');
    expect(toHex(encodePps(1, 0x11))).toBe('ff01fe');
    expect(toHex(encodePps(1, 0x95))).toBe('ff11957b');
    expect(toHex(encodePps(0, 0x18))).toBe('ff1018f7');
  });

  it('accepts an equal response, or one without PPS1 as the default speed', () => {
    expect(acceptPps(fromHex('FF11957B'), fromHex('FF11957B'))).toBe(0x95);
    expect(acceptPps(fromHex('FF11957B'), fromHex('FF01FE'))).toBe(0x11);
    expect(acceptPps(fromHex('FF01FE'), fromHex('FF01FE'))).toBe(0x11);
  });

  it('refuses everything else', () => {
    // Other speed, other protocol, wrong PCK, PPS1 not asked for, PPS2 set, cut off, longer, wrong PPSS.
    for (const response of ['FF11947A', 'FF1095 7A', 'FF11957A', 'FF00FF', 'FF21957B', 'FF11', '', 'FF11957B00', 'FE11957A']) {
      expect(
        reasonOf(() => acceptPps(fromHex('FF11957B'), fromHex(response))),
        response,
      ).toBe('bad-pps');
    }
    expect(reasonOf(() => acceptPps(fromHex('FF01FE'), fromHex('FF1111FF')))).toBe('bad-pps');
    expect(reasonOf(() => acceptPps(fromHex('FF01FE'), fromHex('FF11FE10')))).toBe('bad-pps');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), (response) => {
        const wire = toHex(response);
        const reason = reasonOf(() => acceptPps(fromHex('FF11957B'), bytes(response)));
        expect(reason).toBe(wire === 'ff11957b' || wire === 'ff01fe' ? 'none' : 'bad-pps');
      }),
    );
  });
});

describe('choice of protocol and speed', () => {
  it('rates of the standard table', () => {
    expect([0x11, 0x13, 0x94, 0x95, 0x96, 0x97, 0x18].map((ta1) => dataRate(ta1, 4000))).toEqual([
      10752, 43010, 62500, 125000, 250000, 500000, 129032,
    ]);
    expect([0x00, 0x70, 0x1a, 0xf1].map((ta1) => dataRate(ta1, 4000))).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('TA1 as it is, or the next smaller D that the reader carries', () => {
    const choice = (ta1: string, change: Partial<ReaderSpeeds> = {}): string => {
      const { protocol, ta1: chosen, pps } = chooseProtocol(atr(`3B 90 ${ta1} 81 00`), 3, { ...reader, ...change });
      return `${protocol} ${chosen.toString(16)} ${pps ? 'pps' : 'as it is'}`;
    };
    expect(choice('96')).toBe('1 96 pps');
    expect(choice('97')).toBe('1 96 pps');
    expect(choice('97', { maxDataRate: 130_000 })).toBe('1 95 pps');
    expect(choice('97', { dataRates: [10_752, 62_500] })).toBe('1 94 pps');
    expect(choice('97', { dataRates: [10_752] })).toBe('1 11 as it is');
    expect(choice('13', { dataRates: [10_753, 43_011] })).toBe('1 13 pps');
    expect(choice('18')).toBe('1 18 pps');
    expect(choice('18', { maxDataRate: 100_000 })).toBe('1 14 pps');
    expect(choice('19', { maxDataRate: 130_000 })).toBe('1 14 pps');
    expect(choice('11')).toBe('1 11 as it is');
    expect(choice('70')).toBe('1 11 as it is');
    expect(choice('01')).toBe('1 11 as it is');
  });

  it('the first protocol that both know', () => {
    const both = atr('3B 80 80 01 01');
    expect(chooseProtocol(both, 3, reader)).toEqual({ protocol: 0, ta1: 0x11, pps: false });
    expect(chooseProtocol(both, 2, reader)).toEqual({ protocol: 1, ta1: 0x11, pps: true });
    expect(chooseProtocol(atr('3B00'), 1, reader)).toEqual({ protocol: 0, ta1: 0x11, pps: false });
    expect(reasonOf(() => chooseProtocol(atr('3B00'), 2, reader))).toBe('unsupported');
    expect(reasonOf(() => chooseProtocol(atr('3B 80 0E 8E'), 3, reader))).toBe('unsupported');
  });

  it('a card in specific mode gets no PPS: its speed or none', () => {
    expect(chooseProtocol(atr('3B 90 96 91 81 31 20 45 00'), 3, reader)).toEqual({ protocol: 1, ta1: 0x96, pps: false });
    expect(chooseProtocol(atr('3B 80 10 01'), 3, reader)).toEqual({ protocol: 1, ta1: 0x11, pps: false });
    expect(reasonOf(() => chooseProtocol(atr('3B 90 97 10 01'), 3, reader))).toBe('unsupported');
    expect(reasonOf(() => chooseProtocol(atr('3B 90 96 10 11'), 3, reader))).toBe('unsupported');
    expect(reasonOf(() => chooseProtocol(atr('3B 90 96 10 01'), 1, reader))).toBe('unsupported');
  });

  it('never faster than the card or the reader', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 255 }),
        fc.integer({ min: 1000, max: 20_000 }),
        fc.integer({ min: 1000, max: 2_000_000 }),
        fc.array(fc.integer({ min: 9000, max: 500_000 }), { maxLength: 5 }),
        (ta1, clockKhz, maxDataRate, dataRates) => {
          const chosen = chooseProtocol(parseAtr(bytes([0x3b, 0x10, ta1])), 1, { clockKhz, maxDataRate, dataRates });
          expect(chosen.pps).toBe(chosen.ta1 !== 0x11);
          if (chosen.ta1 === 0x11) return;
          const rate = dataRate(chosen.ta1, clockKhz) ?? Number.NaN;
          expect(rate).toBeLessThanOrEqual(Math.min(maxDataRate, dataRate(ta1, clockKhz) ?? 0));
          expect(rate).toBeGreaterThan(dataRate(0x11, clockKhz) ?? 0);
        },
      ),
    );
  });
});

describe('waiting times', () => {
  it('the defaults at 3.72 MHz, worked out by hand', () => {
    // etu = 372 / 3720 kHz = 0.1 ms; BWT = 11 etu + 2^4 * 960 * 372 / f; CWT = (11 + 2^13) etu; WWT = 960 * 10 * 372 / f.
    const t1 = waitingTimes(atr('3B00'), 1, 0x11, 3720);
    expect(t1.etuMs).toBeCloseTo(0.1, 9);
    expect(t1.bwtMs).toBeCloseTo(1.1 + 1536, 6);
    expect(t1.cwtMs).toBeCloseTo(820.3, 6);
    expect(t1.wwtMs).toBeCloseTo(960, 6);
    expect(t1.exchangeMs).toBeCloseTo(260 * 1.2 + 1537.1 + 260 * 820.3 + 1000, 4);
    expect(waitingTimes(atr('3B00'), 0, 0x11, 3720).exchangeMs).toBeCloseTo(5 * 1.2 + 260 * 960, 4);
  });

  it('follows TC1, TC2, BWI, CWI and the speed', () => {
    // TC1 = FF, TC2 = 01; then TA1 = 95, BWI 1, CWI 5.
    expect(waitingTimes(atr('3B C0 FF 40 01'), 0, 0x11, 3720)).toMatchObject({ exchangeMs: 5 * 12 * 0.1 + 260 * 96 });
    const fast = waitingTimes(atr('3B 90 95 81 21 15 00'), 1, 0x95, 4000);
    expect(fast.etuMs).toBeCloseTo(512 / 16 / 4000, 9);
    expect(fast.cwtMs).toBeCloseTo(43 * fast.etuMs, 9);
    expect(fast.bwtMs).toBeCloseTo(11 * fast.etuMs + (2 * 960 * 372) / 4000, 6);
  });

  it('BWI over 9 is reserved, and counts as 9; T=0 has three seconds at least', () => {
    const bwt = (tb3: string): number => waitingTimes(atr(`3B808121${tb3}00`), 1, 0x11, 3720).bwtMs;
    expect(bwt('F0')).toBe(bwt('90'));
    expect(bwt('80')).toBeLessThan(bwt('90'));
    expect(waitingTimes(atr('3B804001'), 0, 0x11, 50_000).exchangeMs).toBe(3000);
  });

  it('WI 00 is reserved, and counts as the smallest there is', () => {
    expect(waitingTimes(atr('3B804000'), 0, 0x11, 3720).wwtMs).toBeCloseTo(96, 9);
    expect(waitingTimes(atr('3B804001'), 0, 0x11, 3720).wwtMs).toBeCloseTo(96, 9);
  });

  it('a minute where the speed is unknown', () => {
    expect(waitingTimes(atr('3B00'), 1, 0x71, 4000).exchangeMs).toBe(60_000);
    expect(waitingTimes(atr('3B00'), 1, 0x11, 0).exchangeMs).toBe(60_000);
    expect(waitingTimes(atr('3B00'), 0, 0x1f, Number.NaN).exchangeMs).toBe(60_000);
    // Megahertz, or nonsense: no reader makes a host wait for hours.
    for (const clockKhz of [4, 99]) {
      expect(waitingTimes(atr('3B00'), 0, 0x11, clockKhz).exchangeMs).toBe(60_000);
      expect(ppsWaitMs(clockKhz)).toBe(60_000);
    }
    expect(waitingTimes(atr('3B00'), 0, 0x11, 250).exchangeMs).toBeGreaterThan(60_000);
  });

  it('a PPS response may take 9600 etu before each of six characters', () => {
    expect(ppsWaitMs(3720)).toBe(6 * 9600 * 0.1 + 1000);
  });
});
