import type { Bytes } from '../../codec/bytes.ts';
import type { HashName } from '../digest.ts';
import type { PublicKey } from '../public-key.ts';
import type { SignatureScheme } from '../verify.ts';
import { nothing, oid, sequence } from './build.ts';
import { type Asn1 } from './der.ts';
import { CertificateError } from './errors.ts';
import { OID } from './oids.ts';
import { explicit, isContext, oidOf, sequenceOf, smallIntegerOf } from './read.ts';

interface Row {
  readonly oid: string;
  readonly kind: 'rsa-pkcs1' | 'ecdsa';
  readonly hash: HashName;
}

const ROWS: readonly Row[] = [
  { oid: OID.sha1WithRsa, kind: 'rsa-pkcs1', hash: 'SHA-1' },
  { oid: OID.sha256WithRsa, kind: 'rsa-pkcs1', hash: 'SHA-256' },
  { oid: OID.sha384WithRsa, kind: 'rsa-pkcs1', hash: 'SHA-384' },
  { oid: OID.sha512WithRsa, kind: 'rsa-pkcs1', hash: 'SHA-512' },
  { oid: OID.ecdsaWithSha1, kind: 'ecdsa', hash: 'SHA-1' },
  { oid: OID.ecdsaWithSha256, kind: 'ecdsa', hash: 'SHA-256' },
  { oid: OID.ecdsaWithSha384, kind: 'ecdsa', hash: 'SHA-384' },
  { oid: OID.ecdsaWithSha512, kind: 'ecdsa', hash: 'SHA-512' },
];

const HASH_OIDS: Readonly<Record<string, HashName>> = {
  [OID.sha1]: 'SHA-1',
  [OID.sha256]: 'SHA-256',
  [OID.sha384]: 'SHA-384',
  [OID.sha512]: 'SHA-512',
};

/** Hash function of an identifier; undefined for one that this project does not use. */
export function hashOf(dotted: string): HashName | undefined {
  return HASH_OIDS[dotted];
}

/** Signature schemes whose AlgorithmIdentifier this project writes. */
export type WritableScheme = Extract<SignatureScheme, { readonly kind: 'rsa-pkcs1' | 'ecdsa' }>;

/** The scheme that suits a key: PKCS#1 1.5 with SHA-256; ECDSA with the hash of the curve's strength (SP 800-78-4, table 3-3). */
export function schemeFor(key: PublicKey): WritableScheme {
  if (key.kind === 'rsa') return { kind: 'rsa-pkcs1', hash: 'SHA-256' };
  return { kind: 'ecdsa', hash: key.curve === 'P-256' ? 'SHA-256' : key.curve === 'P-384' ? 'SHA-384' : 'SHA-512', form: 'der' };
}

/** AlgorithmIdentifier of a signature: NULL parameters for RSA, none for ECDSA (RFC 4055, 5; RFC 5758, 3.2). */
export function signatureAlgorithm(scheme: WritableScheme): Bytes {
  const row = ROWS.find((each) => each.kind === scheme.kind && each.hash === scheme.hash);
  if (row === undefined) throw new CertificateError('unsupported', 'no algorithm identifier for this scheme');
  return row.kind === 'rsa-pkcs1' ? sequence(oid(row.oid), nothing()) : sequence(oid(row.oid));
}

/** RSASSA-PSS-params with MGF1 over the same hash and trailer field 1 (RFC 4055, 3.1). */
function pssScheme(parameters: Asn1 | undefined): SignatureScheme | undefined {
  let hash: HashName | undefined = 'SHA-1';
  let mgfHash: HashName | undefined = 'SHA-1';
  let saltBytes = 20;
  for (const part of sequenceOf(parameters, 'PSS parameters')) {
    if (isContext(part, 0)) hash = HASH_OIDS[oidOf(sequenceOf(explicit(part, 'PSS hash'), 'PSS hash')[0], 'PSS hash')];
    else if (isContext(part, 1)) {
      const [mgf, of] = sequenceOf(explicit(part, 'PSS mask'), 'PSS mask');
      if (oidOf(mgf, 'PSS mask') !== OID.mgf1) return undefined;
      mgfHash = HASH_OIDS[oidOf(sequenceOf(of, 'PSS mask hash')[0], 'PSS mask hash')];
    } else if (isContext(part, 2)) saltBytes = smallIntegerOf(explicit(part, 'PSS salt'), 'PSS salt');
    else return undefined;
  }
  return hash === undefined || hash !== mgfHash || saltBytes > 512 ? undefined : { kind: 'rsa-pss', hash, saltBytes };
}

/** What an AlgorithmIdentifier names. `scheme` is undefined for one that can't be verified here. */
export function readSignatureAlgorithm(value: Asn1 | undefined): { readonly oid: string; readonly scheme: SignatureScheme | undefined } {
  const [name, parameters] = sequenceOf(value, 'signature algorithm');
  const dotted = oidOf(name, 'signature algorithm');
  if (dotted === OID.rsaPss) return { oid: dotted, scheme: pssScheme(parameters) };
  const row = ROWS.find((each) => each.oid === dotted);
  if (row === undefined) return { oid: dotted, scheme: undefined };
  return { oid: dotted, scheme: row.kind === 'ecdsa' ? { kind: 'ecdsa', hash: row.hash, form: 'der' } : { kind: 'rsa-pkcs1', hash: row.hash } };
}
