import type { CurveName } from '../crypto/ec.ts';
import { bitLength } from '../crypto/pkcs1.ts';
import type { PublicKey } from '../crypto/public-key.ts';

/*
 * Algorithm identifiers as data (SP 800-78-4, tables 6-2 and 6-3; 05 since revision 5; 16 is a vendor's).
 */

export type PivKeyType = { readonly kind: 'rsa'; readonly keyBits: number } | { readonly kind: 'ec'; readonly curve: CurveName };

export interface KeyAlgorithm {
  readonly id: number;
  readonly type: PivKeyType;
}

export const KEY_ALGORITHMS: readonly KeyAlgorithm[] = [
  { id: 0x06, type: { kind: 'rsa', keyBits: 1024 } },
  { id: 0x07, type: { kind: 'rsa', keyBits: 2048 } },
  { id: 0x05, type: { kind: 'rsa', keyBits: 3072 } },
  { id: 0x16, type: { kind: 'rsa', keyBits: 4096 } },
  { id: 0x11, type: { kind: 'ec', curve: 'P-256' } },
  { id: 0x14, type: { kind: 'ec', curve: 'P-384' } },
];

export type ManagementAlgorithmName = '3DES' | 'AES-128' | 'AES-192' | 'AES-256';

export interface ManagementAlgorithmRow {
  readonly id: number;
  readonly name: ManagementAlgorithmName;
  readonly keyBytes: number;
  readonly blockBytes: number;
}

/** Algorithms of key 9B; 00 is another name of 03. */
export const MANAGEMENT_ALGORITHMS: readonly ManagementAlgorithmRow[] = [
  { id: 0x03, name: '3DES', keyBytes: 24, blockBytes: 8 },
  { id: 0x08, name: 'AES-128', keyBytes: 16, blockBytes: 16 },
  { id: 0x0a, name: 'AES-192', keyBytes: 24, blockBytes: 16 },
  { id: 0x0c, name: 'AES-256', keyBytes: 32, blockBytes: 16 },
];

/** Identifier of a key type; undefined when PIV has none. */
export function algorithmOf(type: PivKeyType): number | undefined {
  return KEY_ALGORITHMS.find((row) =>
    row.type.kind === 'rsa' && type.kind === 'rsa'
      ? row.type.keyBits === type.keyBits
      : row.type.kind === 'ec' && type.kind === 'ec' && row.type.curve === type.curve,
  )?.id;
}

/** Key type of an identifier; undefined for those that this table lacks. */
export function keyTypeOf(id: number): PivKeyType | undefined {
  return KEY_ALGORITHMS.find((row) => row.id === id)?.type;
}

/** Row of a 9B algorithm by its identifier. */
export function managementAlgorithm(id: number): ManagementAlgorithmRow | undefined {
  return MANAGEMENT_ALGORITHMS.find((row) => row.id === (id === 0x00 ? 0x03 : id));
}

/** Keys on Curve25519 (Yubico, firmware 5.7). */
export const CURVE25519_ALGORITHMS = { Ed25519: 0xe0, X25519: 0xe1 } as const;

/** Whether the card tells of a key on Curve25519, which no container holds. */
export const isCurve25519 = (algorithm: number | undefined): boolean =>
  algorithm === CURVE25519_ALGORITHMS.Ed25519 || algorithm === CURVE25519_ALGORITHMS.X25519;

/** False where the algorithm that the card tells can't be this key's; an unknown one may be anything. */
export function mayBeOf(algorithm: number | undefined, key: PublicKey): boolean {
  const type = algorithm === undefined ? undefined : keyTypeOf(algorithm);
  if (type === undefined) return !isCurve25519(algorithm);
  return type.kind === 'rsa' ? key.kind === 'rsa' && bitLength(key.modulus) === type.keyBits : key.kind === 'ec' && key.curve === type.curve;
}
