import { equal } from '../../codec/bytes.ts';
import { parseCertificate } from '../../crypto/certificates/index.ts';
import { samePublicKey } from '../../crypto/public-key.ts';
import type { KeyHistory } from '../key-history.ts';
import { type FetchOffCardFile, fetchOffCardCertificates, OffCardError, type OffCardReason } from '../off-card.ts';
import { SLOTS } from '../slots.ts';
import { type PivFinding, type PivFindingCode, pivFinding } from './findings.ts';
import { readable } from './signatures.ts';
import type { OffCardNode, SlotNode } from './tree.ts';

/* The certificates of retired keys that the key history names outside the card, against the card. */

const FINDING: Readonly<Record<OffCardReason, PivFindingCode>> = {
  'no-url': 'key-history-without-url',
  'bad-url': 'off-card-file-wrong',
  'fetch-failed': 'off-card-file-unavailable',
  'too-large': 'off-card-file-unavailable',
  'another-file': 'off-card-file-wrong',
  malformed: 'off-card-file-wrong',
};

const nameOf = (key: number): string => SLOTS.find((slot) => slot.key === key)?.name ?? key.toString(16);

/** Fetches the file and compares it with what stands on the card. */
export async function checkOffCard(
  history: KeyHistory,
  fetchFile: FetchOffCardFile,
  slots: readonly SlotNode[],
): Promise<{ readonly node: OffCardNode; readonly findings: readonly PivFinding[] }> {
  let file;
  try {
    file = await fetchOffCardCertificates(history, fetchFile);
  } catch (error) {
    if (!(error instanceof OffCardError)) throw error;
    return { node: { problem: error.reason, certificates: [] }, findings: [pivFinding(FINDING[error.reason])] };
  }
  const certificates = file.certificates.map(({ key, der }) => ({ key, name: nameOf(key), der, parsed: readable(() => parseCertificate(der)) }));
  const findings = [...file.missing, ...file.unexpected].map((key) => pivFinding('off-card-file-mismatch', nameOf(key)));
  for (const { key, name, der, parsed } of certificates) {
    const slot = slots.find((each) => each.key === key);
    if (parsed === undefined) findings.push(pivFinding('malformed-certificate', name));
    // A certificate on the card is the same as in the file; of a key without one, the card's own word decides.
    else if (slot?.certificate !== undefined && !equal(slot.certificate.der, der)) findings.push(pivFinding('off-card-file-mismatch', name));
    else if (slot?.publicKey !== undefined && parsed.publicKey !== undefined && !samePublicKey(slot.publicKey, parsed.publicKey))
      findings.push(pivFinding('certificate-of-another-key', name));
  }
  return { node: { problem: undefined, certificates }, findings };
}
