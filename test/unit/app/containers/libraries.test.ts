import './reflect-metadata.ts';
import * as x509 from '@peculiar/x509';
import * as asn1js from 'asn1js';
import { createHash, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import * as pkijs from 'pkijs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cardDecrypter, CardContainers, cardSigner, type CardContainer, type SignerOptions } from '../../../../src/app/containers/index.ts';
import { type Bytes, copy, toHex } from '../../../../src/codec/index.ts';
import { publicKeyJwk } from '../../../../src/crypto/public-key.ts';
import { Bench, importInto, KEYS, PIN, preparedImage } from '../../../conformance/minidriver-bench.ts';
import { openssl, opensslResult, withFile } from '../../certificates/openssl.ts';
import { testCertificate } from '../../piv/test-certificate.ts';

/*
 * Two certificate libraries that know nothing of cards, with a container's key on the simulated card: @peculiar/x509 and pkijs. OpenSSL
 * takes what they made, and makes what they open.
 */

const TEXT = 'what the card signs\n';
const CONTENT = copy(Buffer.from(TEXT));

const pem = (label: string, der: ArrayBuffer | Uint8Array): string => {
  const lines =
    Buffer.from(der as Uint8Array)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
};

/** Changes the last octet: what verifies must not any more. */
const damaged = (der: ArrayBuffer): Uint8Array => {
  const out = Buffer.from(der.slice(0));
  out[out.length - 3] = (out.at(-3) ?? 0) ^ 1;
  return out;
};

const requestHolds = (der: ArrayBuffer | Uint8Array): boolean => {
  const { text } = opensslResult(['req', '-verify', '-noout'], pem('CERTIFICATE REQUEST', der));
  if (/verify OK/.test(text)) return true;
  expect(text).toMatch(/verify failure|unable to load|Error/i);
  return false;
};

const certificateHolds = (der: ArrayBuffer | Uint8Array): boolean =>
  withFile(pem('CERTIFICATE', der), (file) => opensslResult(['verify', '-check_ss_sig', '-CAfile', file, file], '').status === 0);

const messageHolds = (der: ArrayBuffer | Uint8Array, certificate: ArrayBuffer): boolean =>
  withFile(pem('CERTIFICATE', certificate), (file) => {
    const { status, text } = opensslResult(
      ['cms', '-verify', '-inform', 'DER', '-CAfile', file, '-purpose', 'any', '-binary'],
      Buffer.from(der as Uint8Array),
    );
    if (status === 0) expect(text).toContain(TEXT.trim());
    return status === 0;
  });

/** How each key signs; the index is that of its container. */
const SIGNERS: readonly (readonly [string, number, SignerOptions])[] = [
  ['RSA PKCS#1, SHA-256', 0, {}],
  ['RSA PKCS#1, SHA-512', 0, { hash: 'SHA-512' }],
  ['RSA-PSS, SHA-256', 0, { padding: 'pss' }],
  ['RSA-PSS, SHA-384', 0, { padding: 'pss', hash: 'SHA-384' }],
  ['ECDSA P-256, SHA-256', 3, {}],
  ['ECDSA P-384, SHA-384', 6, { hash: 'SHA-384' }],
];

const SALT_BYTES = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 } as const;
const VALID = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) };

let containers: CardContainers;

beforeAll(async () => {
  const bench = new Bench({ image: await preparedImage() });
  const card = await bench.user();
  await importInto(card, 6, generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, 'signature');
  containers = new CardContainers(card);
  await containers.authenticate(PIN);
});

const need = async (index: number): Promise<CardContainer> => {
  const found = await containers.get(index);
  if (found === undefined) throw new Error('no container');
  return found;
};

describe.each(SIGNERS)('@peculiar/x509, %s', (_, index, options) => {
  it('request and self-signed certificate', async () => {
    const container = await need(index);
    const { crypto, privateKey, publicKey } = await cardSigner(container, options);
    const keys = { privateKey, publicKey } as unknown as CryptoKeyPair;
    const hash = options.hash ?? 'SHA-256';
    const signingAlgorithm = { hash, saltLength: SALT_BYTES[hash] } as never;
    const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: 'CN=Holder', keys, signingAlgorithm }, crypto);
    expect(requestHolds(request.rawData)).toBe(true);
    expect(requestHolds(damaged(request.rawData))).toBe(false);
    expect(openssl(['req', '-noout', '-subject'], pem('CERTIFICATE REQUEST', request.rawData))).toContain('CN = Holder');
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({ name: 'CN=Holder', keys, signingAlgorithm, ...VALID }, crypto);
    expect(certificateHolds(certificate.rawData)).toBe(true);
    expect(certificateHolds(damaged(certificate.rawData))).toBe(false);
    const key = createPublicKey({ key: publicKeyJwk(container.publicKey) as never, format: 'jwk' });
    expect(new X509Certificate(Buffer.from(certificate.rawData)).publicKey.equals(key)).toBe(true);
  });
});

const commonName = (): pkijs.AttributeTypeAndValue =>
  new pkijs.AttributeTypeAndValue({ type: '2.5.4.3', value: new asn1js.Utf8String({ value: 'Holder' }) });

describe.each(SIGNERS)('pkijs, %s', (_, index, options) => {
  it('Mail sign: request, self-signed certificate and CMS SignedData', async () => {
    const signer = await cardSigner(await need(index), options);
    const engine = new pkijs.CryptoEngine({ name: 'card', crypto: signer.crypto });
    const own = signer.privateKey as unknown as CryptoKey;
    const hash = options.hash ?? 'SHA-256';

    const request = new pkijs.CertificationRequest();
    request.subject.typesAndValues.push(commonName());
    await request.subjectPublicKeyInfo.importKey(signer.publicKey, engine);
    await request.sign(own, hash, engine);
    const requestDer = request.toSchema().toBER();
    expect(requestHolds(requestDer)).toBe(true);
    expect(requestHolds(damaged(requestDer))).toBe(false);

    const certificate = new pkijs.Certificate();
    certificate.version = 2;
    certificate.serialNumber = new asn1js.Integer({ value: 7 });
    certificate.subject.typesAndValues.push(commonName());
    certificate.issuer.typesAndValues.push(commonName());
    certificate.notBefore.value = VALID.notBefore;
    certificate.notAfter.value = VALID.notAfter;
    await certificate.subjectPublicKeyInfo.importKey(signer.publicKey, engine);
    await certificate.sign(own, hash, engine);
    const certificateDer = certificate.toSchema(true).toBER();
    expect(certificateHolds(certificateDer)).toBe(true);
    expect(certificateHolds(damaged(certificateDer))).toBe(false);

    const message = new pkijs.SignedData({
      version: 1,
      encapContentInfo: new pkijs.EncapsulatedContentInfo({
        eContentType: '1.2.840.113549.1.7.1',
        eContent: new asn1js.OctetString({ valueHex: CONTENT.buffer }),
      }),
      signerInfos: [
        new pkijs.SignerInfo({
          version: 1,
          sid: new pkijs.IssuerAndSerialNumber({ issuer: certificate.issuer, serialNumber: certificate.serialNumber }),
        }),
      ],
      certificates: [certificate],
    });
    await message.sign(own, 0, hash, CONTENT.buffer, engine);
    const cms = new pkijs.ContentInfo({ contentType: '1.2.840.113549.1.7.2', content: message.toSchema(true) }).toSchema().toBER();
    expect(messageHolds(cms, certificateDer)).toBe(true);
    expect(messageHolds(damaged(cms), certificateDer)).toBe(false);
  });
});

describe('CMS EnvelopedData, opened by pkijs with a container', () => {
  /** A certificate of the container's key, and what OpenSSL encrypts to it. */
  async function encrypted(index: number, ...options: readonly string[]): Promise<{ readonly certificate: Bytes; readonly cms: Buffer }> {
    const certificate = testCertificate((await need(index)).publicKey);
    const cms = withFile(pem('CERTIFICATE', certificate), (file) =>
      Buffer.from(
        openssl(['cms', '-encrypt', '-binary', '-aes-256-cbc', '-outform', 'PEM', '-recip', file, ...options], TEXT).replace(
          /-----[^-]+-----|\s/g,
          '',
        ),
        'base64',
      ),
    );
    return { certificate, cms };
  }

  async function opened(index: number, cms: Uint8Array, certificate: Bytes, options: Parameters<typeof cardDecrypter>[1] = {}): Promise<string> {
    const { crypto, privateKey } = await cardDecrypter(await need(index), options);
    const engine = new pkijs.CryptoEngine({ name: 'card', crypto });
    const enveloped = new pkijs.EnvelopedData({ schema: pkijs.ContentInfo.fromBER(copy(cms)).content });
    const plain = await enveloped.decrypt(
      0,
      { recipientCertificate: pkijs.Certificate.fromBER(certificate), recipientPrivateKey: privateKey as unknown as CryptoKey },
      engine,
    );
    return Buffer.from(plain).toString();
  }

  it.each([
    ['RSA PKCS#1', 2, [], { padding: 'pkcs1' }],
    ['RSA-OAEP, SHA-1', 2, ['-keyopt', 'rsa_padding_mode:oaep'], {}],
    ['RSA-OAEP, SHA-256', 2, ['-keyopt', 'rsa_padding_mode:oaep', '-keyopt', 'rsa_oaep_md:sha256'], { hash: 'SHA-256' }],
  ] as const)('Mail decrypt: %s, encrypted by OpenSSL', async (_, index, options, how) => {
    const { certificate, cms } = await encrypted(index, ...options);
    expect(await opened(index, cms, certificate, how)).toBe(TEXT);
    // Opened by nobody else: another container of the same kind fails.
    await expect(opened(0, cms, certificate, how)).rejects.toThrow();
  });

  /** pkijs gives the key derivation an empty ukm that OpenSSL leaves out, with any key: these steps are this test's (RFC 5753, 7.2). */
  it.each([
    ['P-256', 4, 'sha256'],
    ['P-384', 5, 'sha384'],
  ] as const)('ECDH %s, encrypted by OpenSSL: the secret is agreed by the card', async (namedCurve, index, hash) => {
    const { cms } = await encrypted(index, '-keyopt', `ecdh_kdf_md:${hash}`, '-aes256-wrap');
    const { crypto, privateKey } = await cardDecrypter(await need(index));
    const { subtle } = crypto;
    const { recipientInfos, encryptedContentInfo } = new pkijs.EnvelopedData({ schema: pkijs.ContentInfo.fromBER(copy(cms)).content });
    const recipient = recipientInfos[0]?.value as pkijs.KeyAgreeRecipientInfo;
    const point = (recipient.originator.value as pkijs.OriginatorPublicKey).publicKey.valueBlock.valueHexView;
    const other = await subtle.importKey('raw', copy(point), { name: 'ECDH', namedCurve }, true, []);
    const z = Buffer.from(await subtle.deriveBits({ name: 'ECDH', public: other }, privateKey as unknown as CryptoKey, null));
    // ECC-CMS-SharedInfo: id-aes256-wrap, no ukm, 256 bits.
    const sharedInfo = Buffer.from('3015300b060960864801650304012da206040400000100', 'hex');
    const kek = createHash(hash)
      .update(Buffer.concat([z, Buffer.from([0, 0, 0, 1]), sharedInfo]))
      .digest()
      .subarray(0, 32);
    const wrapping = await subtle.importKey('raw', copy(kek), 'AES-KW', false, ['unwrapKey']);
    const wrapped = recipient.recipientEncryptedKeys.encryptedKeys[0]?.encryptedKey.valueBlock.valueHexView ?? new Uint8Array(0);
    const key = await subtle.unwrapKey('raw', copy(wrapped), wrapping, 'AES-KW', { name: 'AES-CBC', length: 256 }, false, ['decrypt']);
    const iv = (encryptedContentInfo.contentEncryptionAlgorithm.algorithmParams as asn1js.OctetString).valueBlock.valueHexView;
    const plain = await subtle.decrypt({ name: 'AES-CBC', iv: copy(iv) }, key, encryptedContentInfo.getEncryptedContent());
    expect(Buffer.from(plain).toString()).toBe(TEXT);
  });

  it.each([
    ['RSA-OAEP', 2],
    ['ECDH', 4],
  ] as const)('%s, encrypted by pkijs itself, opened by the card and by OpenSSL alike', async (_, index) => {
    const certificate = testCertificate((await need(index)).publicKey);
    const engine = new pkijs.CryptoEngine({ name: 'platform', crypto: globalThis.crypto });
    const enveloped = new pkijs.EnvelopedData();
    enveloped.addRecipientByCertificate(pkijs.Certificate.fromBER(certificate), { oaepHashAlgorithm: 'SHA-256' }, undefined, engine);
    await enveloped.encrypt({ name: 'AES-CBC', length: 256 } as never, CONTENT.buffer, engine);
    const cms = new Uint8Array(new pkijs.ContentInfo({ contentType: '1.2.840.113549.1.7.3', content: enveloped.toSchema() }).toSchema().toBER());
    expect(await opened(index, cms, certificate, { hash: 'SHA-256' })).toBe(TEXT);
    const key = KEYS[index].export({ format: 'pem', type: 'pkcs8' }).toString();
    const plain = withFile(key, (file) => opensslResult(['cms', '-decrypt', '-inform', 'DER', '-inkey', file], cms));
    expect(plain).toEqual({ status: 0, text: TEXT });
  });
});

describe('what the face does not do', () => {
  const dom = (name: string): object => ({ name });

  it('gives no private key away, and uses it for nothing else', async () => {
    const signer = await cardSigner(await need(0));
    const decrypter = await cardDecrypter(await need(2));
    for (const { crypto, privateKey } of [signer, decrypter]) {
      const { subtle } = crypto;
      const own = privateKey as unknown as CryptoKey;
      for (const format of ['pkcs8', 'jwk', 'raw', 'spki'] as const)
        await expect(subtle.exportKey(format, own)).rejects.toMatchObject(dom('InvalidAccessError'));
      const wrapping = await subtle.generateKey({ name: 'AES-KW', length: 256 }, false, ['wrapKey', 'unwrapKey']);
      await expect(subtle.wrapKey('pkcs8', own, wrapping, 'AES-KW')).rejects.toMatchObject(dom('InvalidAccessError'));
      expect(Object.keys(own)).toEqual(['type', 'extractable', 'algorithm', 'usages']);
      expect(JSON.stringify(own)).not.toMatch(/"d"|"p"|"q"/);
    }
    await expect(signer.crypto.subtle.decrypt('RSA-OAEP', signer.privateKey as never, CONTENT)).rejects.toMatchObject(dom('InvalidAccessError'));
    await expect(decrypter.crypto.subtle.sign('RSA-PSS', decrypter.privateKey as never, CONTENT)).rejects.toMatchObject(dom('InvalidAccessError'));
    // The one's Crypto knows nothing of the other's key.
    await expect(signer.crypto.subtle.decrypt('RSA-OAEP', decrypter.privateKey as never, CONTENT)).rejects.toThrow(TypeError);
  });

  it('another algorithm, another hash, another curve, too many bits, a container of signatures', async () => {
    const { subtle } = (await cardSigner(await need(0))).crypto;
    const rsa = await cardSigner(await need(0));
    const hash = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' };
    await expect(rsa.crypto.subtle.sign(hash as never, rsa.privateKey as never, CONTENT)).rejects.toMatchObject(dom('InvalidAccessError'));
    const ec = await cardDecrypter(await need(4));
    const bits = (name: string, other: CryptoKey | undefined, length: number | null): Promise<ArrayBuffer> =>
      ec.crypto.subtle.deriveBits({ name, public: other }, ec.privateKey as never, length);
    const pair = async (namedCurve: string): Promise<CryptoKeyPair> => subtle.generateKey({ name: 'ECDH', namedCurve }, true, ['deriveBits']);
    const [p256, p384] = [await pair('P-256'), await pair('P-384')];
    await expect(bits('HKDF', p256.publicKey, 256)).rejects.toMatchObject(dom('InvalidAccessError'));
    await expect(bits('ECDH', p384.publicKey, 256)).rejects.toMatchObject(dom('InvalidAccessError'));
    await expect(bits('ECDH', undefined, 256)).rejects.toMatchObject(dom('InvalidAccessError'));
    for (const length of [257, 264]) await expect(bits('ECDH', p256.publicKey, length)).rejects.toMatchObject(dom('OperationError'));
    const theirs = await subtle.deriveBits({ name: 'ECDH', public: ec.publicKey }, p256.privateKey, 256);
    for (const length of [null, 256]) expect(toHex(new Uint8Array(await bits('ECDH', p256.publicKey, length)))).toBe(toHex(new Uint8Array(theirs)));
    expect(toHex(new Uint8Array(await bits('ECDH', p256.publicKey, 64)))).toBe(toHex(new Uint8Array(theirs.slice(0, 8))));
    await expect(cardDecrypter(await need(3))).rejects.toThrow(TypeError);
  });

  it('a PIN that was not given, and a bad padding, are what the interface says', async () => {
    const { crypto, privateKey } = await cardDecrypter(await need(2), { padding: 'pkcs1' });
    const open = () => crypto.subtle.decrypt('RSAES-PKCS1-v1_5', privateKey as never, new Uint8Array(256).fill(1));
    await expect(open()).rejects.toMatchObject({ reason: 'SCARD_F_INTERNAL_ERROR' });
    await containers.deauthenticate();
    await expect(open()).rejects.toMatchObject({ reason: 'SCARD_W_SECURITY_VIOLATION' });
    const signer = await cardSigner(await need(0));
    await expect(signer.crypto.subtle.sign('RSASSA-PKCS1-v1_5', signer.privateKey as never, CONTENT)).rejects.toMatchObject({
      reason: 'SCARD_W_SECURITY_VIOLATION',
    });
    await containers.authenticate(PIN);
  });
});
