import { type Bytes, equal } from '../../codec/bytes.ts';
import { type BiometricRecord, biometricSignedOctets, parseBiometricRecord } from '../biometric.ts';
import type { Chuid } from '../chuid.ts';
import { type PivFinding, type PivFindingCode, pivFinding } from './findings.ts';
import { attributesOf, checkDetached, signerNameCodes } from './signatures.ts';
import type { BiometricNode } from './tree.ts';
import type { Certificate } from '../../crypto/certificates/index.ts';

/*
 * Biometric records against the card that they are on: the number of the header, number and identifier under the signature, the time that
 * they are good for. SP 800-76-2, 9; SP 800-73-4 part 1, 3.1.2; FIPS 201-3, 4.2.3.
 */

/** Content octets of pivFASC-N (2.16.840.1.101.3.6.6) and entryUUID (1.3.6.1.1.16.4). */
const FASC_N = '6086480165030606';
const ENTRY_UUID = '2b0601011004';

const DAY = /^(\d{4})(\d{2})(\d{2})$/;

function dayOf(text: string | undefined): Date | undefined {
  const [, year, month, day] = DAY.exec(text ?? '') ?? [];
  return year === undefined ? undefined : new Date(`${year}-${month}-${day}T00:00:00Z`);
}

function headerCodes(record: BiometricRecord, chuid: Chuid | undefined, now: Date): PivFindingCode[] {
  const codes: PivFindingCode[] = [];
  const cardEnds = dayOf(chuid?.expiry);
  if (record.validUntil < now) codes.push('biometric-expired');
  else if (cardEnds !== undefined && record.validUntil < cardEnds) codes.push('biometric-expires-early');
  return codes;
}

/** One container's record. @throws CodecError when it is malformed */
export async function checkBiometric(
  name: string,
  content: Bytes,
  chuid: Chuid | undefined,
  cardSigner: Certificate | undefined,
  now: Date,
): Promise<{ readonly node: BiometricNode; readonly findings: readonly PivFinding[] }> {
  const record = parseBiometricRecord(content);
  const codes = headerCodes(record, chuid, now);
  const checked = await checkDetached(record.signature, biometricSignedOctets(content, record), cardSigner);
  if (checked.verdict === 'wrong') codes.push('biometric-signature-wrong');
  if (checked.verdict === 'absent') codes.push('biometric-unsigned');
  if (checked.verdict === 'unchecked') codes.push('biometric-signature-unchecked');
  codes.push(...signerNameCodes(checked, true));
  const signed = attributesOf(checked.attributes);
  if (chuid !== undefined) {
    const numbers = [record.fascN, signed.get(FASC_N)?.value].filter((each) => each !== undefined);
    if (chuid.fascN !== undefined && numbers.some((each) => !equal(each, chuid.fascN ?? each))) codes.push('biometric-fasc-n-mismatch');
    const uuid = signed.get(ENTRY_UUID)?.value;
    if (uuid !== undefined && !equal(uuid, chuid.guid)) codes.push('biometric-guid-mismatch');
  }
  const { createdAt, validFrom, validUntil, type, quality, creator, fascN } = record;
  const node = { name, createdAt, validFrom, validUntil, type, quality, creator, fascN, signatureVerdict: checked.verdict };
  return { node, findings: codes.map((code) => pivFinding(code, name)) };
}
