import { type Bytes, concat } from '../../codec/bytes.ts';
import { fromHex } from '../../codec/hex.ts';
import type { HashName } from '../../crypto/digest.ts';
import * as c from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';

/** A hash function as the interface names it. */
export interface HashAlgorithm {
  /** CNG name (bcrypt.h). */
  readonly name: string;
  /** CAPI number (wincrypt.h); 0 where CAPI has none. */
  readonly algId: number;
  readonly hashBytes: number;
  /** DER of DigestInfo up to the hash value (RFC 8017, 9.2, note 1); undefined for a hash that is padded bare. */
  readonly digestInfo?: string;
  /** Name of the same function where this project can compute it, as PSS needs. */
  readonly computed?: HashName;
}

const ALGORITHMS: readonly HashAlgorithm[] = [
  { name: 'MD2', algId: c.CALG_MD2, hashBytes: 16, digestInfo: '3020300c06082a864886f70d020205000410' },
  { name: 'MD4', algId: c.CALG_MD4, hashBytes: 16, digestInfo: '3020300c06082a864886f70d020405000410' },
  { name: 'MD5', algId: c.CALG_MD5, hashBytes: 16, digestInfo: '3020300c06082a864886f70d020505000410' },
  { name: 'SHA1', algId: c.CALG_SHA1, hashBytes: 20, digestInfo: '3021300906052b0e03021a05000414', computed: 'SHA-1' },
  { name: 'SHA224', algId: 0, hashBytes: 28, digestInfo: '302d300d06096086480165030402040500041c' },
  { name: 'SHA256', algId: c.CALG_SHA_256, hashBytes: 32, digestInfo: '3031300d060960864801650304020105000420', computed: 'SHA-256' },
  { name: 'SHA384', algId: c.CALG_SHA_384, hashBytes: 48, digestInfo: '3041300d060960864801650304020205000430', computed: 'SHA-384' },
  { name: 'SHA512', algId: c.CALG_SHA_512, hashBytes: 64, digestInfo: '3051300d060960864801650304020305000440', computed: 'SHA-512' },
  { name: 'RIPEMD160', algId: c.CALG_RIPEMD160, hashBytes: 20, digestInfo: '3021300906052b2403020105000414' },
  // MD5 and SHA-1 side by side, as TLS before 1.2 signs them: no DigestInfo.
  { name: 'SHAMD5', algId: c.CALG_SSL3_SHAMD5, hashBytes: 36 },
];

/** Hash numbers that exist and name nothing this driver can sign with. */
const KNOWN_OTHERS: readonly number[] = [c.CALG_MAC, c.CALG_HMAC, c.CALG_TLS1PRF, c.CALG_HASH_REPLACE_OWF, c.CALG_HUGHES_MD5];

/** @throws MinidriverError SCARD_E_UNSUPPORTED_FEATURE for a real hash that can't be used, SCARD_E_INVALID_PARAMETER for a number that is none (certification kit; CHOICES.md, unknown-hash) */
export function hashByAlgId(aiHashAlg: number): HashAlgorithm {
  const found = aiHashAlg === 0 ? undefined : ALGORITHMS.find((algorithm) => algorithm.algId === aiHashAlg);
  if (found !== undefined) return found;
  return KNOWN_OTHERS.includes(aiHashAlg)
    ? fail('SCARD_E_UNSUPPORTED_FEATURE', 'this hash can not be signed')
    : fail('SCARD_E_INVALID_PARAMETER', 'not a hash algorithm');
}

/** @throws MinidriverError SCARD_E_INVALID_PARAMETER without a name, SCARD_E_UNSUPPORTED_FEATURE for an unknown one (S707 4.7.5) */
export function hashByName(pszAlgId: unknown): HashAlgorithm {
  if (typeof pszAlgId !== 'string') fail('SCARD_E_INVALID_PARAMETER', 'pszAlgId is missing');
  return ALGORITHMS.find((algorithm) => algorithm.name === pszAlgId) ?? fail('SCARD_E_UNSUPPORTED_FEATURE', 'this hash is not known');
}

/** @throws MinidriverError SCARD_E_INVALID_PARAMETER when the data are not as long as the algorithm's hash (CHOICES.md, hash-length) */
export function checkHashLength(algorithm: HashAlgorithm, value: Uint8Array): void {
  if (value.length !== algorithm.hashBytes) fail('SCARD_E_INVALID_PARAMETER', 'the data have not the length of the hash');
}

/** DigestInfo around a hash value; the bare value for algorithms padded without it. */
export function digestInfoOf(algorithm: HashAlgorithm, value: Uint8Array): Bytes {
  return concat(algorithm.digestInfo === undefined ? new Uint8Array(0) : fromHex(algorithm.digestInfo), value);
}
