import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  verify,
  X509Certificate,
} from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { CardContainers, cardSigner, type CardContainer } from '../../../../src/app/containers/index.ts';
import { bytes, concat, copy, toHex } from '../../../../src/codec/index.ts';
import { createCertificate, createRequest, encodeSpki, parseName, schemeFor } from '../../../../src/crypto/certificates/index.ts';
import { type PublicKey, publicKeyJwk } from '../../../../src/crypto/public-key.ts';
import * as m from '../../../../src/minidriver/index.ts';
import { Bench, type Card, KEYS, PIN, preparedImage, WRONG_PIN } from '../../../conformance/minidriver-bench.ts';
import { edgeKey, privateBlob } from '../../minidriver/edge-key.ts';
import { code } from '../../minidriver/outcomes.ts';
import { openssl } from '../../certificates/openssl.ts';
import { testCertificate } from '../../piv/test-certificate.ts';

/* Containers as objects, on the real PIV edge and the simulated card; node:crypto and OpenSSL judge. */

const message = copy(Buffer.from('what the card signs'));
const node = (key: PublicKey): KeyObject => createPublicKey({ key: publicKeyJwk(key) as never, format: 'jwk' });

describe('containers as objects', () => {
  let image: unknown;
  beforeAll(async () => {
    image = await preparedImage();
  });

  async function opened(options: ConstructorParameters<typeof Bench>[0] = {}): Promise<{ card: Card; containers: CardContainers; bench: Bench }> {
    const bench = new Bench({ image, ...options });
    const card = await bench.acquire();
    return { card, bench, containers: new CardContainers(card) };
  }

  const need = async (containers: CardContainers, index: number): Promise<CardContainer> => {
    const found = await containers.get(index);
    if (found === undefined) throw new Error(`no container ${index}`);
    return found;
  };

  it('are listed without a PIN, with key, usage, PIN and name', async () => {
    const { containers } = await opened();
    const all = await containers.list();
    expect(all.map(({ index, usage, pinId, isDefault }) => [index, usage, pinId, isDefault])).toEqual([
      [0, 'key-exchange', 1, true],
      [1, 'signature', 3, false],
      [2, 'key-exchange', 1, false],
      [3, 'signature', 0, false],
      [4, 'key-exchange', 1, false],
      [5, 'key-exchange', 1, false],
    ]);
    for (const { index, publicKey, name } of all) {
      expect(node(publicKey).equals(createPublicKey(KEYS[index as 0]))).toBe(true);
      expect(name).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(await containers.get(9)).toBeUndefined();
  });

  it('a PIN as text and a key type of another name are refused with what is wanted, and nothing is sent', async () => {
    const { containers, bench } = await opened();
    const refusal = await containers.authenticate('123456' as never).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ reason: 'SCARD_E_INVALID_PARAMETER' });
    expect(String(refusal)).toMatch(/bytes are wanted/);
    expect(String(refusal)).not.toContain('123456');
    const wrong = containers.create({ index: 9, usage: 'signature', keyType: 'EC P-256' as never });
    await expect(wrong).rejects.toThrow('none of RSA-1024, RSA-2048, RSA-3072, RSA-4096, P-256, P-384, P-521');
    await expect(containers.create({ index: 9, usage: 'signature', keyType: 'toString' as never })).rejects.toThrow('none of RSA-1024');
    expect(bench.terminal.log).toEqual([]);
  });

  it('sign: every scheme verifies with node:crypto, and not over another message', async () => {
    const { containers } = await opened();
    await containers.authenticate(PIN);
    const rsa = await need(containers, 0);
    for (const hash of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const) {
      const name = hash.replace('-', '').toLowerCase();
      const plain = await rsa.sign(message, { kind: 'rsa-pkcs1', hash });
      expect(verify(name, message, node(rsa.publicKey), plain)).toBe(true);
      expect(verify(name, bytes(3), node(rsa.publicKey), plain)).toBe(false);
      const pss = await rsa.sign(message, { kind: 'rsa-pss', hash, saltBytes: 20 });
      const key = { key: node(rsa.publicKey), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 20 };
      expect(verify(name, message, key, pss)).toBe(true);
    }
    const ec = await need(containers, 3);
    for (const form of ['raw', 'der'] as const) {
      const signature = await ec.sign(message, { kind: 'ecdsa', hash: 'SHA-256', form });
      expect(verify('sha256', message, { key: node(ec.publicKey), dsaEncoding: form === 'raw' ? 'ieee-p1363' : 'der' }, signature)).toBe(true);
    }
    await expect(ec.sign(message, { kind: 'rsa-pkcs1', hash: 'SHA-256' })).rejects.toThrow(TypeError);
  });

  it('decrypt: PKCS #1 and OAEP with label; damaged ones are one error', async () => {
    const { containers } = await opened();
    await containers.authenticate(PIN);
    const container = await need(containers, 2);
    const key = node(container.publicKey);
    const pkcs1 = copy(publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, message));
    expect(toHex(await container.decrypt(pkcs1, { kind: 'pkcs1' }))).toBe(toHex(message));
    const label = copy(Buffer.from('label'));
    const oaep = copy(publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256', oaepLabel: label }, message));
    expect(toHex(await container.decrypt(oaep, { kind: 'oaep', hash: 'SHA-256', label }))).toBe(toHex(message));
    expect(await code(container.decrypt(oaep, { kind: 'oaep', hash: 'SHA-256' }))).toBe('SCARD_F_INTERNAL_ERROR');
    expect(await code(container.decrypt(oaep, { kind: 'pkcs1' }))).toBe('SCARD_F_INTERNAL_ERROR');
    await expect((await need(containers, 3)).decrypt(oaep, { kind: 'pkcs1' })).rejects.toThrow(TypeError);
  });

  it('derive: the same as node:crypto, and the agreement is gone afterwards', async () => {
    const { containers, card } = await opened();
    await containers.authenticate(PIN);
    const container = await need(containers, 4);
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const theirs = edgeKey(other.privateKey);
    if (theirs.kind !== 'ec') throw new Error('not EC');
    const publicKey: PublicKey = { kind: 'ec', curve: 'P-256', point: theirs.point };
    const z = copy(diffieHellman({ privateKey: other.privateKey, publicKey: node(container.publicKey) }));
    expect(toHex(await container.derive(publicKey, { kind: 'raw' }))).toBe(toHex(z));
    const [prepend, append] = [bytes([1]), bytes([2])];
    expect(toHex(await container.derive(publicKey, { kind: 'hash', hash: 'SHA-512', prepend, append }))).toBe(
      createHash('sha512')
        .update(concat(prepend, z, append))
        .digest('hex'),
    );
    expect(toHex(await container.derive(publicKey, { kind: 'hmac', hash: 'SHA-256', key: append }))).toBe(
      createHmac('sha256', append).update(z).digest('hex'),
    );
    expect(toHex(await container.derive(publicKey, { kind: 'hmac', hash: 'SHA-1' }))).toBe(createHmac('sha1', z).update(z).digest('hex'));
    const seed = bytes(64).fill(5);
    for (const [version, digest] of [
      ['1.0', 'MD5-SHA1'],
      ['1.1', 'MD5-SHA1'],
      ['1.2', 'SHA256'],
    ] as const)
      expect(toHex(await container.derive(publicKey, { kind: 'tls-prf', label: message, seed, version }))).toBe(
        openssl([
          'kdf',
          '-keylen',
          '48',
          '-kdfopt',
          `digest:${digest}`,
          '-kdfopt',
          `hexsecret:${toHex(z)}`,
          '-kdfopt',
          `hexseed:${toHex(message)}${toHex(seed)}`,
          'TLS1-PRF',
        ])
          .trim()
          .replaceAll(':', '')
          .toLowerCase(),
      );
    const info = { algorithmId: bytes([1]), partyUInfo: bytes([2]), partyVInfo: bytes([3]), suppPubInfo: bytes([4]) };
    expect(toHex(await container.derive(publicKey, { kind: 'concat', hash: 'SHA-256', ...info }))).toBe(
      createHash('sha256')
        .update(concat(bytes([0, 0, 0, 1]), z, bytes([1, 2, 3, 4])))
        .digest('hex'),
    );
    // Nothing is left behind: the first index is free again each time.
    const left = { dwVersion: 1, dwFlags: 0, pwszKDF: 'HASH', bSecretAgreementIndex: 0 };
    expect(await code(card.CardDeriveKey?.(left) ?? Promise.resolve())).toBe('SCARD_E_INVALID_PARAMETER');
    await expect((await need(containers, 0)).derive((await need(containers, 0)).publicKey, { kind: 'raw' })).rejects.toThrow(TypeError);
  });

  it('certificates: read, written, removed', async () => {
    const { containers } = await opened();
    const container = await need(containers, 0);
    expect(new X509Certificate((await container.certificate()) ?? bytes(0)).subject).toBe('CN=Holder 0');
    await containers.authenticate(PIN);
    const der = testCertificate(container.publicKey, { commonName: 'New' });
    await container.setCertificate(der);
    expect(toHex((await container.certificate()) ?? bytes(0))).toBe(toHex(der));
    await container.removeCertificate();
    expect(await container.certificate()).toBeUndefined();
  });

  it('created, imported and deleted; association', async () => {
    const { containers } = await opened();
    await containers.authenticate(PIN);
    const made = await containers.create({ index: 8, usage: 'key-exchange', keyType: 'P-256', pinId: 3 });
    expect([made.usage, made.pinId]).toEqual(['key-exchange', 3]);
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const privateKeyBlob = privateBlob(edgeKey(pair.privateKey), 'signature');
    const imported = await containers.create({ index: 1, usage: 'signature', keyType: 'P-384', privateKeyBlob });
    expect(node(imported.publicKey).equals(pair.publicKey)).toBe(true);
    expect(await imported.associatedEcdh()).toBe(5);
    expect(await (await need(containers, 0)).associatedEcdh()).toBeUndefined();
    const signing = await need(containers, 3);
    expect(await signing.associatedEcdh()).toBe(4);
    await signing.associateEcdh(8);
    expect(await signing.associatedEcdh()).toBe(8);
    await containers.delete(8);
    expect(await containers.get(8)).toBeUndefined();
  });

  it('wrong PIN, no PIN, PIN given up', async () => {
    const { containers } = await opened();
    const container = await need(containers, 0);
    expect(await code(container.sign(message, { kind: 'rsa-pkcs1', hash: 'SHA-256' }))).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(await code(containers.authenticate(WRONG_PIN))).toBe('SCARD_W_WRONG_CHV');
    await containers.authenticate(PIN);
    await containers.deauthenticate();
    expect(await code(container.sign(message, { kind: 'rsa-pkcs1', hash: 'SHA-256' }))).toBe('SCARD_W_SECURITY_VIOLATION');
  });

  it('adds nothing: every step is an entry point of the interface, and without them nothing works', async () => {
    const { card } = await opened();
    const used = new Set<string>();
    const watched = new Proxy(card, {
      get(target, name) {
        used.add(String(name));
        return Reflect.get(target, name) as unknown;
      },
    });
    const containers = new CardContainers(watched);
    await containers.authenticate(PIN);
    await (await need(containers, 0)).sign(message, { kind: 'rsa-pkcs1', hash: 'SHA-256' });
    expect([...used].sort()).toEqual(['CardAuthenticateEx', 'CardGetContainerInfo', 'CardGetContainerProperty', 'CardReadFile', 'CardSignData']);
    await expect(new CardContainers(m.newCardData<object>({ pbAtr: bytes(3), hScard: {} })).list()).rejects.toMatchObject({
      reason: 'SCARD_E_INVALID_PARAMETER',
    });
  });
});

describe('signer for certificate libraries', () => {
  let containers: CardContainers;
  const need = async (index: number): Promise<CardContainer> => {
    const found = await containers.get(index);
    if (found === undefined) throw new Error('no container');
    return found;
  };

  beforeAll(async () => {
    const bench = new Bench({ image: await preparedImage() });
    containers = new CardContainers(await bench.acquire());
    await containers.authenticate(PIN);
  });

  it.each([0, 3])('container %i: request and certificate by this project’s builder are taken by OpenSSL and node:crypto', async (index) => {
    const container = await need(index);
    const { privateKey, publicKey, crypto } = await cardSigner(container);
    const scheme = schemeFor(container.publicKey);
    const hash = { name: scheme.hash };
    const { ecdsaRawToDer } = await import('../../../../src/crypto/ec.ts');
    // As a library does it: by the shape of the key, through the Crypto that it was given.
    const sign = async (toBeSigned: Uint8Array): Promise<Uint8Array<ArrayBuffer>> => {
      const algorithm = privateKey.algorithm.name === 'ECDSA' ? { name: 'ECDSA', hash } : { name: privateKey.algorithm.name };
      const signature = new Uint8Array(await crypto.subtle.sign(algorithm, privateKey as unknown as CryptoKey, copy(toBeSigned)));
      return container.publicKey.kind === 'ec' ? ecdsaRawToDer(container.publicKey.curve, signature) : signature;
    };
    const request = await createRequest({ subject: 'CN=Signer', publicKey: container.publicKey }, sign);
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(request).toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    expect(openssl(['req', '-verify', '-noout', '-text'], pem)).toContain('Subject: CN = Signer');
    const spki = encodeSpki(container.publicKey);
    const name = parseName('CN=Signer');
    const [notBefore, notAfter] = [new Date('2026-01-01T00:00:00Z'), new Date('2036-01-01T00:00:00Z')];
    const certificate = await createCertificate(
      { serialNumber: bytes([1]), issuer: name, subject: name, notBefore, notAfter, spki, extensions: {} },
      scheme,
      sign,
    );
    const seen = new X509Certificate(certificate);
    expect(seen.verify(node(container.publicKey))).toBe(true);
    expect(seen.verify(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)).toBe(false);
    expect(toHex(new Uint8Array(await crypto.subtle.exportKey('spki', publicKey)))).toBe(toHex(spki));
  });

  it('RSA-PSS, and everything else is the platform’s', async () => {
    const container = await need(0);
    const { privateKey, publicKey, crypto } = await cardSigner(container, { padding: 'pss', hash: 'SHA-384' });
    const own = privateKey as unknown as CryptoKey;
    const algorithm = { name: 'RSA-PSS', saltLength: 48 };
    const signature = await crypto.subtle.sign(algorithm, own, message);
    expect(await crypto.subtle.verify(algorithm, publicKey, signature, message)).toBe(true);
    expect(await globalThis.crypto.subtle.verify(algorithm, publicKey, signature, bytes(2))).toBe(false);
    expect(toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', message)))).toBe(createHash('sha256').update(message).digest('hex'));
    expect(crypto.getRandomValues(bytes(8)).length).toBe(8);
    const soft = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    const theirs = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, soft.privateKey, message);
    expect(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, soft.publicKey, theirs, message)).toBe(true);
  });

  it('negative: another algorithm, no hash, no salt, a stranger’s key, export', async () => {
    const rsa = await cardSigner(await need(0), { padding: 'pss' });
    const ec = await cardSigner(await need(3));
    const sign = (signer: typeof rsa, algorithm: object, key: unknown = signer.privateKey) =>
      signer.crypto.subtle.sign(algorithm as AlgorithmIdentifier, key as CryptoKey, message);
    await expect(sign(rsa, { name: 'ECDSA', hash: 'SHA-256' })).rejects.toMatchObject({ name: 'InvalidAccessError' });
    await expect(sign(rsa, { name: 'RSA-PSS' })).rejects.toMatchObject({ name: 'OperationError' });
    await expect(sign(ec, { name: 'ECDSA' })).rejects.toMatchObject({ name: 'NotSupportedError' });
    await expect(sign(ec, { name: 'ECDSA', hash: 'SHA-256' }, { ...ec.privateKey })).rejects.toThrow(TypeError);
    await expect(ec.crypto.subtle.exportKey('pkcs8', ec.privateKey as unknown as CryptoKey)).rejects.toMatchObject({ name: 'InvalidAccessError' });
  });
});
