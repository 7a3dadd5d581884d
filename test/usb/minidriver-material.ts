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
} from 'node:crypto';
import { type Bytes, copy, fromHex, reversed, toHex } from '../../src/codec/index.ts';
import { AT_ECDHE_P256, AT_ECDSA_P256, AT_KEYEXCHANGE, AT_SIGNATURE, encodePublicKeyBlob, type EdgeUsage } from '../../src/minidriver/index.ts';
import { FACTORY_KEY } from '../conformance/minidriver-bench.ts';
import { edgeKey, privateBlob } from '../unit/minidriver/edge-key.ts';
import { testCertificate } from '../unit/piv/test-certificate.ts';
import { type KeyPlace, LABEL, type Material, SEED } from './minidriver-operations.ts';

/* What the page is given, and what node:crypto says of what it answers. */

const rsaSign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const rsaDecrypt = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ecdsa = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ecdh = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const message = Buffer.from('what is signed');
const plaintext = Buffer.from('what was encrypted');
const block = Buffer.concat([Buffer.alloc(1), Buffer.alloc(255, 0x5a)]);

function place(key: KeyObject, index: number, spec: number, usage: EdgeUsage): KeyPlace {
  const own = edgeKey(key);
  const blob = toHex(privateBlob(own, usage));
  return { index, spec, bits: own.kind === 'rsa' ? 2048 : 0, blob, certificate: toHex(testCertificate(own)) };
}

const encrypted = (padding: number, more: object = {}): string =>
  toHex(
    reversed(copy(publicEncrypt({ key: createPublicKey(rsaDecrypt), padding, ...more }, padding === constants.RSA_NO_PADDING ? block : plaintext))),
  );

export const material: Material = {
  managementKey: FACTORY_KEY,
  keys: {
    rsaSign: place(rsaSign, 0, AT_SIGNATURE, 'signature'),
    rsaDecrypt: place(rsaDecrypt, 2, AT_KEYEXCHANGE, 'key-exchange'),
    ecdh: place(ecdh, 4, AT_ECDHE_P256, 'key-exchange'),
    ecdsa: place(ecdsa, 5, AT_ECDSA_P256, 'signature'),
  },
  other: toHex(encodePublicKeyBlob(edgeKey(other.privateKey), 'key-exchange')),
  hash: createHash('sha256').update(message).digest('hex'),
  block: block.toString('hex'),
  pkcs1: encrypted(constants.RSA_PKCS1_PADDING),
  oaep: encrypted(constants.RSA_PKCS1_OAEP_PADDING, { oaepHash: 'sha256', oaepLabel: Buffer.from(LABEL) }),
  rawBlock: encrypted(constants.RSA_NO_PADDING),
};

const z = diffieHellman({ privateKey: other.privateKey, publicKey: createPublicKey(ecdh) });
const natural = (hex: string): Bytes => reversed(fromHex(hex));
/** RFC 5246, 5: P_hash. */
function expansion(hash: string, secret: Buffer, seed: Buffer, lengthBytes: number): Buffer {
  let a = seed;
  let out = Buffer.alloc(0);
  while (out.length < lengthBytes) {
    a = createHmac(hash, secret).update(a).digest();
    out = Buffer.concat([out, createHmac(hash, secret).update(a).update(seed).digest()]);
  }
  return out.subarray(0, lengthBytes);
}
const labelled = Buffer.concat([LABEL, SEED]);
const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((octet, i) => octet ^ (b[i] ?? 0)));
const rsaPublic = (signature: Bytes): Buffer => publicEncrypt({ key: createPublicKey(rsaSign), padding: constants.RSA_NO_PADDING }, signature);

/** Whether a result is right, by operation: everything that gives octets which depend on a key. */
export const ORACLES: Readonly<Record<string, (result: string) => boolean>> = {
  'CardSignData: PKCS#1': (result) => verify('sha256', message, createPublicKey(rsaSign), natural(result)),
  'CardSignData: PSS': (result) =>
    verify('sha256', message, { key: createPublicKey(rsaSign), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, natural(result)),
  'CardSignData: raw': (result) => rsaPublic(natural(result)).equals(block),
  'CardSignData: ECDSA': (result) => verify('sha256', message, { key: createPublicKey(ecdsa), dsaEncoding: 'ieee-p1363' }, fromHex(result)),
  'CardRSADecrypt: PKCS#1': (result) => plaintext.equals(natural(result)),
  'CardRSADecrypt: OAEP': (result) => plaintext.equals(natural(result)),
  'CardRSADecrypt: raw': (result) => block.equals(natural(result)),
  'CardDeriveKey: HASH': (result) => result === createHash('sha256').update(z).digest('hex'),
  'CardDeriveKey: HMAC': (result) => result === createHmac('sha256', LABEL).update(z).digest('hex'),
  'CardDeriveKey: TLS_PRF 1.0': (result) =>
    result === xor(expansion('md5', z.subarray(0, 16), labelled, 48), expansion('sha1', z.subarray(16), labelled, 48)).toString('hex'),
  'CardDeriveKey: TLS_PRF 1.2': (result) => result === expansion('sha256', z, labelled, 48).toString('hex'),
  'CardDeriveKey: SP800_56A_CONCAT': (result) =>
    result ===
    createHash('sha256')
      .update(Buffer.from([0, 0, 0, 1]))
      .update(z)
      .update(LABEL)
      .update(LABEL)
      .update(LABEL)
      .digest('hex'),
  'CardDeriveKey: TRUNCATE': (result) => z.equals(natural(result)),
  CardReadFile: (result) => result === material.keys.ecdsa.certificate,
  CardGetContainerProperty: (result) => result === '4',
  CardEnumFiles: (result) => result === '["file"]',
  'host: RSA with a private key': (result) => rsaPublic(fromHex(result)).equals(block),
};
