import { getData, putAndCompare } from '../data-objects.ts';
import { lenient } from '../errors.ts';
import { buildCcc, buildChuid } from '../holder-objects.ts';
import { TAG } from '../objects.ts';
import type { EdgeState } from './state.ts';

/* What the edge's `provision` writes to a card that nobody has given an identity. */

/** Years that a CHUID written here is good for. */
const CHUID_YEARS = 10;

/**
 * Writes CHUID and CCC where the card says that it has none; answers what was written. One that is there stays, also one that can not be read:
 * it may be an issuer's, which only the issuer can sign anew, and the inspector tells of it.
 */
export async function provision(state: EdgeState): Promise<readonly string[]> {
  const { piv } = state;
  const { random, today } = state.options;
  const absent = async (tag: number): Promise<boolean> => (await lenient(async () => (await getData(piv, tag)) ?? null)) === null;
  const written: string[] = [];
  if (await absent(TAG.CHUID)) {
    const expiry = new Date(today());
    expiry.setUTCFullYear(expiry.getUTCFullYear() + CHUID_YEARS);
    await state.administrate();
    state.forgetChuid();
    await putAndCompare(piv, TAG.CHUID, buildChuid(random, expiry));
    written.push('CHUID');
  }
  if (await absent(TAG.CCC)) {
    await state.administrate();
    await putAndCompare(piv, TAG.CCC, buildCcc(random));
    written.push('CCC');
  }
  return written;
}
