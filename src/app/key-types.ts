import type { EdgeKeyType, EdgePublicKey, EdgeUsage } from '../minidriver/card-edge.ts';
import { bitLength } from '../crypto/pkcs1.ts';
import type { KeyTypeName, PlacePurpose } from './card-summary.ts';

const TYPES: Readonly<Record<KeyTypeName, EdgeKeyType>> = {
  'RSA-1024': { kind: 'rsa', keyBits: 1024 },
  'RSA-2048': { kind: 'rsa', keyBits: 2048 },
  'RSA-3072': { kind: 'rsa', keyBits: 3072 },
  'RSA-4096': { kind: 'rsa', keyBits: 4096 },
  'P-256': { kind: 'ec', curve: 'P-256' },
  'P-384': { kind: 'ec', curve: 'P-384' },
  'P-521': { kind: 'ec', curve: 'P-521' },
};

/** Name of a key type; undefined for an RSA length that has none. */
export function keyTypeName(type: EdgeKeyType): KeyTypeName | undefined {
  if (type.kind === 'ec') return type.curve;
  const name = `RSA-${type.keyBits}`;
  return name in TYPES ? (name as KeyTypeName) : undefined;
}

/** @throws TypeError that names the accepted ones, for a name of another kind */
export function keyTypeOfName(name: KeyTypeName): EdgeKeyType {
  if (!Object.hasOwn(TYPES, name)) throw new TypeError(`the key type is none of ${Object.keys(TYPES).join(', ')}`);
  return TYPES[name];
}

/** Type of a public key. */
export function keyTypeOf(key: EdgePublicKey): EdgeKeyType {
  return key.kind === 'ec' ? { kind: 'ec', curve: key.curve } : { kind: 'rsa', keyBits: bitLength(key.modulus) };
}

/** What a screen calls the key; undefined for a type without name. */
export function publicKeyTypeName(key: EdgePublicKey | undefined): KeyTypeName | undefined {
  return key === undefined ? undefined : keyTypeName(keyTypeOf(key));
}

/** Types worth offering, most fitting first: P-256, then RSA-2048 for programs that know no curves; 1024 bits are not offered (SP 800-78-4, table 3-1). */
const PREFERENCE: readonly KeyTypeName[] = ['P-256', 'RSA-2048', 'P-384', 'RSA-3072', 'RSA-4096', 'P-521'];

export function offeredKeyTypes(types: readonly EdgeKeyType[]): KeyTypeName[] {
  const names = new Set(types.map(keyTypeName));
  return PREFERENCE.filter((name) => names.has(name));
}

/**
 * Usage that the minidriver gets for a new key (spec/minidriver 10.4): keys of the management and retired places decrypt; RSA in the
 * authentication place is AT_KEYEXCHANGE, as Windows' logon wants it; everything else signs.
 */
export function usageFor(purpose: PlacePurpose, type: EdgeKeyType): EdgeUsage {
  if (purpose === 'key-management' || purpose === 'retired') return 'key-exchange';
  return purpose === 'authentication' && type.kind === 'rsa' ? 'key-exchange' : 'signature';
}
