import { type Bytes, leftPad, reversed, wipe } from '../codec/bytes.ts';
import type { HashName } from '../crypto/digest.ts';
import { bitLength } from '../crypto/pkcs1.ts';
import { oaepUnpad, pkcs1Unpad } from '../crypto/unpad.ts';
import type { CardEntryPoints } from './card-data.ts';
import { authenticatedAs, buffer, containerIndex, dword, structure } from './checks.ts';
import * as c from './constants.ts';
import type { CardContext } from './context.ts';
import { fail, MinidriverError } from './error.ts';
import { hashByName } from './hash-algorithms.ts';
import { keySpec } from './key-spec.ts';
import { CARD_RSA_DECRYPT_INFO_CURRENT_VERSION, type CARD_RSA_DECRYPT_INFO } from './structures.ts';

type RsaUnpadding =
  { readonly kind: 'none' } | { readonly kind: 'pkcs1' } | { readonly kind: 'oaep'; readonly hash: HashName; readonly label: Bytes };

function unpaddingOf(context: CardContext, info: CARD_RSA_DECRYPT_INFO): RsaUnpadding {
  const version = dword(info.dwVersion, 'dwVersion');
  const newest = CARD_RSA_DECRYPT_INFO_CURRENT_VERSION;
  if (version > newest || (context.dwVersion >= c.CARD_DATA_VERSION_SEVEN && version < newest))
    fail('ERROR_REVISION_MISMATCH', 'this version of CARD_RSA_DECRYPT_INFO does not go with the context');
  // Before v7 the caller takes the padding off by itself (S707 4.7.1).
  if (version < newest) return { kind: 'none' };
  switch (info.dwPaddingType) {
    case c.CARD_PADDING_NONE:
      return { kind: 'none' };
    case c.CARD_PADDING_PKCS1:
      return { kind: 'pkcs1' };
    case c.CARD_PADDING_OAEP: {
      const { pszAlgId, pbLabel } = structure(info.pPaddingInfo, 'pPaddingInfo');
      const hash = hashByName(pszAlgId).computed;
      if (hash === undefined) fail('SCARD_E_UNSUPPORTED_FEATURE', 'OAEP needs a hash that can be computed here');
      return { kind: 'oaep', hash, label: pbLabel === null || pbLabel === undefined ? new Uint8Array(0) : buffer(pbLabel, 'pbLabel') };
    }
    default:
      return fail('SCARD_E_UNSUPPORTED_FEATURE', 'this padding can not be removed');
  }
}

/** One error for every block that is not padded as it should be, whatever is wrong with it. The block is wiped. */
async function unpadded(block: Bytes, unpadding: RsaUnpadding): Promise<Bytes> {
  if (unpadding.kind === 'none') return block;
  try {
    return unpadding.kind === 'pkcs1' ? pkcs1Unpad(block) : await oaepUnpad(block, { hash: unpadding.hash, label: unpadding.label });
  } catch {
    throw new MinidriverError('SCARD_F_INTERNAL_ERROR', 'the data could not be decrypted');
  } finally {
    wipe(block);
  }
}

/** S707 4.7.1. */
export function decryptEntryPoints(context: CardContext): { readonly CardRSADecrypt: NonNullable<CardEntryPoints['CardRSADecrypt']> } {
  return {
    async CardRSADecrypt(pInfo) {
      const info = structure(pInfo, 'pInfo');
      const unpadding = unpaddingOf(context, info);
      const spec = keySpec(info.dwKeySpec);
      // A key for signatures decrypts nothing, though the text would let it.
      if (spec?.kind !== 'rsa' || spec.usage !== 'key-exchange') fail('SCARD_E_INVALID_PARAMETER', 'dwKeySpec is not AT_KEYEXCHANGE');
      const ciphertext = buffer(info.pbData, 'pbData');
      containerIndex(context.edge, info.bContainerIndex);
      const container = await context.container(info.bContainerIndex);
      const key = container.publicKey;
      if (key?.kind !== 'rsa' || container.usage !== 'key-exchange') fail('SCARD_E_NO_KEY_CONTAINER', 'the container holds no such key');
      const modulusBytes = Math.ceil(bitLength(key.modulus) / 8);
      if (ciphertext.length < modulusBytes) fail('SCARD_E_INSUFFICIENT_BUFFER', 'the ciphertext is shorter than the modulus');
      if (ciphertext.length > modulusBytes) fail('SCARD_E_INVALID_PARAMETER', 'the ciphertext is longer than the modulus');
      const edge = await context.card();
      authenticatedAs(edge, container.pinId);
      const answer = await edge.rsaPrivate(container.index, reversed(ciphertext));
      const block = leftPad(answer, modulusBytes);
      wipe(answer);
      const plaintext = await unpadded(block, unpadding);
      try {
        return Object.assign(info, { pbData: context.hand(plaintext).reverse() });
      } finally {
        wipe(plaintext);
      }
    },
  };
}
