import { constants, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject, privateDecrypt } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { type Bytes, concat, copy, equal, fromHex } from '../../../src/codec/index.ts';
import {
  type CardEdge,
  CardEdgeError,
  type EdgeCapabilities,
  type EdgeContainer,
  type EdgeFile,
  type EdgePin,
  type EdgePrivateKey,
  type EdgePublicKey,
  type EdgeRsaPadding,
  type EdgeUsage,
  type GenerateRequest,
  type PinId,
  type PinStatus,
} from '../../../src/minidriver/index.ts';
import { ADMIN_KEY, adminResponse, type FakeOptions, KEY_TYPES, type PinKeys, PUK, USER_PIN } from './fake-options.ts';

export { adminResponse, type FakeOptions, type PinKeys, PUK, USER_PIN } from './fake-options.ts';

/*
 * A card family in memory with real keys: the partner of the minidriver's unit tests. It is strict: it refuses what a card would
 * refuse, whatever the minidriver checked before, and counts everything that would be an exchange with a card.
 */

const CURVE_OPENSSL = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' } as const;
const CURVE_NOBLE = { 'P-256': p256, 'P-384': p384, 'P-521': p521 } as const;
const fromB64 = (text: string | undefined): Bytes => copy(Buffer.from(text ?? '', 'base64url'));

interface Slot {
  readonly key: KeyObject;
  readonly usage: EdgeUsage;
  readonly pinId: PinId;
  readonly origin: 'generated' | 'imported';
}

/** Index 0..3: user's key, always-prompt key, user's key, free key; then user's keys. */
const pinOf = (index: number): PinId => (index === 1 ? 3 : index === 3 ? 0 : 1);

export class FakeEdge implements CardEdge<object> {
  readonly family = 'fake';
  readonly options: FakeOptions;
  /** Calls that would be exchanges with the card. */
  exchanges = 0;
  attached: object[] = [];
  /** Thrown by the next exchange, once. */
  nextFailure: Error | undefined;
  readonly slots: Map<number, Slot> = new Map();
  readonly certificates: Map<number, Bytes> = new Map();
  readonly files: Map<EdgeFile, Bytes> = new Map();
  readonly names: Map<number, string> = new Map();
  readonly associations: Map<number, number> = new Map();
  readonly tries: Map<PinId, number> = new Map([
    [1, 3],
    [4, 3],
  ]);
  pin: Bytes = USER_PIN;
  puk: Bytes = PUK;
  adminKey: Bytes = ADMIN_KEY;
  #authenticated = 0;
  #challenge: Bytes | undefined;
  #challenges = 0;
  /** Largest number of bodies of this card under way at a time. */
  overlap = 0;
  #running = 0;

  readonly enterPin?: NonNullable<CardEdge['enterPin']>;
  readonly enterNewPin?: NonNullable<CardEdge['enterNewPin']>;

  constructor(options: FakeOptions = {}) {
    this.options = options;
    const { external, externalNext } = options;
    if (external !== undefined) this.enterPin = async (pinId, { signal }) => this.verifyPin(pinId, await this.#typed(external, signal));
    if (external !== undefined && externalNext !== undefined)
      this.enterNewPin = async (pinId, { signal }) =>
        this.changePin(pinId, await this.#typed(external, signal), await this.#typed(externalNext, signal));
  }

  get authenticated(): number {
    return this.#authenticated;
  }

  get capabilities(): EdgeCapabilities {
    const { readOnly = false, types = KEY_TYPES, canGenerate = true, canImport = true, canDelete = true } = this.options;
    return {
      maxKeyContainers: 8,
      readOnly,
      canGenerate,
      canImport,
      canDeleteKey: canDelete,
      removesRsaPadding: this.options.removesPadding === true,
      generatable: () => types,
      bindablePins: (index) => [pinOf(index)],
      maxCertificateBytes: 2000,
    };
  }

  get pins(): readonly EdgePin[] {
    const length = { minBytes: 6, maxBytes: 8 };
    const unblock = this.options.adminUnblocks === true ? 0x14 : 0x10;
    const kind = this.options.external === undefined ? 'pin' : 'external';
    const all: readonly EdgePin[] = [
      { id: 1, kind, purpose: 'primary', changePermission: 0x02, unblockPermission: unblock, cache: 'normal', ...length },
      { id: 2, kind: 'challenge-response', purpose: 'administrator', changePermission: 0x04, unblockPermission: 0, cache: 'none' },
      { id: 3, kind, purpose: 'digital-signature', changePermission: 0x08, unblockPermission: 0x10, cache: 'always-prompt', ...length },
      { id: 4, kind: 'pin', purpose: 'unblock-only', changePermission: 0x10, unblockPermission: 0, cache: 'none', minBytes: 8, maxBytes: 8 },
    ];
    return all.filter(({ id }) => this.options.roles?.includes(id) ?? true);
  }

  async #typed(keys: PinKeys, signal: AbortSignal | undefined): Promise<Bytes> {
    const typed = await keys(signal);
    if (typeof typed === 'string') throw new CardEdgeError(typed, 'nothing was typed');
    return typed;
  }

  async #exchange(): Promise<void> {
    this.exchanges++;
    this.#running++;
    this.overlap = Math.max(this.overlap, this.#running);
    await new Promise((resolve) => setImmediate(resolve));
    this.#running--;
    const failure = this.nextFailure;
    this.nextFailure = undefined;
    if (failure !== undefined) throw failure;
  }

  async attach(handle: object): Promise<void> {
    this.attached.push(handle);
    this.#authenticated = 0;
    await this.#exchange();
  }

  async identity(): ReturnType<CardEdge['identity']> {
    await this.#exchange();
    return { cardId: fromHex('00112233445566778899aabbccddeeff'), serialNumber: fromHex('00bc614e'), cardName: 'Fake' };
  }

  #publicKey(slot: Slot): EdgePublicKey {
    const jwk = createPublicKey(slot.key).export({ format: 'jwk' });
    if (jwk.kty === 'RSA') return { kind: 'rsa', modulus: fromB64(jwk.n), publicExponent: fromB64(jwk.e) };
    return { kind: 'ec', curve: jwk.crv as 'P-256', point: concat(Uint8Array.of(4), fromB64(jwk.x), fromB64(jwk.y)) };
  }

  async containers(): Promise<readonly EdgeContainer[]> {
    await this.#exchange();
    return [...this.slots.entries()]
      .sort(([a], [b]) => a - b)
      .map(([index, slot]) => ({
        index,
        place: `FAKE ${index}`,
        // Like a card that keeps no word of what a key is for, index 0 is always a key-exchange place for RSA.
        usage: index === 0 && slot.key.asymmetricKeyType === 'rsa' ? 'key-exchange' : slot.usage,
        pinId: slot.pinId,
        pinAlways: slot.pinId === 3,
        publicKey: this.#publicKey(slot),
        hasCertificate: this.certificates.has(index),
        ...(this.names.has(index) ? { storedName: this.names.get(index) ?? '' } : {}),
        ...(this.associations.has(index) ? { associatedEcdhContainer: this.associations.get(index) ?? 0 } : {}),
        origin: slot.origin,
      }));
  }

  async containerName(index: number): Promise<string> {
    return `33221100-5544-7766-8899-aabbcc5fc1${index.toString(16).padStart(2, '0')}`;
  }

  async pinStatus(pinId: PinId): Promise<PinStatus> {
    await this.#exchange();
    const left = this.tries.get(pinId === 3 ? 1 : pinId);
    return { verified: (this.#authenticated & (1 << pinId)) !== 0, ...(left === undefined ? {} : { retriesLeft: left, retriesTotal: 3 }) };
  }

  #present(counter: PinId, expected: Bytes, given: Bytes): void {
    const left = this.tries.get(counter) ?? 0;
    if (left === 0) throw new CardEdgeError('pin-blocked', 'blocked');
    if (!equal(expected, given)) {
      this.tries.set(counter, left - 1);
      throw new CardEdgeError('wrong-pin', 'wrong', { retriesLeft: left - 1 });
    }
    this.tries.set(counter, 3);
  }

  async verifyPin(_pinId: PinId, pin: Bytes): Promise<void> {
    if (pin.length < 6 || pin.length > 8) throw new CardEdgeError('bad-pin-length', 'length');
    await this.#exchange();
    this.#authenticated &= ~0x0a;
    this.#present(1, this.pin, pin);
    this.#authenticated |= 0x0a;
  }

  async challenge(): Promise<Bytes> {
    await this.#exchange();
    this.#challenge = Uint8Array.of(0xc0, 0xff, 0xee, 0, 0, 0, this.#challenges >>> 8, this.#challenges++);
    return copy(this.#challenge);
  }

  #prove(response: Bytes): void {
    const challenge = this.#challenge;
    this.#challenge = undefined;
    this.#authenticated &= ~0x04;
    if (challenge === undefined) throw new CardEdgeError('no-challenge', 'no challenge');
    if (!equal(adminResponse(challenge, this.adminKey), response)) throw new CardEdgeError('management-key-refused', 'refused');
    this.#authenticated |= 0x04;
  }

  async respond(_pinId: PinId, response: Bytes): Promise<void> {
    await this.#exchange();
    this.#prove(response);
  }

  async deauthenticate(pinSet: number): Promise<void> {
    await this.#exchange();
    const both = (pinSet & 0x0a) !== 0 ? pinSet | 0x0a : pinSet;
    this.#authenticated &= ~both;
  }

  async changePin(pinId: PinId, current: Bytes, next: Bytes): Promise<void> {
    await this.#exchange();
    if (pinId === 2) {
      this.#prove(current);
      this.adminKey = copy(next);
      return;
    }
    if (next.includes(0xff)) throw new CardEdgeError('bad-pin-format', 'format');
    if (pinId === 4) {
      this.#present(4, this.puk, current);
      this.puk = copy(next);
      return;
    }
    this.#present(1, this.pin, current);
    this.pin = copy(next);
    // Like most cards: a change proves nothing for what comes after.
    this.#authenticated &= ~0x0a;
  }

  async unblockPin(unblocker: PinId, proof: Bytes, _target: PinId, next: Bytes): Promise<void> {
    await this.#exchange();
    if (unblocker === 4) this.#present(4, this.puk, proof);
    else this.#prove(proof);
    this.pin = copy(next);
    this.tries.set(1, 3);
  }

  #write(): void {
    if (this.options.managementKey === false) throw new CardEdgeError('no-management-key', 'no management key');
  }

  async generate(request: GenerateRequest): Promise<EdgePublicKey> {
    await this.#exchange();
    this.#write();
    request.onWaiting?.();
    const { keyType } = request;
    const { privateKey: key } =
      keyType.kind === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: keyType.keyBits })
        : generateKeyPairSync('ec', { namedCurve: CURVE_OPENSSL[keyType.curve] });
    return this.put(request.containerIndex, key, request.usage, request.pinId, 'generated');
  }

  /** Puts a key of the test's own into a container. */
  put(index: number, key: KeyObject, usage: EdgeUsage, pinId: PinId = pinOf(index), origin: 'generated' | 'imported' = 'imported'): EdgePublicKey {
    const slot: Slot = { key, usage, pinId, origin };
    this.slots.set(index, slot);
    return this.#publicKey(slot);
  }

  async importKey(request: GenerateRequest, key: EdgePrivateKey): Promise<void> {
    await this.#exchange();
    this.#write();
    const b64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64url');
    const jwk =
      key.kind === 'rsa'
        ? {
            kty: 'RSA',
            n: b64(key.modulus),
            e: b64(key.publicExponent),
            d: b64(key.d),
            p: b64(key.p),
            q: b64(key.q),
            dp: b64(key.dP),
            dq: b64(key.dQ),
            qi: b64(key.qInv),
          }
        : { kty: 'EC', crv: key.curve, d: b64(key.d), x: b64(key.point.subarray(1, 1 + key.d.length)), y: b64(key.point.subarray(1 + key.d.length)) };
    this.put(request.containerIndex, createPrivateKey({ key: jwk, format: 'jwk' }), request.usage, request.pinId);
    this.lastImported = key;
  }

  lastImported: EdgePrivateKey | undefined;

  async deleteKey(index: number): Promise<void> {
    await this.#exchange();
    if (this.options.canDelete === false) throw new CardEdgeError('unsupported', 'no delete');
    this.slots.delete(index);
  }

  #use(index: number): KeyObject {
    const slot = this.slots.get(index);
    if (slot === undefined) throw new CardEdgeError('no-key', 'no key');
    if (slot.pinId !== 0 && (this.#authenticated & (1 << slot.pinId)) === 0) throw new CardEdgeError('not-authenticated', 'not authenticated');
    if (slot.pinId === 3) this.#authenticated &= ~0x08;
    return slot.key;
  }

  async rsaPrivate(index: number, block: Bytes): Promise<Bytes> {
    await this.#exchange();
    return copy(privateDecrypt({ key: this.#use(index), padding: constants.RSA_NO_PADDING }, block));
  }

  async rsaDecrypt(index: number, ciphertext: Bytes, padding: EdgeRsaPadding): Promise<Bytes> {
    await this.#exchange();
    const key = this.#use(index);
    try {
      if (padding.kind === 'oaep') {
        const { hash, label } = padding;
        return copy(privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash.toLowerCase(), oaepLabel: label }, ciphertext));
      }
      // Node refuses RSA_PKCS1_PADDING here: the padding is taken off by hand.
      const block = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, ciphertext);
      const at = block.indexOf(0, 2);
      if (block[0] !== 0 || block[1] !== 2 || at < 10) throw new Error('bad padding');
      return copy(block.subarray(at + 1));
    } catch {
      throw new CardEdgeError('card-refused', 'the padding is bad, says the card');
    }
  }

  async ecdsaSign(index: number, digest: Bytes): Promise<Bytes> {
    await this.#exchange();
    const jwk = this.#use(index).export({ format: 'jwk' });
    const curve = CURVE_NOBLE[jwk.crv as 'P-256'];
    return copy(curve.sign(digest, fromB64(jwk.d), { prehash: false, lowS: false }));
  }

  async ecdh(index: number, point: Bytes): Promise<Bytes> {
    await this.#exchange();
    const privateKey = this.#use(index);
    const crv = privateKey.export({ format: 'jwk' }).crv ?? '';
    const size = (point.length - 1) / 2;
    const b64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64url');
    const jwk = { kty: 'EC', crv, x: b64(point.subarray(1, 1 + size)), y: b64(point.subarray(1 + size)) };
    return copy(diffieHellman({ privateKey, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) }));
  }

  async readCertificate(index: number): Promise<Bytes | undefined> {
    await this.#exchange();
    const certificate = this.certificates.get(index);
    return certificate === undefined ? undefined : copy(certificate);
  }

  async writeCertificate(index: number, der: Bytes | undefined): Promise<void> {
    if (der !== undefined && der.length > 2000) throw new CardEdgeError('too-large', 'too large');
    await this.#exchange();
    this.#write();
    if (der === undefined) this.certificates.delete(index);
    else this.certificates.set(index, copy(der));
  }

  async readFile(file: EdgeFile): Promise<Bytes | undefined> {
    await this.#exchange();
    const content = this.files.get(file);
    return content === undefined ? undefined : copy(content);
  }

  async writeFile(file: EdgeFile, content: Bytes): Promise<void> {
    await this.#exchange();
    if (this.options.keeps?.includes(file) !== true) throw new CardEdgeError('unsupported', 'no home');
    this.#write();
    if (content.length === 0) this.files.delete(file);
    else this.files.set(file, copy(content));
  }

  async freeBytes(): Promise<number | undefined> {
    await this.#exchange();
    return undefined;
  }

  async associateEcdh(index: number, other: number): Promise<void> {
    await this.#exchange();
    this.associations.set(index, other);
  }
}
