import { type Bytes, bytes, concat } from '../codec/bytes.ts';
import { readTlvs, writeTlv } from '../codec/tlv.ts';
import { getData, putAndCompare } from './data-objects.ts';
import { CardError } from './errors.ts';
import { buildKeyHistory, type KeyHistory, parseKeyHistory, RETIRED_KEYS } from './key-history.ts';
import { TAG } from './objects.ts';
import type { PivSession } from './session.ts';
import { type PivSlot, SLOTS } from './slots.ts';
import { storedCertificate } from './stored-certificate.ts';

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

/**
 * The same object with other counts. What else stands in it stays octet for octet, and so does an address that the standard does not allow.
 */
function recounted(content: Bytes, onCard: number, offCard: number): Bytes {
  const counts = new Map([
    [0xc1, onCard],
    [0xc2, offCard],
  ]);
  const fields = readTlvs(content, { simpleTags: true }).map(({ tag, value }) => {
    const count = counts.get(tag);
    return writeTlv(tag, count === undefined ? value : bytes([count]));
  });
  return concat(...fields);
}

/** Writes other counts. An object that makes no sense is replaced. */
async function writeKeyHistory(piv: PivSession, onCard: number, offCard: number): Promise<void> {
  const content = await getData(piv, TAG.KEY_HISTORY);
  const stands = content !== undefined && (await readKeyHistory(piv)) !== undefined;
  await putAndCompare(piv, TAG.KEY_HISTORY, stands ? recounted(content, onCard, offCard) : buildKeyHistory({ onCard, offCard: 0, url: undefined }));
}

/** Number of the highest retired slot below this one whose object is not empty; 0 when all are. */
async function highestBelow(piv: PivSession, number: number): Promise<number> {
  for (const [i, slot] of [...RETIRED_SLOTS.slice(0, number - 1).entries()].reverse())
    if ((await storedCertificate(piv, slot)) !== undefined) return i + 1;
  return 0;
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
  let { onCard } = before;
  if (present) onCard = Math.max(onCard, number);
  else if (onCard === number) onCard = await highestBelow(piv, number);
  if (onCard === before.onCard) return history;
  await writeKeyHistory(piv, onCard, before.offCard);
  return { ...before, onCard };
}

export interface RepairedHistory {
  readonly changed: boolean;
  readonly onCard: number;
  /** Slot numbers below the highest that hold no certificate: the standard wants none, and only moving keys would close them. */
  readonly gaps: readonly number[];
}

/**
 * Reads all twenty certificates and writes the history that fits: the count is the number of the highest slot in use, so that nobody who
 * stops there misses one; an object that is no certificate is in use too. Keys whose certificates are elsewhere keep their count where an
 * address leads there, as far as slots are left for them. Key 9B has to be authenticated when something is wrong.
 * @throws CardError `not-authenticated`, `write-mismatch`
 */
export async function repairKeyHistory(piv: PivSession, authenticate: () => Promise<void>): Promise<RepairedHistory> {
  const found: (Bytes | null | undefined)[] = [];
  for (const slot of RETIRED_SLOTS) found.push(await storedCertificate(piv, slot));
  const onCard = found.findLastIndex((der) => der !== undefined) + 1;
  const gaps = found.slice(0, onCard).flatMap((der, i) => (der === undefined ? [i + 1] : []));
  const history = await readKeyHistory(piv);
  // A count that no card can have says nothing; kept, it would close every free place for good.
  const { offCard: says = 0, url = undefined } = history ?? {};
  const offCard = url === undefined || says > RETIRED_KEYS ? 0 : Math.min(says, RETIRED_KEYS - onCard);
  const absent = (await getData(piv, TAG.KEY_HISTORY)) === undefined;
  const changed = absent ? onCard > 0 : history === undefined || history.onCard !== onCard || history.offCard !== offCard;
  if (changed) {
    await authenticate();
    await writeKeyHistory(piv, onCard, offCard);
  }
  return { changed, onCard, gaps };
}
