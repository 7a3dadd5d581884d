import { type Bytes, concat, leftPad, reversed, wipe } from '../../codec/bytes.ts';
import type { HashName } from '../../crypto/digest.ts';
import { CryptoError } from '../../crypto/errors.ts';
import { bitLength } from '../../crypto/pkcs1.ts';
import { oaepUnpad, pkcs1Unpad } from '../../crypto/unpad.ts';
import { authenticatedAs, buffer, containerIndex, dword, structure } from '../calls/checks.ts';
import { below } from '../calls/write-checks.ts';
import type { CardEdge, EdgeRsaPadding } from '../card-edge.ts';
import type { CardEntryPoints, PFN_CSP_UNPAD_DATA } from '../cardmod/card-data.ts';
import * as c from '../cardmod/constants.ts';
import { fail, MinidriverError } from '../cardmod/error.ts';
import { CARD_RSA_DECRYPT_INFO_CURRENT_VERSION, type CARD_RSA_DECRYPT_INFO } from '../cardmod/structures.ts';
import type { CardContext } from '../context.ts';
import { CardEdgeError } from '../edge-error.ts';
import { keySpec } from '../key-forms/key-spec.ts';
import { hashByName } from './hash-algorithms.ts';

/** What is wanted of the block. `computed`: the hash where this project can compute it. */
type Wanted =
  | { readonly kind: 'none' }
  | { readonly kind: 'pkcs1' }
  | { readonly kind: 'oaep'; readonly hash: string; readonly computed: HashName | undefined; readonly label: Bytes };

/** What a driver over a card that removes the padding itself puts in front again for a caller who expects it there. */
const FILLER = 0x30;

function wantedOf(context: CardContext, info: CARD_RSA_DECRYPT_INFO): Wanted {
  const version = dword(info.dwVersion, 'dwVersion');
  const newest = CARD_RSA_DECRYPT_INFO_CURRENT_VERSION;
  const since7 = context.dwVersion >= c.CARD_DATA_VERSION_SEVEN;
  if (version > newest || (since7 && version < newest))
    fail('ERROR_REVISION_MISMATCH', 'this version of CARD_RSA_DECRYPT_INFO does not go with the context');
  // Before v7 the caller takes the padding off by itself, whatever the structure says (S707 4.7.1; CHOICES.md, decrypt-below-7).
  if (!since7) return { kind: 'none' };
  switch (info.dwPaddingType) {
    case c.CARD_PADDING_NONE:
      return { kind: 'none' };
    case c.CARD_PADDING_PKCS1:
      return { kind: 'pkcs1' };
    case c.CARD_PADDING_OAEP: {
      const { pszAlgId, pbLabel } = structure(info.pPaddingInfo, 'pPaddingInfo');
      const { name, computed } = hashByName(pszAlgId);
      return {
        kind: 'oaep',
        hash: name,
        computed,
        label: pbLabel === null || pbLabel === undefined ? new Uint8Array(0) : buffer(pbLabel, 'pbLabel'),
      };
    }
    default:
      return fail('SCARD_E_UNSUPPORTED_FEATURE', 'this padding can not be removed');
  }
}

/** The one error for everything that is wrong with a ciphertext of the right length: it has no cause and no detail (CHOICES.md, bad-padding). */
function refused(): MinidriverError {
  return new MinidriverError('SCARD_F_INTERNAL_ERROR', 'the data could not be decrypted');
}

/** Our own removal, constant time in the WASM core (src/crypto/unpad.ts). The block is wiped. */
async function unpadded(block: Bytes, wanted: Wanted): Promise<Bytes> {
  if (wanted.kind === 'none') return block;
  try {
    if (wanted.kind === 'pkcs1') return await pkcs1Unpad(block);
    return await oaepUnpad(block, { hash: wanted.computed ?? 'SHA-1', label: wanted.label });
  } catch (error) {
    // What has nothing to do with the block, such as a page that forbids WebAssembly, may be told.
    if (error instanceof CryptoError && (error.reason === 'bad-padding' || error.reason === 'bad-length')) throw refused();
    throw new MinidriverError('SCARD_E_UNSUPPORTED_FEATURE', 'no padding can be removed here', { cause: error });
  } finally {
    wipe(block);
  }
}

/** Removal by the caller's pfnCspUnpadData (S707 3.2.3.2; CHOICES.md, padding-removed-by-caller). The block is wiped. */
async function unpaddedByCaller(block: Bytes, info: CARD_RSA_DECRYPT_INFO, unpad: PFN_CSP_UNPAD_DATA): Promise<Bytes> {
  try {
    const message = (await unpad({ ...info, pbData: block })) as unknown;
    // Any answer that is no message counts as a bad padding, like a rejection.
    if (!(message instanceof Uint8Array)) throw refused();
    return Uint8Array.from(message);
  } catch {
    throw refused();
  } finally {
    wipe(block);
  }
}

/** Removal on the card. What the card says of a bad padding stays here. */
async function byCard(edge: CardEdge, index: number, ciphertext: Bytes, padding: EdgeRsaPadding): Promise<Bytes> {
  if (edge.rsaDecrypt === undefined) return fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card does not remove this padding');
  try {
    return await edge.rsaDecrypt(index, ciphertext, padding);
  } catch (error) {
    const ofTheBlock = error instanceof CardEdgeError && ['bad-parameter', 'bad-answer', 'card-refused'].includes(error.reason);
    throw ofTheBlock ? refused() : error;
  }
}

/** 00 02 PS 00 in front of the message, for callers that expect the raw block of a card that gives none (fact: S707 4.7.1). */
function padded(message: Bytes, modulusBytes: number): Bytes {
  const filler = new Uint8Array(Math.max(0, modulusBytes - 3 - message.length)).fill(FILLER);
  const block = concat(Uint8Array.of(0, 2), filler, Uint8Array.of(0), message);
  wipe(message);
  return block;
}

async function decrypt(context: CardContext, index: number, ciphertext: Bytes, info: CARD_RSA_DECRYPT_INFO, wanted: Wanted): Promise<Bytes> {
  const edge = await context.card();
  const modulusBytes = ciphertext.length;
  if (edge.capabilities.removesRsaPadding) {
    if (wanted.kind !== 'none') return byCard(edge, index, ciphertext, wanted);
    if (context.dwVersion < c.CARD_DATA_VERSION_SEVEN) return padded(await byCard(edge, index, ciphertext, { kind: 'pkcs1' }), modulusBytes);
  }
  const answer = await edge.rsaPrivate(index, ciphertext);
  const block = leftPad(answer, modulusBytes);
  wipe(answer);
  const unpad = context.cardData.pfnCspUnpadData ?? undefined;
  return wanted.kind === 'none' || unpad === undefined ? unpadded(block, wanted) : unpaddedByCaller(block, info, unpad);
}

/** S707 4.7.1; the message comes back little-endian (CHOICES.md, plaintext-byte-order). */
export function decryptEntryPoints(context: CardContext): { readonly CardRSADecrypt: NonNullable<CardEntryPoints['CardRSADecrypt']> } {
  return {
    async CardRSADecrypt(pInfo) {
      const info = structure(pInfo, 'pInfo');
      const wanted = wantedOf(context, info);
      const spec = keySpec(info.dwKeySpec);
      // A key for signatures decrypts nothing, though the text would let it (CHOICES.md, decrypt-key-specification).
      if (spec?.kind !== 'rsa' || spec.usage !== 'key-exchange') fail('SCARD_E_INVALID_PARAMETER', 'dwKeySpec is not AT_KEYEXCHANGE');
      const byOthers = context.edge.capabilities.removesRsaPadding || typeof context.cardData.pfnCspUnpadData === 'function';
      if (wanted.kind === 'oaep' && wanted.computed === undefined && !byOthers)
        fail('SCARD_E_UNSUPPORTED_FEATURE', 'OAEP needs a hash that can be computed here');
      const ciphertext = buffer(info.pbData, 'pbData');
      containerIndex(context.edge, info.bContainerIndex);
      const container = await context.container(info.bContainerIndex);
      const key = container.publicKey;
      if (key?.kind !== 'rsa' || container.usage !== 'key-exchange') fail('SCARD_E_NO_KEY_CONTAINER', 'the container holds no such key');
      const modulus = key.modulus.subarray(-Math.ceil(bitLength(key.modulus) / 8));
      if (ciphertext.length < modulus.length) fail('SCARD_E_INSUFFICIENT_BUFFER', 'the ciphertext is shorter than the modulus');
      if (ciphertext.length > modulus.length) fail('SCARD_E_INVALID_PARAMETER', 'the ciphertext is longer than the modulus');
      authenticatedAs(await context.card(), container.pinId);
      const number = reversed(ciphertext);
      // A number above the modulus is nobody's ciphertext; cards answer it in ways of their own (CHOICES.md, ciphertext-above-modulus).
      if (!below(number, modulus)) throw refused();
      const plaintext = await decrypt(context, container.index, number, info, wanted);
      try {
        return Object.assign(info, { pbData: context.hand(plaintext).reverse() });
      } finally {
        wipe(plaintext);
      }
    },
  };
}
