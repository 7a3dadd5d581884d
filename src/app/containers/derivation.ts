import { copy } from '../../codec/bytes.ts';
import type { HashName } from '../../crypto/digest.ts';
import * as m from '../../minidriver/index.ts';

/** What becomes of a shared secret (minidriver specification 4.7.3). */
export type Derivation =
  | { readonly kind: 'hash'; readonly hash: HashName; readonly prepend?: Uint8Array; readonly append?: Uint8Array }
  | {
      readonly kind: 'hmac';
      readonly hash: HashName;
      /** Without one the secret itself is the key. */
      readonly key?: Uint8Array;
      readonly prepend?: Uint8Array;
      readonly append?: Uint8Array;
    }
  /** 48 bytes; `seed` has 64. */
  | {
      readonly kind: 'tls-prf';
      readonly label: Uint8Array;
      readonly seed: Uint8Array;
      readonly version: '1.0' | '1.1' | '1.2';
      readonly hash?: 'SHA-256' | 'SHA-384';
    }
  /** SP 800-56A, 5.8.1, one hash long. */
  | {
      readonly kind: 'concat';
      readonly hash: HashName;
      readonly algorithmId: Uint8Array;
      readonly partyUInfo: Uint8Array;
      readonly partyVInfo: Uint8Array;
      readonly suppPubInfo?: Uint8Array;
      readonly suppPrivInfo?: Uint8Array;
    }
  /** The x-coordinate itself, big-endian. */
  | { readonly kind: 'raw' };

const TLS_PROTOCOLS = { '1.0': 0x0301, '1.1': 0x0302, '1.2': 0x0303 } as const;

const cngName = (hash: HashName): string => hash.replace('-', '');

const one = (BufferType: number, value: Uint8Array | undefined): m.BCryptBuffer[] =>
  value === undefined ? [] : [{ BufferType, pvBuffer: copy(value) }];

/** The part of CARD_DERIVE_KEY that says what to derive. */
export function parametersOf(derivation: Derivation): Pick<m.CARD_DERIVE_KEY, 'dwFlags' | 'pwszKDF' | 'pParameterList'> {
  if (derivation.kind === 'raw') return { dwFlags: 0, pwszKDF: m.BCRYPT_KDF_RAW_SECRET, pParameterList: [] };
  const { hash } = derivation;
  const list: m.BCryptBuffer[] = hash === undefined ? [] : [{ BufferType: m.KDF_HASH_ALGORITHM, pvBuffer: cngName(hash) }];
  switch (derivation.kind) {
    case 'hash':
    case 'hmac': {
      list.push(...one(m.KDF_SECRET_PREPEND, derivation.prepend), ...one(m.KDF_SECRET_APPEND, derivation.append));
      if (derivation.kind === 'hash') return { dwFlags: 0, pwszKDF: m.BCRYPT_KDF_HASH, pParameterList: list };
      list.push(...one(m.KDF_HMAC_KEY, derivation.key));
      const dwFlags = derivation.key === undefined ? m.KDF_USE_SECRET_AS_HMAC_KEY_FLAG : 0;
      return { dwFlags, pwszKDF: m.BCRYPT_KDF_HMAC, pParameterList: list };
    }
    case 'tls-prf': {
      const { label, seed, version } = derivation;
      list.push(...one(m.KDF_TLS_PRF_LABEL, label), ...one(m.KDF_TLS_PRF_SEED, seed));
      list.push({ BufferType: m.KDF_TLS_PRF_PROTOCOL, pvBuffer: TLS_PROTOCOLS[version] });
      return { dwFlags: 0, pwszKDF: m.BCRYPT_KDF_TLS_PRF, pParameterList: list };
    }
    case 'concat': {
      const { algorithmId, partyUInfo, partyVInfo, suppPubInfo, suppPrivInfo } = derivation;
      list.push(...one(m.KDF_ALGORITHMID, algorithmId), ...one(m.KDF_PARTYUINFO, partyUInfo), ...one(m.KDF_PARTYVINFO, partyVInfo));
      list.push(...one(m.KDF_SUPPPUBINFO, suppPubInfo), ...one(m.KDF_SUPPPRIVINFO, suppPrivInfo));
      return { dwFlags: 0, pwszKDF: m.BCRYPT_KDF_SP80056A_CONCAT, pParameterList: list };
    }
  }
}
