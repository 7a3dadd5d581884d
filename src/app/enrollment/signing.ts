import { type Bytes, reversed } from '../../codec/bytes.ts';
import type { WritableScheme } from '../../crypto/certificates/index.ts';
import { digest } from '../../crypto/digest.ts';
import { ecdsaRawToDer } from '../../crypto/ec.ts';
import type { PublicKey } from '../../crypto/public-key.ts';
import {
  CARD_PADDING_INFO_PRESENT,
  CARD_PADDING_PKCS1,
  CARD_SIGNING_INFO_CURRENT_VERSION,
  type EdgeUsage,
  keySpecOf,
} from '../../minidriver/index.ts';
import { keyTypeOf } from '../key-types.ts';
import type { CardSession } from './card-session.ts';

/** CNG names of the hashes (bcrypt.h). */
const CNG_NAMES = { 'SHA-1': 'SHA1', 'SHA-256': 'SHA256', 'SHA-384': 'SHA384', 'SHA-512': 'SHA512' } as const;

export interface SigningKey {
  readonly containerIndex: number;
  readonly usage: EdgeUsage;
  readonly publicKey: PublicKey;
}

/** CardSignData over the hash of `message`. The signature as certificates carry it: natural order for RSA, DER for ECDSA. */
export async function signWithCard(session: CardSession, key: SigningKey, scheme: WritableScheme, message: Bytes): Promise<Bytes> {
  const { pbSignedData } = await session.card.CardSignData({
    dwVersion: CARD_SIGNING_INFO_CURRENT_VERSION,
    bContainerIndex: key.containerIndex,
    dwKeySpec: keySpecOf(keyTypeOf(key.publicKey), key.usage),
    dwSigningFlags: CARD_PADDING_INFO_PRESENT,
    aiHashAlg: 0,
    pbData: await digest(scheme.hash, message),
    pPaddingInfo: { pszAlgId: CNG_NAMES[scheme.hash] },
    dwPaddingType: CARD_PADDING_PKCS1,
  });
  const signature = pbSignedData ?? new Uint8Array(0);
  return key.publicKey.kind === 'rsa' ? reversed(signature) : ecdsaRawToDer(key.publicKey.curve, signature);
}
