import { describe, expect, it } from 'vitest';
import { statusName, statusOf } from '../../../src/iso7816/index.ts';

describe('status words', () => {
  it('sorts by what comes next', () => {
    expect(statusOf(0x9000)).toEqual({ kind: 'done', sw: 0x9000 });
    expect(statusOf(0x6100)).toEqual({ kind: 'more', sw: 0x6100, bytes: 256 });
    expect(statusOf(0x61ff)).toEqual({ kind: 'more', sw: 0x61ff, bytes: 255 });
    expect(statusOf(0x6c00)).toEqual({ kind: 'wrong-le', sw: 0x6c00, ne: 256 });
    expect(statusOf(0x6c14)).toEqual({ kind: 'wrong-le', sw: 0x6c14, ne: 20 });
    expect(statusOf(0x63c0)).toEqual({ kind: 'retries', sw: 0x63c0, left: 0 });
    expect(statusOf(0x63cf)).toEqual({ kind: 'retries', sw: 0x63cf, left: 15 });
    expect(statusOf(0x63d0)).toEqual({ kind: 'warning', sw: 0x63d0, changed: true });
    expect(statusOf(0x6300)).toEqual({ kind: 'warning', sw: 0x6300, changed: true });
    expect(statusOf(0x6282)).toEqual({ kind: 'warning', sw: 0x6282, changed: false });
    expect(statusOf(0x9001)).toEqual({ kind: 'error', sw: 0x9001 });
    expect(statusOf(0x6983)).toEqual({ kind: 'error', sw: 0x6983 });
  });

  it('names every row of the standard and never fails on the rest', () => {
    const rows =
      `9000 6200 6281 6282 6283 6284 6285 6286 6300 6381 63C3 6400 6401 6500 6581 6600 6700 6800 6881 6882 6883 6884 6900 6981 6982 6983 6984 6985
      6986 6987 6988 6A00 6A80 6A81 6A82 6A83 6A84 6A85 6A86 6A87 6A88 6A89 6A8A 6B00 6C10 6110 6D00 6E00 6F00`.split(/\s+/);
    const texts = rows.map((row) => statusName(Number.parseInt(row, 16)));
    expect(new Set(texts.map((text) => text.slice(5))).size).toBe(rows.length);
    for (const [i, text] of texts.entries()) {
      expect(text.startsWith(`${rows[i] ?? '?'} `)).toBe(true);
      expect(text).not.toMatch(/unknown|not specified|undefined/);
    }
    for (let sw = 0; sw <= 0xffff; sw++) expect(statusName(sw)).toMatch(/^[0-9A-F]{4} \S/);
  });

  it('reads as expected', () => {
    expect(statusName(0x6982)).toBe('6982 security status not satisfied');
    expect(statusName(0x63c2)).toBe('63C2 2 tries left');
    expect(statusName(0x6100)).toBe('6100 256 or more bytes more');
    expect(statusName(0x6402)).toBe('6402 triggering by the card');
    expect(statusName(0x69f0)).toBe('69F0 command not allowed, not specified');
    expect(statusName(0x9001)).toBe('9001 unknown status word');
    expect(statusName(0x0000)).toBe('0000 unknown status word');
  });
});
