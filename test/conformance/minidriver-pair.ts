import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';
import { expect } from 'vitest';
import { type Bytes, bytes, copy } from '../../src/codec/index.ts';
import * as m from '../../src/minidriver/index.ts';
import { type Bench, type Card, given, PIN } from './minidriver-bench.ts';

/* What the pairs of minidriver-pairs-*.ts are made with. */

export type Name = m.EntryPointName | 'CardAcquireContext';

/** Which table an entry point's pair stands in. */
export type RoleOrFile = Extract<
  Name,
  | `CardAuthenticate${string}`
  | `CardDeauthenticate${string}`
  | `CardChange${string}`
  | `CardGetChallenge${string}`
  | 'CardUnblockPin'
  | `Card${string}File${string}`
  | `Card${string}Directory`
>;
export type KeyOrContext = Exclude<Name, RoleOrFile>;

export interface Pair {
  /** Ends well and looks at what came of it. */
  readonly positive: (card: Card, bench: Bench) => Promise<void>;
  readonly negative: readonly [m.FailureName, (card: Card, bench: Bench) => Promise<unknown>];
}

export const NEXT: Bytes = copy(Buffer.from('654321'));
export const state = (card: Card): Promise<number> => card.CardGetProperty(m.CP_CARD_AUTHENTICATED_STATE, 0);
export const user = (card: Card): Promise<void> => card.CardAuthenticatePin('user', PIN);
export const other: KeyPairKeyObjectResult = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const otherJwk = other.publicKey.export({ format: 'jwk' });
export const otherBlob: Bytes = m.encodePublicKeyBlob(
  {
    kind: 'ec',
    curve: 'P-256',
    point: copy(Buffer.concat([Buffer.from([4]), Buffer.from(otherJwk.x ?? '', 'base64url'), Buffer.from(otherJwk.y ?? '', 'base64url')])),
  },
  'key-exchange',
);

export async function agree(card: Card): Promise<number> {
  await user(card);
  const construct = given(card.CardConstructDHAgreement);
  return (await construct({ dwVersion: 2, bContainerIndex: 4, dwFlags: 0, pbPublicKey: otherBlob })).bSecretAgreementIndex;
}

export const derive = (card: Card, index: number, dwVersion = 1): Promise<m.CARD_DERIVE_KEY & m.CARD_DERIVE_KEY_RESULT> =>
  given(card.CardDeriveKey)({ dwVersion, dwFlags: 0, pwszKDF: m.BCRYPT_KDF_RAW_SECRET, bSecretAgreementIndex: index });

export const signing = (more: Partial<m.CARD_SIGNING_INFO> = {}): m.CARD_SIGNING_INFO => ({
  dwVersion: 1,
  bContainerIndex: 3,
  dwKeySpec: m.AT_ECDSA_P256,
  dwSigningFlags: 0,
  aiHashAlg: 0,
  pbData: bytes(32).fill(9),
  ...more,
});

/** The nine of secure key injection: they exist and say that they do nothing. */
export const injection = (call: (card: Card) => Promise<unknown>): Pair => ({
  positive: async (card) => {
    expect(await card.CardGetProperty(m.CP_KEY_IMPORT_SUPPORT, 0)).toBe(0);
  },
  negative: ['SCARD_E_UNSUPPORTED_FEATURE', call],
});
