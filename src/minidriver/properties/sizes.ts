import { noFlags, versioned } from '../calls/checks.ts';
import type { CardEdge } from '../card-edge.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import { CARD_DATA_VALUE_UNKNOWN } from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';
import * as s from '../cardmod/structures.ts';
import type { CardContext } from '../context.ts';
import { curveBits, keySpec } from '../key-forms/key-spec.ts';

/** What the card can do (S707 4.4; CHOICES.md, certificate-compression). */
export function cardCapabilities(edge: CardEdge): s.CARD_CAPABILITIES {
  return {
    dwVersion: s.CARD_CAPABILITIES_CURRENT_VERSION,
    fCertificateCompression: true,
    fKeyGen: edge.capabilities.canGenerate && !edge.capabilities.readOnly,
  };
}

/** Free space (S707 4.3.9; CHOICES.md, free-space); a read-only card has none (S707 7.4). */
export async function freeSpace(context: CardContext): Promise<s.CARD_FREE_SPACE_INFO> {
  const edge = await context.card();
  const { maxKeyContainers, readOnly } = edge.capabilities;
  const head = { dwVersion: s.CARD_FREE_SPACE_INFO_CURRENT_VERSION };
  if (readOnly) return { ...head, dwBytesAvailable: 0, dwKeyContainersAvailable: 0, dwMaxKeyContainers: maxKeyContainers };
  const used = (await edge.containers()).length;
  return {
    ...head,
    dwBytesAvailable: (await edge.freeBytes()) ?? CARD_DATA_VALUE_UNKNOWN,
    dwKeyContainersAvailable: maxKeyContainers - used,
    dwMaxKeyContainers: maxKeyContainers,
  };
}

/** The sizes offered for a key specification (S707 4.7.6). RSA: 2048 is the default where the card has it. */
export function keySizes(edge: CardEdge, dwKeySpec: unknown): s.CARD_KEY_SIZES {
  const spec = keySpec(dwKeySpec) ?? fail('SCARD_E_INVALID_PARAMETER', 'dwKeySpec is not defined');
  const types = edge.capabilities.generatable();
  const head = { dwVersion: s.CARD_KEY_SIZES_CURRENT_VERSION };
  if (spec.kind === 'ec') {
    const bits = curveBits(spec.curve);
    if (!types.some((type) => type.kind === 'ec' && type.curve === spec.curve)) fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card has no such keys');
    return { ...head, dwMinimumBitlen: bits, dwDefaultBitlen: bits, dwMaximumBitlen: bits, dwIncrementalBitlen: 1 };
  }
  const sizes = types.flatMap((type) => (type.kind === 'rsa' ? [type.keyBits] : [])).sort((a, b) => a - b);
  const [smallest] = sizes;
  const largest = sizes.at(-1);
  if (smallest === undefined || largest === undefined) fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card has no RSA keys');
  const steps = sizes.slice(1).map((size, i) => size - (sizes[i] ?? 0));
  return {
    ...head,
    dwMinimumBitlen: smallest,
    dwDefaultBitlen: sizes.includes(2048) ? 2048 : largest,
    dwMaximumBitlen: largest,
    dwIncrementalBitlen: steps.length === 0 ? 1 : Math.min(...steps),
  };
}

type SizeEntryPoints = Pick<CardEntryPoints, 'CardQueryCapabilities' | 'CardQueryFreeSpace' | 'CardQueryKeySizes'>;

export function sizeEntryPoints(context: CardContext): SizeEntryPoints {
  return {
    async CardQueryCapabilities(pCardCapabilities) {
      versioned(pCardCapabilities, s.CARD_CAPABILITIES_CURRENT_VERSION, 'pCardCapabilities');
      return Object.assign(pCardCapabilities, cardCapabilities(context.edge));
    },

    async CardQueryFreeSpace(dwFlags, pCardFreeSpaceInfo) {
      noFlags(dwFlags);
      versioned(pCardFreeSpaceInfo, s.CARD_FREE_SPACE_INFO_CURRENT_VERSION, 'pCardFreeSpaceInfo');
      return Object.assign(pCardFreeSpaceInfo, await freeSpace(context));
    },

    async CardQueryKeySizes(dwKeySpec, dwFlags, pKeySizes) {
      noFlags(dwFlags);
      versioned(pKeySizes, s.CARD_KEY_SIZES_CURRENT_VERSION, 'pKeySizes');
      return Object.assign(pKeySizes, keySizes(context.edge, dwKeySpec));
    },
  };
}
