import { describe, expect, it } from 'vitest';
import { fromHex } from '../../../src/codec/index.ts';
import { describeAtr } from '../../../src/iso7816/describe-atr.ts';
import { parseAtr } from '../../../src/iso7816/index.ts';
import { corporaAbsent, corpusJson } from '../../corpora.ts';

const lines = (hex: string): string[] =>
  describeAtr(parseAtr(fromHex(hex))).map(({ name, value, detail }) => `${name} ${value}${detail === undefined ? '' : `: ${detail}`}`);

describe('ATR in words', () => {
  it('a security key', () => {
    expect(lines('3BFD1300008131FE158073C021C057597562694B657940')).toEqual([
      'TS 3B: direct convention',
      'T0 FD: 13 historical bytes',
      'TA1 13: F=372, D=4, 43010 bit/s at 4 MHz, clock up to 5 MHz',
      'TB1 00: programming voltage, no longer used',
      'TC1 00: extra guard time 0 etu',
      'TD1 81: T=1 follows',
      'TD2 31: T=1 follows',
      'TA3 FE: IFSC 254',
      'TB3 15: BWI 1, CWI 5',
      'protocols T=1: negotiable',
      'historical bytes 80 73 C0 21 C0 57 59 75 62 69 4B 65 79: .s.!.WYubiKey',
      'card capabilities C0 21 C0',
      "issuer's data 59 75 62 69 4B 65 79",
      'command chaining yes',
      'extended length yes',
      'TCK 40: right',
    ]);
  });

  it('the rest of the words', () => {
    expect(lines('3F D0 70 FF D1 91 14 FF 44 FF 01 00 1F C3 AA')).toEqual(
      expect.arrayContaining([
        'TS 3F: inverse convention',
        'TA1 70: reserved speed',
        'TC1 FF: shortest guard time',
        'TA2 91: specific mode, T=1, cannot change, implicit parameters',
        'TC2 14: waiting integer 20 (T=0)',
      ]),
    );
    expect(lines('3B 80 80 B1 FF 75 1F C3 00').join('\n')).toMatch(
      /IFSC 255, reserved[\s\S]*TA4 C3: clock stop either way; 5 V, 3 V[\s\S]*TCK 00: wrong/,
    );
    expect(lines('3B 80 80 3F 07 80')).toEqual(
      expect.arrayContaining(['TA3 07: no clock stop; 5 V, 3 V, 1.8 V', 'TB3 80: use of contact C6', 'TCK -: missing']),
    );
    expect(lines('3B 80 01 81 AB')).toContain('trailing bytes AB');
    expect(lines('3B 05 41')).toContain('historical bytes 41: A, 4 missing');
    expect(lines('3B00')).toContain('TCK -: none, T=0 alone needs none');
    expect(lines('3B 03 80 C1 55')).toContain('data object 0C 55');
    expect(lines('3B 80 0E 31 8E').join()).not.toMatch(/undefined|NaN/);
  });

  it.skipIf(corporaAbsent !== undefined)('no ATR of the published list leaves a gap in the words', () => {
    const list = corpusJson('atr/smartcard-list.json') as readonly { readonly atr: string }[];
    const gaps = list
      .filter((row) => /^[0-9A-F ]+$/i.test(row.atr))
      .filter((row) => lines(row.atr).some((line) => /undefined|NaN|: $|: ;/.test(line)));
    expect(gaps).toEqual([]);
  });
});
