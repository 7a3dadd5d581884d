import type { Bytes } from '../codec/bytes.ts';
import { readCertificate } from './data-objects.ts';
import { CardError } from './errors.ts';
import type { PivSession } from './session.ts';
import type { PivSlot } from './slots.ts';

/** The certificate of a slot, DER; null for an object that is there and holds none that can be read. */
export async function storedCertificate(piv: PivSession, slot: PivSlot): Promise<Bytes | null | undefined> {
  try {
    return await readCertificate(piv, slot.certificate);
  } catch (error) {
    if (error instanceof CardError && error.reason === 'bad-answer') return null;
    throw error;
  }
}
