import type { Bytes } from '../codec/bytes.ts';
import { getData, putAndCompare, readCertificate } from './data-objects.ts';
import { CardError } from './errors.ts';
import { buildKeyHistory, type KeyHistory, parseKeyHistory, RETIRED_KEYS } from './key-history.ts';
import { TAG } from './objects.ts';
import type { PivSession } from './session.ts';
import { type PivSlot, SLOTS } from './slots.ts';

/* Retired key management slots and the object that counts them (SP 800-73-4 part 1, 3.3.3). Numbers 1..20 are keys 82..95. */

/** The slots by number, the first at 0. */
export const RETIRED_SLOTS: readonly PivSlot[] = SLOTS.slice(4);

/** Number of a retired slot; undefined for the others. */
export function retiredNumber(slot: PivSlot): number | undefined {
  const at = RETIRED_SLOTS.indexOf(slot);
  return at < 0 ? undefined : at + 1;
}

/** The object; one that makes no sense counts as none. */
export async function readKeyHistory(piv: PivSession): Promise<KeyHistory | undefined> {
  const content = await getData(piv, TAG.KEY_HISTORY);
  if (content === undefined) return undefined;
  try {
    return piv.parse(0xcb, () => parseKeyHistory(content));
  } catch (error) {
    if (error instanceof CardError && error.reason === 'bad-answer') return undefined;
    throw error;
  }
}

const NONE: KeyHistory = { onCard: 0, offCard: 0, url: undefined };

/** @throws CardError `bad-parameter` when the place belongs to a key whose certificate is off the card; nothing is sent */
export function checkRetiredPlace(history: KeyHistory | undefined, number: number): void {
  const { offCard } = history ?? NONE;
  if (number + offCard > RETIRED_KEYS)
    throw new CardError('bad-parameter', `retired slot ${number} belongs to a key whose certificate is off the card`);
}

async function writeKeyHistory(piv: PivSession, history: KeyHistory): Promise<void> {
  const off = history.url === undefined ? { offCard: 0, url: undefined } : { offCard: history.offCard, url: history.url };
  const kept = off.offCard === 0 ? { offCard: 0, url: undefined } : off;
  await putAndCompare(piv, TAG.KEY_HISTORY, buildKeyHistory({ onCard: Math.min(history.onCard, RETIRED_KEYS - kept.offCard), ...kept }));
}

/**
 * Keeps the count true after the certificate of one retired slot was written or removed. `history` is what the object said just before. A
 * removal in the middle leaves the count: readers use it as a bound. Key 9B has to be authenticated. Answers the new history.
 */
export async function noteRetired(
  piv: PivSession,
  history: KeyHistory | undefined,
  number: number,
  present: boolean,
): Promise<KeyHistory | undefined> {
  const before = history ?? NONE;
  const onCard = present ? Math.max(before.onCard, number) : before.onCard === number ? number - 1 : before.onCard;
  if (onCard === before.onCard) return history;
  const after = { ...before, onCard };
  await writeKeyHistory(piv, after);
  return after;
}

export interface RepairedHistory {
  readonly changed: boolean;
  readonly onCard: number;
  /** Slot numbers below the highest that hold no certificate: the standard wants none, and only moving keys would close them. */
  readonly gaps: readonly number[];
}

/**
 * Reads all twenty certificates and writes the history that fits: the count is the number of the highest slot in use, so that nobody who
 * stops there misses one. Key 9B has to be authenticated when something is wrong; off-card entries stay as they are.
 * @throws CardError `not-authenticated`, `write-mismatch`
 */
export async function repairKeyHistory(piv: PivSession, authenticate: () => Promise<void>): Promise<RepairedHistory> {
  const found: (Bytes | undefined)[] = [];
  for (const slot of RETIRED_SLOTS) found.push(await readCertificate(piv, slot.certificate));
  const onCard = found.findLastIndex((der) => der !== undefined) + 1;
  const gaps = found.slice(0, onCard).flatMap((der, i) => (der === undefined ? [i + 1] : []));
  const history = await readKeyHistory(piv);
  const changed = (history ?? NONE).onCard !== onCard;
  if (changed) {
    await authenticate();
    await writeKeyHistory(piv, { ...(history ?? NONE), onCard });
  }
  return { changed, onCard, gaps };
}
