import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { writeTlv } from '../../../src/codec/tlv.ts';
import { setRetries } from '../../../src/piv/card-life.ts';
import { ed25519Sign, x25519 } from '../../../src/piv/curve25519.ts';
import { ecdh, generateKey, rsaPrivate } from '../../../src/piv/keys.ts';
import { authenticateManagement, getChallenge, managementAlgorithmOf, typedManagementKey } from '../../../src/piv/management.ts';
import { verifyPin } from '../../../src/piv/pin.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { APT_YUBICO, GET_VERSION, opened, type ScriptedCard, SELECT_PIV } from './transactions.ts';

/* Answers of GENERAL AUTHENTICATE that are well formed and of a length, or a value, that can't be. */

const METADATA_9B = '00f7009b 000000';
const AES_192 = '01010a 9000';
const BASE_POINT = `04${'6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'}${'4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'}`;

const session = (card: ScriptedCard): Promise<PivSession> => PivSession.open(card);
const hex = (octet: string, count: number): string => octet.repeat(count);

/** 7C {82 result}. */
function result(octets: string): Bytes {
  const short = (length: number): string =>
    (length < 0x80 ? '' : length < 0x100 ? '81' : '82') + length.toString(16).padStart(length < 0x100 ? 2 : 4, '0');
  const field = `82${short(octets.length / 2)}${octets}`;
  return fromHex(`7c${short(field.length / 2)}${field}9000`);
}

const using = async (answer: Bytes, use: (piv: PivSession) => Promise<Bytes>): Promise<Bytes> =>
  use(await session(opened('050701').expect(undefined, answer)));

describe('results of private keys', () => {
  const rsa = (piv: PivSession): Promise<Bytes> => rsaPrivate(piv, 0x9a, bytes(256).fill(1));
  const agree = (piv: PivSession): Promise<Bytes> => ecdh(piv, 0x9d, 'P-256', fromHex(BASE_POINT));
  const sign = (piv: PivSession): Promise<Bytes> => ed25519Sign(piv, 0x9a, bytes(3));
  const x = (piv: PivSession): Promise<Bytes> => x25519(piv, 0x9d, bytes(32).fill(9));

  it.each([
    ['RSA', rsa, hex('5a', 256)],
    ['ECDH', agree, hex('5a', 32)],
    ['Ed25519', sign, hex('5a', 64)],
    ['X25519', x, hex('5a', 32)],
  ])('%s of the right length is taken', async (_name, use, octets) => {
    expect(toHex(await using(result(octets), use))).toBe(octets);
  });

  it('RSA: a card that leaves leading zeros out is understood', async () => {
    expect(toHex(await using(result(hex('5a', 254)), rsa))).toBe(`0000${hex('5a', 254)}`);
  });

  it.each([
    ['RSA, nothing', rsa, ''],
    ['RSA, one zero', rsa, '00'],
    ['RSA, zeros', rsa, hex('00', 256)],
    ['RSA, longer than the modulus', rsa, hex('5a', 257)],
    ['ECDH, short', agree, hex('5a', 31)],
    ['ECDH, long', agree, hex('5a', 33)],
    ['ECDH, a whole point', agree, BASE_POINT],
    ['Ed25519, short', sign, hex('5a', 63)],
    ['Ed25519, long', sign, hex('5a', 65)],
    ['X25519, zeros', x, hex('00', 32)],
    ['X25519, short', x, hex('5a', 31)],
    ['X25519, long', x, hex('5a', 33)],
  ])('%s: a bad answer', async (_name, use, octets) => {
    await expect(using(result(octets), use)).rejects.toMatchObject({ layer: 'card', reason: 'bad-answer', ins: 0x87 });
  });
});

describe('generated keys', () => {
  const part = (value: string | undefined): Bytes => copy(Buffer.from(value ?? '', 'base64url'));
  const rsa = (keyBits: number): Bytes => {
    const { n, e } = generateKeyPairSync('rsa', { modulusLength: keyBits }).publicKey.export({ format: 'jwk' });
    return writeTlv(0x7f49, writeTlv(0x81, part(n)), writeTlv(0x82, part(e)));
  };
  const ec = (namedCurve: string): Bytes => {
    const { x, y } = generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
    return writeTlv(0x7f49, writeTlv(0x86, fromHex('04'), part(x), part(y)));
  };
  const KINDS = [
    [{ kind: 'rsa', keyBits: 1024 }, rsa(1024)],
    [{ kind: 'rsa', keyBits: 2048 }, rsa(2048)],
    [{ kind: 'ec', curve: 'P-256' }, ec('P-256')],
    [{ kind: 'ec', curve: 'P-384' }, ec('P-384')],
  ] as const;

  it.each(KINDS)('%j: a good key of this kind alone is taken', async (wanted) => {
    for (const [type, answer] of KINDS) {
      const made = generateKey(await session(opened('050701').expect(undefined, concat(answer, fromHex('9000')))), 0x9a, wanted);
      if (type === wanted) await expect(made).resolves.toMatchObject({ kind: wanted.kind });
      else await expect(made).rejects.toMatchObject({ layer: 'card', reason: 'bad-answer' });
    }
  });
});

describe('challenges and witnesses', () => {
  const nobody = {
    external: async () => Promise.reject(new Error('the holder was asked')),
    mutual: async () => Promise.reject(new Error('the holder was asked')),
  };

  it.each([8, 15, 17, 0])('a witness of %i octets for AES is not given to the key’s holder', async (length) => {
    const piv = await session(
      opened('050701')
        .expect(METADATA_9B, AES_192)
        .expect(undefined, `7c${(length + 2).toString(16).padStart(2, '0')}80${length.toString(16).padStart(2, '0')}${hex('5a', length)}9000`),
    );
    await expect(authenticateManagement(piv, nobody)).rejects.toMatchObject({ reason: 'bad-answer', ins: 0x87, p1: 0x0a, p2: 0x9b });
  });

  it.each([8, 15, 17, 0])('a challenge of %i octets for AES is a bad answer', async (length) => {
    const piv = await session(
      opened('050701')
        .expect(METADATA_9B, AES_192)
        .expect(undefined, `7c${(length + 2).toString(16).padStart(2, '0')}81${length.toString(16).padStart(2, '0')}${hex('5a', length)}9000`),
    );
    await expect(getChallenge(piv)).rejects.toMatchObject({ reason: 'bad-answer', ins: 0x87, p1: 0x0a, p2: 0x9b });
  });
});

describe('what is known of the card', () => {
  it('the algorithm of 9B is asked again after an interruption, and only then', async () => {
    const card = opened('050701').expect(METADATA_9B, AES_192);
    const piv = await session(card);
    expect((await managementAlgorithmOf(piv)).name).toBe('AES-192');
    await piv.attach(card);
    expect((await managementAlgorithmOf(piv)).name).toBe('AES-192');
    card.end();
    // Another card lies there now.
    card.expect(SELECT_PIV, APT_YUBICO, '9000').expect(GET_VERSION, '050403', '9000').expect(METADATA_9B, '010103', '9000');
    await piv.attach({ ...card, interrupted: true });
    expect((await managementAlgorithmOf(piv)).name).toBe('3DES');
    card.end();
  });

  it('SET PIN RETRIES is not sent without both the PIN and 9B: it would be refused, or take a PIN away', async () => {
    const card = opened('050701');
    const piv = await session(card);
    await expect(setRetries(piv, 5, 5)).rejects.toMatchObject({ reason: 'not-authenticated' });
    card.expect(undefined, '9000');
    await verifyPin(piv, fromHex('313233343536'));
    await expect(setRetries(piv, 5, 5)).rejects.toMatchObject({ reason: 'not-authenticated' });
    piv.forgetSecurityState();
    card
      .expect(METADATA_9B, AES_192)
      .expect(undefined, `7c128110${hex('5a', 16)}9000`)
      .expect(undefined, '9000');
    const { external } = typedManagementKey(bytes(24));
    await authenticateManagement(piv, { external });
    await expect(setRetries(piv, 5, 5)).rejects.toMatchObject({ reason: 'not-authenticated' });
    card.end();
  });
});
