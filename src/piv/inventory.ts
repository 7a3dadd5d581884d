import type { Bytes } from '../codec/bytes.ts';
import type { PublicKey } from '../crypto/public-key.ts';
import { mayBeOf } from './algorithms.ts';
import { keyOf } from './card-edge/certified-key.ts';
import { SlotStates } from './card-edge/slot-state.ts';
import { parseChuid } from './chuid.ts';
import { getData } from './data-objects.ts';
import { CardError, lenient } from './errors.ts';
import { getSerial } from './metadata.ts';
import { TAG } from './objects.ts';
import type { PivSession } from './session.ts';
import { SLOTS } from './slots.ts';

export interface InventoryEntry {
  /** Key reference. */
  readonly key: number;
  readonly name: string;
  /** DER; undefined when there is none, null when the object is malformed. */
  readonly certificate: Bytes | undefined | null;
  /** From the certificate, else as the card tells or attests it; undefined also for a kind of key that no container holds. */
  readonly publicKey: PublicKey | undefined;
}

export interface Inventory {
  readonly cardName: string;
  readonly guid: Bytes | undefined;
  readonly serialNumber: Bytes | undefined;
  /** Occupied slots only. */
  readonly entries: readonly InventoryEntry[];
}

/**
 * Which keys and certificates are on the card, in the fewest exchanges: a slot whose certificate names its key is not asked for metadata,
 * a retired slot that the card says to be empty (or that the key history leaves out) is not asked for a certificate. `retired`: whether the
 * twenty retired slots are looked at. No PIN, no write.
 */
export async function readInventory(piv: PivSession, retired: boolean, slots: SlotStates = new SlotStates(piv)): Promise<Inventory> {
  const chuid = await lenient(async () => {
    const content = await getData(piv, TAG.CHUID);
    return content === undefined ? undefined : piv.parse(0xcb, () => parseChuid(content));
  });
  const serialNumber = await getSerial(piv);
  const entries: InventoryEntry[] = [];
  for (const [index, slot] of (retired ? SLOTS : SLOTS.slice(0, 4)).entries()) {
    const told = index < 4 ? undefined : await slots.metadata(index, slot);
    if (index >= 4 && told === undefined && (slots.saysEmpty(index) || !(await slots.mayHold(index)))) continue;
    let certificate: Bytes | undefined | null;
    try {
      certificate = await slots.shown(index, slot);
    } catch (error) {
      if (!(error instanceof CardError) || error.reason !== 'bad-answer') throw error;
      certificate = null;
    }
    const key = certificate === undefined || certificate === null ? undefined : keyOf(certificate);
    const certified = key !== undefined && mayBeOf(told?.algorithm, key) ? key : undefined;
    const metadata = certified === undefined ? await slots.metadata(index, slot) : told;
    const publicKey = certified ?? metadata?.publicKey ?? (await slots.attested(index, slot));
    if (certificate !== undefined || metadata !== undefined || publicKey !== undefined)
      entries.push({ key: slot.key, name: slot.name, certificate, publicKey });
  }
  return { cardName: piv.profile.cardName, guid: chuid?.guid, serialNumber, entries };
}
