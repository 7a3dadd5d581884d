import type { Bytes } from '../../codec/bytes.ts';
import { CryptoError } from '../errors.ts';
import { checkPublicKey, type PublicKey } from '../public-key.ts';
import type { CurveName } from '../ec.ts';
import { bitString, nothing, oid, sequence, unsigned } from './build.ts';
import { type Asn1, parseDer } from './der.ts';
import { CertificateError } from './errors.ts';
import { OID } from './oids.ts';
import { bitOctetsOf, isUniversal, oidOf, sequenceOf, unsignedOf } from './read.ts';

const CURVE_OIDS: Readonly<Record<CurveName, string>> = { 'P-256': OID.p256, 'P-384': OID.p384, 'P-521': OID.p521 };
const OBJECT_IDENTIFIER = 6;

/** SubjectPublicKeyInfo of a key (RFC 3279, 2.3.1; RFC 5480, 2). @throws CryptoError `bad-key`, `bad-point` */
export function encodeSpki(key: PublicKey): Bytes {
  checkPublicKey(key);
  if (key.kind === 'rsa') {
    return sequence(sequence(oid(OID.rsaEncryption), nothing()), bitString(sequence(unsigned(key.modulus), unsigned(key.publicExponent))));
  }
  return sequence(sequence(oid(OID.ecPublicKey), oid(CURVE_OIDS[key.curve])), bitString(key.point));
}

/** The subjectPublicKey octets alone, over which key identifiers are made (RFC 5280, 4.2.1.2, method 1). */
export function subjectPublicKeyOctets(spki: Uint8Array): Bytes {
  return bitOctetsOf(sequenceOf(parseDer(spki), 'public key')[1], 'public key');
}

/** Key of a SubjectPublicKeyInfo value, undefined for an algorithm or curve that this project does not use. */
export function readSpki(value: Asn1): { readonly algorithm: string; readonly key: PublicKey | undefined } {
  const [identifier, bits, third] = sequenceOf(value, 'public key');
  if (third !== undefined) throw new CertificateError('malformed', 'more than algorithm and key');
  const [name, parameters] = sequenceOf(identifier, 'public key algorithm');
  const algorithm = oidOf(name, 'public key algorithm');
  const octets = bitOctetsOf(bits, 'public key');
  if (algorithm === OID.rsaEncryption) {
    const [modulus, publicExponent, more] = sequenceOf(parseDer(octets), 'RSA key');
    if (more !== undefined) throw new CertificateError('malformed', 'an RSA key is two numbers');
    return {
      algorithm,
      key: checked({ kind: 'rsa', modulus: unsignedOf(modulus, 'modulus'), publicExponent: unsignedOf(publicExponent, 'exponent') }),
    };
  }
  if (algorithm !== OID.ecPublicKey || !isUniversal(parameters, OBJECT_IDENTIFIER)) return { algorithm, key: undefined };
  const dotted = oidOf(parameters, 'curve');
  const curve = (Object.keys(CURVE_OIDS) as CurveName[]).find((each) => CURVE_OIDS[each] === dotted);
  return { algorithm, key: curve === undefined ? undefined : checked({ kind: 'ec', curve, point: octets }) };
}

function checked(key: PublicKey): PublicKey {
  try {
    checkPublicKey(key);
  } catch (cause) {
    if (cause instanceof CryptoError) throw new CertificateError('malformed', 'the public key can not be used', { cause });
    throw cause;
  }
  return key;
}

/** @throws CertificateError `malformed`, `unsupported` */
export function decodeSpki(der: Uint8Array): PublicKey {
  const { algorithm, key } = readSpki(parseDer(der));
  if (key === undefined) throw new CertificateError('unsupported', `a public key of algorithm ${algorithm}`);
  return key;
}
