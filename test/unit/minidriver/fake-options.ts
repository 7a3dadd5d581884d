import { type Bytes, copy } from '../../../src/codec/index.ts';
import type { EdgeFile, EdgeKeyType, PinId } from '../../../src/minidriver/index.ts';

/* How the fake card of the unit tests is made, and the secrets it begins with. */

export interface FakeOptions {
  readonly readOnly?: boolean;
  readonly types?: readonly EdgeKeyType[];
  readonly canGenerate?: boolean;
  readonly canImport?: boolean;
  readonly canDelete?: boolean;
  /** Files that the family keeps on the card. */
  readonly keeps?: readonly EdgeFile[];
  /** Without it every write to the card throws `no-management-key`. */
  readonly managementKey?: boolean;
  readonly adminUnblocks?: boolean;
  /** Roles that the card has; all four when absent. */
  readonly roles?: readonly PinId[];
  /** A reader with keys: what a person types there, or why nothing came. */
  readonly external?: PinKeys;
  /** The new PIN at such a reader; without it the reader takes none. */
  readonly externalNext?: PinKeys;
  /** The card removes RSA padding by itself. */
  readonly removesPadding?: boolean;
}

export type PinKeys = (signal: AbortSignal | undefined) => Promise<Bytes | 'entry-cancelled' | 'entry-timeout' | 'entry-mismatch'>;

/** What the card makes where nothing else is said. */
export const KEY_TYPES: readonly EdgeKeyType[] = [
  { kind: 'rsa', keyBits: 1024 },
  { kind: 'rsa', keyBits: 2048 },
  { kind: 'rsa', keyBits: 3072 },
  { kind: 'ec', curve: 'P-256' },
  { kind: 'ec', curve: 'P-384' },
];

export const USER_PIN: Bytes = copy(Buffer.from('123456'));
export const PUK: Bytes = copy(Buffer.from('12345678'));
/** The administrator's key: the response to a challenge is the challenge XOR the key. */
export const ADMIN_KEY: Bytes = copy(Buffer.from('0102030405060708'));
export const adminResponse = (challenge: Bytes, key: Bytes = ADMIN_KEY): Bytes => challenge.map((octet, i) => octet ^ (key[i % key.length] ?? 0));
