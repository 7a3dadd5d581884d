import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect } from 'vitest';
import { type Bytes, copy, fromHex } from '../../src/codec/index.ts';
import type { CardTransaction } from '../../src/channel/types.ts';
import {
  AT_ECDHE_P256,
  AT_ECDHE_P384,
  AT_ECDSA_P256,
  AT_KEYEXCHANGE,
  CARD_CREATE_CONTAINER_KEY_IMPORT,
  type CARD_DATA,
  type CardDataFields,
  type CardModule,
  type CardModuleOptions,
  certificateFileName,
  createCardModule,
  decodePublicKeyBlob,
  type EdgePublicKey,
  type EdgeUsage,
  type FailureName,
  keySpecOf,
  newCardData,
} from '../../src/minidriver/index.ts';
import { openPivEdge } from '../../src/piv/card-edge.ts';
import { typedManagementKey } from '../../src/piv/management.ts';
import { createPivCard, type PivCardOptions, type PivProfileName } from '../../src/simulator/card/index.ts';
import type { PersistentCard } from '../../src/simulator/smart-card.ts';
import { edgeKey, privateBlob } from '../unit/minidriver/edge-key.ts';
import { code } from '../unit/minidriver/outcomes.ts';
import { testCertificate } from '../unit/piv/test-certificate.ts';
import { type CardTerminal, terminal } from '../unit/piv/transactions.ts';

/* The minidriver over the real PIV edge on the simulated card: contexts as a caller opens them. */

export const FACTORY_KEY = '010203040506070801020304050607080102030405060708';
export const PIN: Bytes = copy(Buffer.from('123456'));
export const PUK: Bytes = copy(Buffer.from('12345678'));
export const WRONG_PIN: Bytes = copy(Buffer.from('111111'));

export type Card = CARD_DATA<CardTransaction>;

export interface BenchOptions {
  readonly profile?: PivProfileName;
  /** What a card's `save()` gave. */
  readonly image?: unknown;
  /** False: nobody gives a management key, so a plain card is read-only. */
  readonly managed?: boolean;
  readonly card?: Partial<PivCardOptions>;
  readonly module?: CardModuleOptions;
  readonly fields?: Partial<CardDataFields<CardTransaction>>;
}

export class Bench {
  readonly simulated: PersistentCard;
  readonly module: CardModule<CardTransaction>;
  readonly fields: Partial<CardDataFields<CardTransaction>>;
  terminal: CardTerminal;

  constructor({ profile = 'yubikey-5.7', image, managed = true, card = {}, module = {}, fields = {} }: BenchOptions = {}) {
    this.simulated = createPivCard({ profile, ...(image === undefined ? {} : { image }), ...card });
    this.terminal = terminal(this.simulated);
    this.fields = fields;
    this.module = createCardModule<CardTransaction>(openPivEdge, {
      ...(managed ? { managementKey: () => typedManagementKey(fromHex(FACTORY_KEY)) } : {}),
      ...module,
    });
  }

  /** CARD_DATA for this card; nothing is exchanged. */
  data(fields: Partial<CardDataFields<CardTransaction>> = {}): Card {
    return newCardData<CardTransaction>({ pbAtr: this.simulated.atr, hScard: this.terminal, pwszCardName: 'simulated', ...this.fields, ...fields });
  }

  /** A new context. */
  async acquire(fields: Partial<CardDataFields<CardTransaction>> = {}): Promise<Card> {
    const card = this.data(fields);
    await this.module.CardAcquireContext(card, 0);
    this.terminal.clear();
    return card;
  }

  /** A new context with the user's PIN verified. */
  async user(fields: Partial<CardDataFields<CardTransaction>> = {}): Promise<Card> {
    const card = await this.acquire(fields);
    await card.CardAuthenticateEx(1, 0, PIN);
    this.terminal.clear();
    return card;
  }

  /** Takes the card out and puts it in again: contexts from before are of no use, transactions are new. */
  powerCycle(): void {
    this.simulated.reset('off');
    this.simulated.reset('cold');
    this.terminal = terminal(this.simulated);
  }
}

/** Expects one code without a single command to the card. */
export async function refusedUnasked(bench: Bench, expected: FailureName, call: () => Promise<unknown>): Promise<void> {
  bench.terminal.clear();
  expect(await code(call())).toBe(expected);
  expect(bench.terminal.log).toEqual([]);
}

/** Response of the factory's management key to a challenge of this card. */
export function adminResponse(challenge: Bytes, profile: PivProfileName = 'yubikey-5.7'): Promise<Bytes> {
  return typedManagementKey(fromHex(FACTORY_KEY)).external(challenge, profile === 'yubikey-5.7' ? 'AES-192' : '3DES');
}

/** A member that may be null in the types. */
export function given<T>(member: T | null): T {
  if (member === null) throw new Error('the member is NULL');
  return member;
}

/** Imports a key through CardCreateContainerEx; the user is authenticated already. */
export async function importInto(card: Card, index: number, key: KeyObject, usage: EdgeUsage, PinId = 1): Promise<void> {
  const own = edgeKey(key);
  const spec = keySpecOf(own.kind === 'rsa' ? { kind: 'rsa', keyBits: 2048 } : own, usage);
  await card.CardCreateContainerEx(index, CARD_CREATE_CONTAINER_KEY_IMPORT, spec, own.kind === 'rsa' ? 2048 : 0, privateBlob(own, usage), PinId);
}

/** The key that a container shows. */
export async function publicKeyOf(card: Card, index: number): Promise<EdgePublicKey> {
  const { pbSigPublicKey, pbKeyExPublicKey } = await card.CardGetContainerInfo(index, 0, { dwVersion: 1 });
  return decodePublicKeyBlob(pbSigPublicKey ?? pbKeyExPublicKey ?? new Uint8Array(0)).key;
}

/** Keys of the prepared card, by container index. */
export const KEYS: Readonly<Record<0 | 1 | 2 | 3 | 4 | 5, KeyObject>> = {
  0: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  1: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  2: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  3: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  4: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  5: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
};

/** Key specification, PIN and usage of each. */
export const PLACES: readonly { readonly index: 0 | 1 | 2 | 3 | 4 | 5; readonly spec: number; readonly PinId: number; readonly usage: EdgeUsage }[] =
  [
    { index: 0, spec: AT_KEYEXCHANGE, PinId: 1, usage: 'key-exchange' },
    { index: 1, spec: AT_ECDSA_P256, PinId: 3, usage: 'signature' },
    { index: 2, spec: AT_KEYEXCHANGE, PinId: 1, usage: 'key-exchange' },
    { index: 3, spec: AT_ECDSA_P256, PinId: 0, usage: 'signature' },
    { index: 4, spec: AT_ECDHE_P256, PinId: 1, usage: 'key-exchange' },
    { index: 5, spec: AT_ECDHE_P384, PinId: 1, usage: 'key-exchange' },
  ];

/** An image of the 5.7 card with {@link KEYS} in place, each with a certificate. Made through the minidriver. */
export async function preparedImage(): Promise<unknown> {
  const bench = new Bench();
  const card = await bench.user();
  for (const { index, PinId, usage } of PLACES) {
    await importInto(card, index, KEYS[index], usage, PinId);
    const file = certificateFileName(index, usage);
    await card.CardWriteFile('mscp', file, 0, testCertificate(await publicKeyOf(card, index), { commonName: `Holder ${index}` }));
  }
  await card.CardDeleteContext();
  return bench.simulated.save();
}

/** An image of the plain card: an ECDSA key in 9A, an RSA key in 9D, certificates, and nobody who holds 9B. */
export async function plainImage(): Promise<unknown> {
  const bench = new Bench({ profile: 'nist' });
  const card = await bench.user();
  for (const [index, spec, bits, usage] of [
    [0, AT_ECDSA_P256, 0, 'signature'],
    [2, AT_KEYEXCHANGE, 2048, 'key-exchange'],
  ] as const) {
    await card.CardCreateContainerEx(index, 1, spec, bits, null, 1);
    await card.CardWriteFile('mscp', certificateFileName(index, usage), 0, testCertificate(await publicKeyOf(card, index)));
  }
  return bench.simulated.save();
}
