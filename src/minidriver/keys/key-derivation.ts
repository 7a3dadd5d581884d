import { type Bytes, bytes, concat, EMPTY, reversed, wipe } from '../../codec/bytes.ts';
import { HASH_BYTES, type HashName } from '../../crypto/digest.ts';
import { cngHashKdf, cngHmacKdf, concatenationKdf, tls12Prf } from '../../crypto/kdf.ts';
import { buffer, dword, structure } from '../calls/checks.ts';
import * as c from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';
import * as n from '../cardmod/names.ts';
import type { BCryptBuffer, CARD_DERIVE_KEY } from '../cardmod/structures.ts';
import type { CardContext } from '../context.ts';
import { tls10Prf } from './tls10-prf.ts';

/** One part of a hashed message: octets given, or the secret of an agreement by the caller's handle. */
type Part = Bytes | { readonly hSecretAgreement: number };

/** A checked request (S707 4.7.3; bcrypt.h for the buffer types). */
export type KeyDerivation =
  | { readonly kind: 'hash'; readonly hash: HashName; readonly prepend: readonly Part[]; readonly append: readonly Part[] }
  /** Without a key the secret itself is the key. */
  | { readonly kind: 'hmac'; readonly hash: HashName; readonly key?: Part; readonly prepend: readonly Part[]; readonly append: readonly Part[] }
  /** Without a hash it is the function before TLS 1.2, of MD5 and SHA-1. */
  | { readonly kind: 'tls-prf'; readonly hash?: HashName; readonly label: Bytes; readonly seed: Bytes }
  | { readonly kind: 'raw' }
  | { readonly kind: 'concat'; readonly hash: HashName; readonly otherInfo: Bytes };

const HASHES: Readonly<Record<string, HashName>> = { SHA1: 'SHA-1', SHA256: 'SHA-256', SHA384: 'SHA-384', SHA512: 'SHA-512' };
/** KDF_TLS_PRF_PROTOCOL (bcrypt.h): 0 or absent is TLS 1.0. */
const TLS_BEFORE_1_2: readonly unknown[] = [undefined, null, 0, 0x0301, 0x0302];
const TLS_1_2 = 0x0303;
const TLS_SEED_BYTES = 64;
const TLS_MASTER_SECRET_BYTES = 48;
const MAX_PARAMETERS = 64;

/** Which buffers each function takes. No other functions are known (CHOICES.md, derivation-functions). */
const TAKES: Readonly<Record<string, readonly number[]>> = {
  [n.BCRYPT_KDF_HASH]: [c.KDF_HASH_ALGORITHM, c.KDF_SECRET_PREPEND, c.KDF_SECRET_APPEND],
  [n.BCRYPT_KDF_HMAC]: [c.KDF_HASH_ALGORITHM, c.KDF_HMAC_KEY, c.KDF_SECRET_PREPEND, c.KDF_SECRET_APPEND],
  [n.BCRYPT_KDF_TLS_PRF]: [c.KDF_HASH_ALGORITHM, c.KDF_TLS_PRF_LABEL, c.KDF_TLS_PRF_SEED, c.KDF_TLS_PRF_PROTOCOL],
  [n.BCRYPT_KDF_SP80056A_CONCAT]: [
    c.KDF_HASH_ALGORITHM,
    c.KDF_ALGORITHMID,
    c.KDF_PARTYUINFO,
    c.KDF_PARTYVINFO,
    c.KDF_SUPPPUBINFO,
    c.KDF_SUPPPRIVINFO,
  ],
  [n.BCRYPT_KDF_RAW_SECRET]: [],
};

/** Only what goes before and after the secret may come more than once. */
const REPEATABLE: readonly number[] = [c.KDF_SECRET_PREPEND, c.KDF_SECRET_APPEND];

/** The one buffer of a type. */
const one = (list: readonly BCryptBuffer[], type: number): BCryptBuffer | undefined => list.find((each) => each.BufferType === type);

function octets(list: readonly BCryptBuffer[], type: number): Bytes | undefined {
  const found = one(list, type);
  return found === undefined ? undefined : buffer(found.pvBuffer, 'a key derivation parameter');
}

function needed(list: readonly BCryptBuffer[], type: number): Bytes {
  return octets(list, type) ?? fail('SCARD_E_INVALID_PARAMETER', 'a key derivation parameter is missing');
}

function hashOf(list: readonly BCryptBuffer[], standard: HashName): HashName {
  const name = one(list, c.KDF_HASH_ALGORITHM)?.pvBuffer ?? null;
  if (name === null) return standard;
  const hash = typeof name === 'string' && Object.hasOwn(HASHES, name) ? HASHES[name] : undefined;
  return hash ?? fail('SCARD_E_INVALID_PARAMETER', 'this hash can not derive keys');
}

const part = ({ pvBuffer }: BCryptBuffer): Part =>
  typeof pvBuffer === 'number' ? { hSecretAgreement: pvBuffer } : buffer(pvBuffer, 'a key derivation parameter');

function parts(list: readonly BCryptBuffer[], type: number): Part[] {
  return list.filter((each) => each.BufferType === type).map(part);
}

/** Checks function and parameters. @throws MinidriverError SCARD_E_INVALID_PARAMETER for anything unknown, missing, repeated or unfit (S707 4.7.3) */
export function keyDerivation(info: CARD_DERIVE_KEY, secretIsKey: boolean): KeyDerivation {
  const kdf = info.pwszKDF;
  const allowed = typeof kdf === 'string' && Object.hasOwn(TAKES, kdf) ? TAKES[kdf] : undefined;
  if (allowed === undefined) fail('SCARD_E_INVALID_PARAMETER', 'this key derivation function is not known');
  if (secretIsKey && kdf !== n.BCRYPT_KDF_HMAC) fail('SCARD_E_INVALID_PARAMETER', 'the flag is one of HMAC');
  const list = info.pParameterList ?? [];
  if (!Array.isArray(list) || list.length > MAX_PARAMETERS) fail('SCARD_E_INVALID_PARAMETER', 'not a parameter list');
  const types = list.map((each: BCryptBuffer) => dword(structure(each, 'a key derivation parameter').BufferType, 'BufferType'));
  if (types.some((type, i) => !allowed.includes(type) || (!REPEATABLE.includes(type) && types.indexOf(type) !== i)))
    fail('SCARD_E_INVALID_PARAMETER', 'a parameter is unknown here or repeated');
  const around = { prepend: parts(list, c.KDF_SECRET_PREPEND), append: parts(list, c.KDF_SECRET_APPEND) };
  switch (kdf) {
    case n.BCRYPT_KDF_HASH:
      return { kind: 'hash', hash: hashOf(list, 'SHA-1'), ...around };
    case n.BCRYPT_KDF_HMAC: {
      const key = one(list, c.KDF_HMAC_KEY);
      if ((key === undefined) !== secretIsKey) fail('SCARD_E_INVALID_PARAMETER', 'HMAC has one key');
      return { kind: 'hmac', hash: hashOf(list, 'SHA-1'), ...(key === undefined ? {} : { key: part(key) }), ...around };
    }
    case n.BCRYPT_KDF_TLS_PRF: {
      const label = needed(list, c.KDF_TLS_PRF_LABEL);
      const seed = needed(list, c.KDF_TLS_PRF_SEED);
      if (seed.length !== TLS_SEED_BYTES) fail('SCARD_E_INVALID_PARAMETER', 'the seed of TLS has 64 bytes');
      const protocol = one(list, c.KDF_TLS_PRF_PROTOCOL)?.pvBuffer;
      if (TLS_BEFORE_1_2.includes(protocol)) {
        if (one(list, c.KDF_HASH_ALGORITHM) !== undefined) fail('SCARD_E_INVALID_PARAMETER', 'TLS before 1.2 has no choice of hash'); // CHOICES.md, tls-hash
        return { kind: 'tls-prf', label, seed };
      }
      const hash = hashOf(list, 'SHA-256');
      if (protocol !== TLS_1_2 || (hash !== 'SHA-256' && hash !== 'SHA-384')) fail('SCARD_E_INVALID_PARAMETER', 'a parameter does not fit TLS 1.2');
      return { kind: 'tls-prf', hash, label, seed };
    }
    case n.BCRYPT_KDF_RAW_SECRET:
      return { kind: 'raw' };
    default: {
      const fixed = [c.KDF_ALGORITHMID, c.KDF_PARTYUINFO, c.KDF_PARTYVINFO].map((type) => needed(list, type));
      const extra = [c.KDF_SUPPPUBINFO, c.KDF_SUPPPRIVINFO].map((type) => octets(list, type) ?? bytes(0));
      return { kind: 'concat', hash: hashOf(list, 'SHA-1'), otherInfo: concat(...fixed, ...extra) };
    }
  }
}

/** Length of the result, in bytes: always 48 for TLS, that of the secret for the bare secret, else that of the hash. */
export function derivedKeyBytes(derivation: KeyDerivation, secretBytes: number): number {
  if (derivation.kind === 'raw') return secretBytes;
  return derivation.kind === 'tls-prf' ? TLS_MASTER_SECRET_BYTES : HASH_BYTES[derivation.hash];
}

/** The secret behind a byte index. @throws MinidriverError SCARD_E_INVALID_PARAMETER */
function secretOf(context: CardContext, index: number): Bytes {
  return context.agreements.get(index) ?? fail('SCARD_E_INVALID_PARAMETER', 'no agreement has this index');
}

async function resolved(context: CardContext, list: readonly Part[]): Promise<Bytes> {
  const out: Bytes[] = [];
  for (const each of list) {
    if (each instanceof Uint8Array) out.push(each);
    else {
      const translate = context.cardData.pfnCspGetDHAgreement;
      if (typeof translate !== 'function') fail('SCARD_E_INVALID_PARAMETER', 'pfnCspGetDHAgreement is missing');
      out.push(secretOf(context, await translate(each.hSecretAgreement)));
    }
  }
  return concat(...out);
}

/** Derives the key; the caller wipes it. @throws MinidriverError SCARD_E_INVALID_PARAMETER for an agreement that is not there */
export async function deriveKey(context: CardContext, derivation: KeyDerivation, bSecretAgreementIndex: number): Promise<Bytes> {
  const z = secretOf(context, bSecretAgreementIndex);
  // CNG gives the bare secret with its least significant octet first.
  if (derivation.kind === 'raw') return reversed(z);
  if (derivation.kind === 'tls-prf') {
    const { hash, label, seed } = derivation;
    return hash === undefined ? tls10Prf(z, label, seed, TLS_MASTER_SECRET_BYTES) : tls12Prf(hash, z, label, seed, TLS_MASTER_SECRET_BYTES);
  }
  // One round of the concatenation KDF: the result is as long as the hash (SP 800-56A, 5.8.1).
  if (derivation.kind === 'concat') return concatenationKdf(derivation.hash, z, derivation.otherInfo, HASH_BYTES[derivation.hash]);
  const before = await resolved(context, derivation.prepend);
  const after = await resolved(context, derivation.append);
  const key = derivation.kind === 'hmac' && derivation.key !== undefined ? await resolved(context, [derivation.key]) : undefined;
  try {
    return await (derivation.kind === 'hash' ? cngHashKdf(derivation.hash, z, before, after) : cngHmacKdf(derivation.hash, z, before, after, key));
  } finally {
    wipe(before, after, key ?? EMPTY);
  }
}
