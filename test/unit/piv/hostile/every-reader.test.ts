import { describe, expect, it } from 'vitest';
import { readersIn, readersOfPiv } from './readers.ts';
import { ROWS } from './rows.ts';

/* No reader of octets without a row: who writes one is told so here. */

/** Readers that are run by something else than a row, and by what. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'card-edge/files.ts readFile': 'makes the host’s files of what other rows read: damaged-card.test.ts',
  'inventory.ts readInventory': 'damaged-card.test.ts',
  'session.ts PivSession.selectAnother': 'looks at the status word alone: status-words.test.ts',
};

describe('every reader of octets', () => {
  const covered = new Set([...ROWS.flatMap(({ covers }) => covers), ...Object.keys(ELSEWHERE)]);

  it('under src/piv has a row, and no row speaks of one that is gone', () => {
    expect([...covered].sort()).toEqual([...new Set(readersOfPiv())].sort());
  });

  it('is found whatever it looks like', () => {
    const source = `
      export function parseThing(content: Bytes): number { return content[0] ?? 0; }
      function hidden(content: Bytes) { return needTlv(readTlvs(content), 0x53); }
      export const readOther = (source: Bytes) => source.length;
      const cut = (source: Bytes) => new Cursor(source).u8();
      export async function asks(piv: PivSession) { return (await piv.send(0xf7, 0, 0, { answer: true })).data; }
      export class Session { async ask() { return this.exchange(0xf8, { answer: true }); } }
      export function build(value: number) { return writeTlv(0x53, bytes([value])); }
    `;
    expect(readersIn('x.ts', source)).toEqual(['x.ts parseThing', 'x.ts hidden', 'x.ts readOther', 'x.ts cut', 'x.ts asks', 'x.ts Session.ask']);
  });

  it('has a name of its own', () => {
    const names = ROWS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
