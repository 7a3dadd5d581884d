import {
  createECDH,
  createHash,
  createPublicKey,
  createVerify,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  verify as verifyDirect,
  X509Certificate,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, copy, findTlv, fromHex, needTlv, readSingle, readTlvs, toHex } from '../../../../src/codec/index.ts';
import { type CardDefect, createPivCard, type PivCardOptions } from '../../../../src/simulator/card/index.ts';
import { Terminal, tlv } from './terminal.ts';

const base64Url = (octets: Uint8Array): string => Buffer.from(octets).toString('base64url');

/** The public key of a template 7F49, as node:crypto's object. */
function publicKey(template: Uint8Array): KeyObject {
  const fields = readTlvs(readSingle(template, 0x7f49));
  const modulus = findTlv(fields, 0x81);
  if (modulus !== undefined)
    return createPublicKey({ format: 'jwk', key: { kty: 'RSA', n: base64Url(modulus), e: base64Url(needTlv(fields, 0x82)) } });
  const point = needTlv(fields, 0x86);
  if (point.length === 32) return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: base64Url(point) } });
  const size = (point.length - 1) / 2;
  return createPublicKey({
    format: 'jwk',
    key: { kty: 'EC', crv: size === 32 ? 'P-256' : 'P-384', x: base64Url(point.subarray(1, 1 + size)), y: base64Url(point.subarray(1 + size)) },
  });
}

async function ready(options: Partial<PivCardOptions> = {}): Promise<Terminal> {
  const card = createPivCard({ profile: 'yubikey-5.7', ...options });
  const terminal = new Terminal(card);
  await terminal.select();
  expect(await terminal.authenticate(options.profile === 'nist' ? '03' : '0a')).toBe('9000');
  return terminal;
}

const generate = async (terminal: Terminal, slot: string, algorithm: string): Promise<Bytes> => terminal.ok(`004700${slot}`, `ac0380 01${algorithm}`);

const use = async (terminal: Terminal, algorithm: string, slot: string, tag: string, value: Uint8Array): Promise<Bytes> =>
  readSingle(readSingle(await terminal.ok(`0087${algorithm}${slot}`, tlv('7c', '8200', tlv(tag, value))), 0x7c), 0x82);

/** EMSA-PKCS1-v1_5 with SHA-256 for a modulus of `length` bytes. */
function pkcs1(message: Uint8Array, length: number): Bytes {
  const info = `3031300d060960864801650304020105000420${createHash('sha256').update(message).digest('hex')}`;
  return fromHex(`0001${'ff'.repeat(length - 3 - info.length / 2)}00${info}`);
}

const message = new TextEncoder().encode('what the card signs');

async function rsaSignatureHolds(defects: readonly CardDefect[]): Promise<boolean> {
  const terminal = await ready({ defects });
  const key = publicKey(await generate(terminal, '9a', '07'));
  await terminal.verify();
  const signature = await use(terminal, '07', '9a', '81', pkcs1(message, 256));
  return createVerify('sha256').update(message).verify(key, signature);
}

async function ecdsaHolds(algorithm: string, hash: string, options: Partial<PivCardOptions> = {}): Promise<boolean> {
  const terminal = await ready(options);
  const key = publicKey(await generate(terminal, '9e', algorithm));
  const signature = await use(terminal, algorithm, '9e', '81', createHash(hash).update(message).digest());
  return createVerify(hash).update(message).verify(key, signature);
}

describe('keys made by the card, judged by OpenSSL', () => {
  it('RSA-2048 signs, and a damaged card is caught', async () => {
    expect(await rsaSignatureHolds([])).toBe(true);
    expect(await rsaSignatureHolds(['bad-signature'])).toBe(false);
  });

  it.each([
    ['05', 384],
    ['16', 512],
  ])('RSA algorithm %s signs and deciphers', async (algorithm, length) => {
    const terminal = await ready();
    const key = publicKey(await generate(terminal, '9d', algorithm));
    await terminal.verify();
    expect(
      createVerify('sha256')
        .update(message)
        .verify(key, await use(terminal, algorithm, '9d', '81', pkcs1(message, length))),
    ).toBe(true);
    const block = await use(terminal, algorithm, '9d', '81', publicEncrypt({ key, padding: 1 }, message));
    expect(toHex(block).endsWith(`00${toHex(message)}`)).toBe(true);
  });

  it('P-256 and P-384 sign, also a digest shorter than the field where the card takes it, and a damaged card is caught', async () => {
    expect(await ecdsaHolds('11', 'sha256')).toBe(true);
    expect(await ecdsaHolds('14', 'sha384')).toBe(true);
    expect(await ecdsaHolds('14', 'sha256')).toBe(true);
    expect(await ecdsaHolds('14', 'sha384', { profile: 'nist' })).toBe(true);
    await expect(ecdsaHolds('14', 'sha256', { profile: 'nist' })).rejects.toThrow('6a80');
    expect(await ecdsaHolds('11', 'sha256', { defects: ['bad-signature'] })).toBe(false);
  });

  it('P-256 and P-384 agree on a key; a point off the curve is refused', async () => {
    for (const [algorithm, curve] of [
      ['11', 'prime256v1'],
      ['14', 'secp384r1'],
    ] as const) {
      const terminal = await ready({ profile: 'nist' });
      const point = needTlv(readTlvs(readSingle(await generate(terminal, '9d', algorithm), 0x7f49)), 0x86);
      await terminal.verify();
      const peer = createECDH(curve);
      peer.generateKeys();
      expect(toHex(await use(terminal, algorithm, '9d', '85', peer.getPublicKey()))).toBe(peer.computeSecret(point).toString('hex'));
      const off = copy(peer.getPublicKey());
      off[10] = (off[10] ?? 0) ^ 1;
      await expect(use(terminal, algorithm, '9d', '85', off)).rejects.toThrow('6a80');
    }
  });

  it('Ed25519 signs and X25519 agrees', async () => {
    const terminal = await ready();
    const key = publicKey(await generate(terminal, '9a', 'e0'));
    await terminal.verify();
    expect(verifyDirect(null, message, key, await use(terminal, 'e0', '9a', '81', message))).toBe(true);
    const own = needTlv(readTlvs(readSingle(await generate(terminal, '9d', 'e1'), 0x7f49)), 0x86);
    const peer = generateKeyPairSync('x25519');
    const theirs = Buffer.from(peer.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    const secret = diffieHellman({
      privateKey: peer.privateKey,
      publicKey: createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'X25519', x: base64Url(own) } }),
    });
    expect(toHex(await use(terminal, 'e1', '9d', '85', theirs))).toBe(secret.toString('hex'));
  });

  it('refuses RSA-1024, unknown algorithms, blocks of wrong length, the wrong algorithm and empty slots', async () => {
    const terminal = await ready();
    for (const algorithm of ['06', '27', '00']) expect((await terminal.send('0047009a', `ac038001${algorithm}`)).sw).toBe('6a80');
    expect((await terminal.send('00470099', 'ac03800111')).sw).toBe('6a86');
    await generate(terminal, '9e', '11');
    expect((await terminal.send('0087119e', tlv('7c', '8200', tlv('81', new Uint8Array(33))))).sw).toBe('6a80');
    expect((await terminal.send('0087149e', tlv('7c', '8200', tlv('81', new Uint8Array(32))))).sw).toBe('6a86');
    expect((await terminal.send('0087119a', tlv('7c', '8200', tlv('81', new Uint8Array(32))))).sw).toBe('6a88');
  });
});

describe('keys brought to the card', () => {
  it('RSA-2048 with consistent numbers deciphers; altered numbers are refused', async () => {
    const terminal = await ready();
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = pair.privateKey.export({ format: 'jwk' });
    const parts = [jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi].map((text) =>
      fromHex(
        Buffer.from(text ?? '', 'base64url')
          .toString('hex')
          .padStart(256, '0'),
      ),
    );
    const data = parts.map((part, i) => tlv(`0${i + 1}`, part)).join('');
    expect((await terminal.send('00fe079d', data)).sw).toBe('9000');
    await terminal.verify();
    const block = await use(terminal, '07', '9d', '81', publicEncrypt({ key: pair.publicKey, padding: 1 }, message));
    expect(toHex(block).endsWith(toHex(message))).toBe(true);
    expect(privateDecrypt({ key: pair.privateKey, padding: 4 }, publicEncrypt({ key: pair.publicKey, padding: 4 }, message)).toString()).toBe(
      'what the card signs',
    );
    const third = parts[2] ?? new Uint8Array(0);
    third[5] = (third[5] ?? 0) ^ 1;
    expect((await terminal.send('00fe079d', parts.map((part, i) => tlv(`0${i + 1}`, part)).join(''))).sw).toBe('6a80');
  });

  it('P-256 signs with the policies given, and cannot be attested', async () => {
    const terminal = await ready();
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const d = Buffer.from(pair.privateKey.export({ format: 'jwk' }).d ?? '', 'base64url').toString('hex');
    expect((await terminal.send('00fe119a', `${tlv('06', d)}aa0101ab0101`)).sw).toBe('9000');
    const signature = await use(terminal, '11', '9a', '81', createHash('sha256').update(message).digest());
    expect(createVerify('sha256').update(message).verify(pair.publicKey, signature)).toBe(true);
    expect((await terminal.send('00f99a00')).sw).toBe('6a80');
    expect((await terminal.send('00fe119a', tlv('06', 'ff'.repeat(32)))).sw).toBe('6a80');
  });
});

describe('attestation', () => {
  it('is signed by the key of F9, speaks of the slot key, and carries the four extensions', async () => {
    const terminal = await ready({ serial: 0x89abcdef });
    const key = publicKey(await generate(terminal, '9c', '14'));
    const authority = new X509Certificate(
      needTlv(readTlvs(readSingle(await terminal.ok('00cb3fff', '5c035fff01'), 0x53), { simpleTags: true }), 0x70),
    );
    const statement = new X509Certificate(await terminal.ok('00f99c00'));
    expect(authority.ca).toBe(true);
    expect(authority.verify(authority.publicKey)).toBe(true);
    expect(statement.verify(authority.publicKey)).toBe(true);
    expect(statement.verify(key)).toBe(false);
    expect(statement.checkIssued(authority)).toBe(true);
    expect(statement.publicKey.export({ format: 'der', type: 'spki' }).equals(key.export({ format: 'der', type: 'spki' }))).toBe(true);
    const der = toHex(statement.raw);
    expect(der).toContain('060a2b0601040182c40a0303' + '0403050701');
    expect(der).toContain('060a2b0601040182c40a0307' + '040702050089abcdef');
    expect(der).toContain('060a2b0601040182c40a0308' + '04020301');
    expect(der).toContain('060a2b0601040182c40a0309' + '040101');
  });

  it('speaks of RSA and Ed25519 keys too', async () => {
    const terminal = await ready();
    for (const algorithm of ['07', 'e0']) {
      const key = publicKey(await generate(terminal, '9a', algorithm));
      const statement = new X509Certificate(await terminal.ok('00f99a00'));
      expect(statement.publicKey.export({ format: 'der', type: 'spki' }).equals(key.export({ format: 'der', type: 'spki' }))).toBe(true);
    }
  });
});
