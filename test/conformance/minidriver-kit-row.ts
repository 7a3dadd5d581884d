import type * as m from '../../src/minidriver/index.ts';
import type { Bench, Card } from './minidriver-bench.ts';

export type Outcome = m.ReturnCodeName | readonly m.ReturnCodeName[];

export interface Row {
  /** The kit's test, then where the fact sheet has the row. */
  readonly kit: string;
  readonly clause: string;
  readonly what: string;
  readonly expected: Outcome;
  /** True when the card may be asked before the refusal. */
  readonly asks?: true;
  readonly call: (card: Card, bench: Bench) => Promise<unknown>;
}

export const row = (kit: string, clause: string, what: string, expected: Outcome, call: Row['call'], asks?: true): Row => ({
  kit,
  clause,
  what,
  expected,
  call,
  ...(asks === undefined ? {} : { asks }),
});

export const INVALID = 'SCARD_E_INVALID_PARAMETER';
export const REVISION = 'ERROR_REVISION_MISMATCH';
export const OK = 'SCARD_S_SUCCESS';
