import { type Bytes, copy, leftPad, reversed } from '../../codec/bytes.ts';
import { CryptoError } from '../../crypto/errors.ts';
import { bitLength, pkcs1Pad, pssPad } from '../../crypto/pkcs1.ts';
import { authenticatedAs, buffer, containerIndex, dword, flagsWithin, structure } from '../calls/checks.ts';
import { below } from '../calls/write-checks.ts';
import type { EdgeContainer } from '../card-edge.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import * as c from '../cardmod/constants.ts';
import { fail, MinidriverError } from '../cardmod/error.ts';
import { CARD_SIGNING_INFO_BASIC_VERSION, CARD_SIGNING_INFO_CURRENT_VERSION, type CARD_SIGNING_INFO } from '../cardmod/structures.ts';
import type { CardContext } from '../context.ts';
import { curveBits, keySpec, sameKind } from '../key-forms/key-spec.ts';
import { checkHashLength, digestInfoOf, type HashAlgorithm, hashByAlgId, hashByName } from './hash-algorithms.ts';

const SIGNING_FLAGS = c.CARD_PADDING_INFO_PRESENT | c.CARD_BUFFER_SIZE_ONLY | c.CRYPT_NOHASHOID | c.CRYPT_TYPE2_FORMAT | c.CRYPT_X931_FORMAT;

/** How the data become a block of modulus size. */
type RsaPadding =
  | { readonly kind: 'raw' }
  /** Without a hash the data go in bare. */
  | { readonly kind: 'pkcs1'; readonly hash?: HashAlgorithm }
  | { readonly kind: 'pss'; readonly hash: HashAlgorithm; readonly saltBytes: number };

/** @throws MinidriverError ERROR_REVISION_MISMATCH; the text's rules can't all hold (CHOICES.md, signing-versions) */
function checkVersion(dwVersion: unknown, flags: number): void {
  const version = dword(dwVersion, 'dwVersion');
  const known = version === CARD_SIGNING_INFO_BASIC_VERSION || version === CARD_SIGNING_INFO_CURRENT_VERSION;
  const needed = (flags & c.CARD_PADDING_INFO_PRESENT) === 0 || version === CARD_SIGNING_INFO_CURRENT_VERSION;
  if (!known || !needed) fail('ERROR_REVISION_MISMATCH', 'this version of CARD_SIGNING_INFO does not go with its flags');
}

/** The padding that flags and padding information ask for (S707 4.7.5). */
function paddingOf(info: CARD_SIGNING_INFO, flags: number): RsaPadding {
  if ((flags & c.CRYPT_X931_FORMAT) !== 0) fail('SCARD_E_UNSUPPORTED_FEATURE', 'X9.31 padding is not built in');
  const bare = (flags & c.CRYPT_NOHASHOID) !== 0;
  if ((flags & c.CARD_PADDING_INFO_PRESENT) === 0) {
    const aiHashAlg = dword(info.aiHashAlg, 'aiHashAlg');
    if (aiHashAlg === 0) return { kind: 'pkcs1' };
    const hash = hashByAlgId(aiHashAlg);
    return bare ? { kind: 'pkcs1' } : { kind: 'pkcs1', hash };
  }
  const padding = info.pPaddingInfo;
  switch (info.dwPaddingType) {
    case c.CARD_PADDING_NONE:
      return { kind: 'raw' };
    case c.CARD_PADDING_PKCS1: {
      const { pszAlgId } = structure(padding, 'pPaddingInfo');
      return pszAlgId === null || bare ? { kind: 'pkcs1' } : { kind: 'pkcs1', hash: hashByName(pszAlgId) };
    }
    case c.CARD_PADDING_PSS: {
      const pss = structure(padding, 'pPaddingInfo');
      const hash = hashByName(pss.pszAlgId);
      if (hash.computed === undefined) fail('SCARD_E_UNSUPPORTED_FEATURE', 'PSS needs a hash that can be computed here');
      return { kind: 'pss', hash, saltBytes: dword('cbSalt' in pss ? pss.cbSalt : undefined, 'cbSalt') };
    }
    default:
      return fail('SCARD_E_INVALID_PARAMETER', 'dwPaddingType is not one for signatures');
  }
}

/** The padded block, natural order, as long as the modulus: the driver pads by itself (CHOICES.md, padding-by-driver, hash-byte-order). @throws MinidriverError SCARD_E_INVALID_PARAMETER when the data do not fit */
async function padded(padding: RsaPadding, data: Bytes, modulus: Uint8Array, context: CardContext): Promise<Bytes> {
  try {
    switch (padding.kind) {
      case 'raw':
        return copy(data);
      case 'pkcs1':
        return pkcs1Pad(padding.hash === undefined ? data : digestInfoOf(padding.hash, data), modulus.length);
      case 'pss': {
        const { hash, saltBytes } = padding;
        if (hash.computed === undefined) fail('SCARD_E_UNSUPPORTED_FEATURE', 'PSS needs a hash that can be computed here');
        return await pssPad(data, { hash: hash.computed, saltBytes, modulusBits: bitLength(modulus), random: context.random });
      }
    }
  } catch (error) {
    if (error instanceof CryptoError)
      throw new MinidriverError('SCARD_E_INVALID_PARAMETER', 'the data do not fit the key and the padding', { cause: error });
    throw error;
  }
}

/** Checks the data against padding and modulus: everything that can be said before the card is asked. */
function checkData(padding: RsaPadding, data: Bytes, modulus: Uint8Array): void {
  if (padding.kind === 'raw') {
    if (data.length !== modulus.length || !below(data, modulus))
      fail('SCARD_E_INVALID_PARAMETER', 'raw data are a number below the modulus, of its length');
  } else if (padding.hash !== undefined) checkHashLength(padding.hash, data);
}

/** Leftmost bits of a hash as ECDSA takes it (FIPS 186-5, 6.4.1); whole octets, which all curves here have but P-521, longer than any hash. */
const forCurve = (data: Bytes, fieldBytes: number): Bytes => copy(data.subarray(0, fieldBytes));

async function sign(context: CardContext, container: EdgeContainer, padding: RsaPadding | undefined, data: Bytes): Promise<Bytes> {
  const edge = await context.card();
  authenticatedAs(edge, container.pinId);
  const key = container.publicKey;
  if (key?.kind === 'ec') return edge.ecdsaSign(container.index, forCurve(data, (key.point.length - 1) / 2));
  if (key === undefined || padding === undefined) return fail('SCARD_E_UNEXPECTED', 'the container does not tell its key');
  const modulus = key.modulus.subarray(key.modulus.findIndex((octet) => octet !== 0));
  checkData(padding, data, modulus);
  // The number may have leading zeros that a card leaves out: the result has the modulus's length all the same.
  return reversed(leftPad(await edge.rsaPrivate(container.index, await padded(padding, data, modulus, context)), modulus.length));
}

/** S707 4.7.5. */
export function signEntryPoints(context: CardContext): Pick<CardEntryPoints, 'CardSignData'> {
  return {
    async CardSignData(pInfo) {
      const info = structure(pInfo, 'pInfo');
      const flags = flagsWithin(info.dwSigningFlags, SIGNING_FLAGS);
      checkVersion(info.dwVersion, flags);
      const spec = keySpec(info.dwKeySpec) ?? fail('SCARD_E_INVALID_PARAMETER', 'dwKeySpec is not defined');
      const sizeOnly = (flags & c.CARD_BUFFER_SIZE_ONLY) !== 0;
      const data = sizeOnly ? undefined : buffer(info.pbData, 'pbData');
      if (data?.length === 0) fail('SCARD_E_INVALID_PARAMETER', 'pbData is empty');
      // For ECDSA the padding fields say nothing.
      const padding = spec.kind === 'rsa' ? paddingOf(info, flags) : undefined;
      if (data !== undefined && padding !== undefined && padding.kind !== 'raw' && padding.hash !== undefined) checkHashLength(padding.hash, data);
      containerIndex(context.edge, info.bContainerIndex);
      const container = await context.container(info.bContainerIndex);
      if (!sameKind(container, spec)) fail('SCARD_E_NO_KEY_CONTAINER', 'the container holds no key of this kind');
      const key = container.publicKey ?? fail('SCARD_E_UNEXPECTED', 'the container does not tell its key');
      const cbSignedData = key.kind === 'ec' ? 2 * Math.ceil(curveBits(key.curve) / 8) : Math.ceil(bitLength(key.modulus) / 8);
      if (data === undefined) return Object.assign(info, { pbSignedData: null, cbSignedData });
      const memory = context.reserve(cbSignedData);
      const signature = await sign(context, container, padding, data);
      if (signature.length !== cbSignedData) fail('SCARD_E_UNEXPECTED', 'the signature has not the length of the key');
      memory.set(signature);
      return Object.assign(info, { pbSignedData: memory, cbSignedData });
    },
  };
}
