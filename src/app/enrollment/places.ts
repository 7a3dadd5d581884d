import type { Bytes } from '../../codec/bytes.ts';
import { type PublicKey, samePublicKey } from '../../crypto/public-key.ts';
import type { CardSummary, PlaceSummary } from '../card-summary.ts';
import { FlowError } from '../errors.ts';
import { type BroughtCertificate, pickCertificate } from './certificate.ts';
import type { CardSession } from './card-session.ts';
import { readContainerKey } from './reading.ts';

/**
 * The place whose key one of these certificates belongs to, and that certificate.
 * @throws CertificateError, FlowError `certificate-for-other-key` when no place has such a key
 */
export async function placeForKey(
  session: CardSession,
  card: CardSummary,
  ders: readonly Bytes[],
): Promise<{ readonly place: PlaceSummary; readonly brought: BroughtCertificate }> {
  const keys: { readonly place: PlaceSummary; readonly key: PublicKey }[] = [];
  for (const place of card.places) {
    const key = place.hasKey ? (await readContainerKey(session, place.containerIndex))?.publicKey : undefined;
    if (key !== undefined) keys.push({ place, key });
  }
  const at = (key: PublicKey | undefined): PlaceSummary | undefined =>
    key === undefined ? undefined : keys.find((each) => samePublicKey(each.key, key))?.place;
  const brought = pickCertificate(ders, (key) => at(key) !== undefined);
  const place = at(brought.certificate.publicKey);
  if (place === undefined) throw new FlowError('certificate-for-other-key', 'no place has this key');
  return { place, brought };
}
