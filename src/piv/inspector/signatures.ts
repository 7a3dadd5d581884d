import { type Bytes, equal } from '../../codec/bytes.ts';
import { CodecError, LayerError } from '../../codec/errors.ts';
import { toHex } from '../../codec/hex.ts';
import { findTlv, readSingle, readTlvs, type Tlv } from '../../codec/tlv.ts';
import {
  type Certificate,
  isSignersCertificate,
  parseCertificate,
  parseSignedData,
  signedBy,
  type SignedData,
} from '../../crypto/certificates/index.ts';
import { type Chuid, chuidSignedOctets } from '../chuid.ts';
import { OBJECTS, TAG } from '../objects.ts';
import { type PivFinding, type PivFindingCode, pivFinding } from './findings.ts';
import type { SignatureVerdict } from './tree.ts';

/* Signatures on a PIV card: how any of them is checked, and that of the CHUID. */

interface Checked {
  readonly verdict: SignatureVerdict;
  readonly signer: Certificate | undefined;
  /** The SET that was signed. */
  readonly attributes: Bytes | undefined;
}

const NOBODY = { signer: undefined, attributes: undefined } as const;

/** Undefined instead of what can't be read; errors that are no layer's go on. */
export function readable<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof LayerError) return undefined;
    throw error;
  }
}

/** Values of the signed attributes by identifier, as far as they can be read. */
export function attributesOf(set: Bytes | undefined): ReadonlyMap<string, Tlv> {
  const found = new Map<string, Tlv>();
  if (set === undefined) return found;
  try {
    for (const { value } of readTlvs(readSingle(set, 0x31), { maxCount: 16 })) {
      const fields = readTlvs(value, { maxCount: 2 });
      const [oid, values] = [findTlv(fields, 0x06), findTlv(fields, 0x31)];
      const inner = values === undefined ? undefined : readTlvs(values, { maxCount: 4 })[0];
      if (oid !== undefined && inner !== undefined) found.set(toHex(oid), inner);
    }
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
  }
  return found;
}

/** pivSigner-DN (2.16.840.1.101.3.6.5; FIPS 201-3, B.2). */
const SIGNER_NAME = '6086480165030605';

/**
 * The signed attribute with the signer's name against the subject of the certificate that the signature holds by. The CHUID and biometric
 * records must have it (SP 800-73-5 part 1, 3.1.2.1; SP 800-76-2, 9.3); elsewhere it is compared where it stands. Nothing is said of a
 * signature that does not hold: its attributes are nobody's word.
 */
export function signerNameCodes({ verdict, signer, attributes }: Checked, wanted: boolean): PivFindingCode[] {
  if (verdict !== 'valid' || signer === undefined) return [];
  const name = attributesOf(attributes).get(SIGNER_NAME);
  if (name === undefined) return wanted ? ['signer-name-missing'] : [];
  return name.tag === 0x30 && equal(name.value, readSingle(signer.subjectDer, 0x30)) ? [] : ['signer-name-mismatch'];
}

/** The certificates inside, as far as they can be read. */
export function certificatesInside(data: SignedData): Certificate[] {
  return data.certificates.map((der) => readable(() => parseCertificate(der))).filter((each) => each !== undefined);
}

/** eContentType of what is signed (FIPS 201-3, B.1; SP 800-76-2, 9.3). */
const CHUID_TYPE = '2.16.840.1.101.3.6.1';
const BIOMETRIC_TYPE = '2.16.840.1.101.3.6.2';

/** `types`: a signature over content of another type vouches for something else, so it is wrong here. */
export async function check(data: SignedData, types: readonly string[], content: Uint8Array, candidates: readonly Certificate[]): Promise<Checked> {
  const [signer] = data.signers;
  if (signer === undefined) return { verdict: 'absent', ...NOBODY };
  const attributes = signer.signedAttributes;
  const certificate = candidates.find((each) => isSignersCertificate(signer, each));
  if (!types.includes(data.contentType)) return { verdict: 'wrong', signer: certificate, attributes };
  if (certificate === undefined) return { verdict: 'unchecked', signer: undefined, attributes };
  try {
    return { verdict: (await signedBy(data, signer, content, certificate)) ? 'valid' : 'wrong', signer: certificate, attributes };
  } catch (error) {
    if (error instanceof LayerError) return { verdict: 'unchecked', signer: certificate, attributes };
    throw error;
  }
}

/**
 * A biometric record's signature beside its content, by a certificate inside it or, where there is none, by the signer of the card's CHUID (SP 800-76-2, 9.3).
 */
export async function checkDetached(signature: Bytes, content: Bytes, cardSigner: Certificate | undefined): Promise<Checked> {
  if (signature.length === 0) return { verdict: 'absent', ...NOBODY };
  const data = readable(() => parseSignedData(signature));
  if (data === undefined) return { verdict: 'wrong', ...NOBODY };
  return check(data, [BIOMETRIC_TYPE], content, [...certificatesInside(data), ...(cardSigner === undefined ? [] : [cardSigner])]);
}

const CHUID_NAME = OBJECTS.find((object) => object.tag === TAG.CHUID)?.name;

/** The purpose that a signer of PIV objects has (FIPS 201-3, 4.2.1). */
const CONTENT_SIGNING = 'pivContentSigning';

/** SP 800-73-4 part 1, 3.1.2.1: the signer's certificate is inside the signature. */
export async function checkChuid(chuid: Chuid, content: Bytes, now: Date): Promise<Checked & { readonly findings: readonly PivFinding[] }> {
  const findings: PivFinding[] = [];
  if (chuid.signature === undefined || chuid.signature.length === 0)
    return { verdict: 'absent', ...NOBODY, findings: [pivFinding('chuid-unsigned')] };
  const { signature } = chuid;
  const data = readable(() => parseSignedData(signature));
  if (data === undefined) return { verdict: 'wrong', ...NOBODY, findings: [pivFinding('chuid-signature-wrong')] };
  const checked = await check(data, [CHUID_TYPE], chuidSignedOctets(content), certificatesInside(data));
  if (checked.verdict === 'wrong' || checked.verdict === 'absent') findings.push(pivFinding('chuid-signature-wrong'));
  if (checked.verdict === 'unchecked') findings.push(pivFinding('chuid-signature-unchecked'));
  if (checked.signer !== undefined) {
    if (checked.signer.notAfter < now) findings.push(pivFinding('chuid-signer-expired'));
    if (checked.signer.purposes?.includes(CONTENT_SIGNING) !== true) findings.push(pivFinding('chuid-signer-purpose'));
  }
  findings.push(...signerNameCodes(checked, true).map((code) => pivFinding(code, CHUID_NAME)));
  return { ...checked, findings };
}
