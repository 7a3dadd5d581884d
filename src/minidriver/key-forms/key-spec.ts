import type { EdgeContainer, EdgeKeyType, EdgePublicKey, EdgeUsage } from '../card-edge.ts';
import * as c from '../cardmod/constants.ts';

/** What a key specification says of a key (wincrypt.h; S707 4.6.1). */
export type KeySpec =
  | { readonly kind: 'rsa'; readonly usage: EdgeUsage }
  | { readonly kind: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521'; readonly usage: EdgeUsage };

const KEY_SPECS: ReadonlyMap<number, KeySpec> = new Map<number, KeySpec>([
  [c.AT_KEYEXCHANGE, { kind: 'rsa', usage: 'key-exchange' }],
  [c.AT_SIGNATURE, { kind: 'rsa', usage: 'signature' }],
  [c.AT_ECDSA_P256, { kind: 'ec', curve: 'P-256', usage: 'signature' }],
  [c.AT_ECDSA_P384, { kind: 'ec', curve: 'P-384', usage: 'signature' }],
  [c.AT_ECDSA_P521, { kind: 'ec', curve: 'P-521', usage: 'signature' }],
  [c.AT_ECDHE_P256, { kind: 'ec', curve: 'P-256', usage: 'key-exchange' }],
  [c.AT_ECDHE_P384, { kind: 'ec', curve: 'P-384', usage: 'key-exchange' }],
  [c.AT_ECDHE_P521, { kind: 'ec', curve: 'P-521', usage: 'key-exchange' }],
]);

const CURVE_BITS = { 'P-256': 256, 'P-384': 384, 'P-521': 521 } as const;

/** The meaning of dwKeySpec; undefined for a number that the header does not define. */
export function keySpec(dwKeySpec: unknown): KeySpec | undefined {
  return typeof dwKeySpec === 'number' ? KEY_SPECS.get(dwKeySpec) : undefined;
}

/** dwKeySpec of a key type used so. */
export function keySpecOf(type: EdgeKeyType, usage: EdgeUsage): number {
  for (const [value, spec] of KEY_SPECS)
    if (spec.usage === usage && spec.kind === type.kind && (spec.kind === 'rsa' || (type.kind === 'ec' && spec.curve === type.curve))) return value;
  return 0;
}

/** Bits of a curve. */
export function curveBits(curve: 'P-256' | 'P-384' | 'P-521'): number {
  return CURVE_BITS[curve];
}

/** Bits of a public key as the container map gives them. */
export function keyBits(key: EdgePublicKey): number {
  if (key.kind === 'ec') return CURVE_BITS[key.curve];
  const first = key.modulus.findIndex((octet) => octet !== 0);
  return first < 0 ? 0 : 8 * (key.modulus.length - first);
}

/** True when the container's key has the kind (and curve) that the key specification names. */
export function sameKind(container: EdgeContainer, spec: KeySpec): boolean {
  const key = container.publicKey;
  if (key === undefined) return true;
  return key.kind === 'rsa' ? spec.kind === 'rsa' : spec.kind === 'ec' && spec.curve === key.curve;
}
