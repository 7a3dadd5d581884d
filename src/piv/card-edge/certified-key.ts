import type { Bytes } from '../../codec/bytes.ts';
import { certificateFacts } from '../../crypto/certificate-facts.ts';
import type { PublicKey } from '../../crypto/public-key.ts';
import { CardError } from '../errors.ts';
import { attestKey } from '../keys.ts';
import type { PivSession } from '../session.ts';

/** The public key of a certificate; undefined where it is none, or of a kind that no container holds. */
export function keyOf(der: Bytes): PublicKey | undefined {
  try {
    return certificateFacts(der).publicKey;
  } catch {
    return undefined;
  }
}

/** Undefined where the card refuses: no key, or an imported one. */
export async function attestedKey(piv: PivSession, key: number): Promise<PublicKey | undefined> {
  try {
    return keyOf(await attestKey(piv, key));
  } catch (error) {
    if (error instanceof CardError) return undefined;
    throw error;
  }
}
