import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, copy, reversed, toHex } from '../../src/codec/index.ts';
import { publicKeyJwk } from '../../src/crypto/public-key.ts';
import { ecdsaRawToDer } from '../../src/crypto/ec.ts';
import * as m from '../../src/minidriver/index.ts';
import { Bench, type Card, given, PIN, publicKeyOf, refusedUnasked } from '../conformance/minidriver-bench.ts';
import { code } from '../unit/minidriver/outcomes.ts';
import { callerUnpadding } from './minidriver-unpad.ts';
import type { Lab } from './lab.ts';
import { certify, interop, makeAuthority, MANAGEMENT_KEY, opensslVerifies, READER } from './suite.ts';

/*
 * What the minidriver made on the simulated card, as OpenSC, ykman and OpenSSL see it; and what they made, as the minidriver reads it.
 * Between the two the card's memory is carried as an image, which is a power cycle.
 */

const PROFILE = 'yubikey-5.7';

/** Containers made by CardCreateContainerEx: index, key specification, bits, PinId, and the names that others give the slot. */
const MADE = [
  { index: 0, spec: m.AT_ECDSA_P256, bits: 0, PinId: 1, usage: 'signature', slot: '9a', opensc: '01', ykman: 'ECCP256' },
  { index: 1, spec: m.AT_SIGNATURE, bits: 2048, PinId: 3, usage: 'signature', slot: '9c', opensc: '02', ykman: 'RSA2048' },
  { index: 2, spec: m.AT_KEYEXCHANGE, bits: 2048, PinId: 1, usage: 'key-exchange', slot: '9d', opensc: '03', ykman: 'RSA2048' },
  { index: 4, spec: m.AT_ECDHE_P256, bits: 0, PinId: 3, usage: 'key-exchange', slot: '82', opensc: '05', ykman: 'ECCP256' },
  { index: 5, spec: m.AT_ECDHE_P256, bits: 0, PinId: 1, usage: 'key-exchange', slot: '83', opensc: '06', ykman: 'ECCP256' },
] as const;

const nameOf = (index: number): string => `container-${index}`;
const keyObject = async (card: Card, index: number): Promise<KeyObject> =>
  createPublicKey({ key: publicKeyJwk(await publicKeyOf(card, index)) as never, format: 'jwk' });
const pemOf = async (card: Card, index: number): Promise<string> => (await keyObject(card, index)).export({ format: 'pem', type: 'spki' }).toString();

/** One record of the container map by the fact sheet's layout, written by hand: nothing of ours. */
function mapRecord(
  name: string,
  slot: number,
  spec: number,
  bits: number,
  flags: number,
  pinId: number,
  associated: number,
  der: Uint8Array,
): Buffer {
  const out = Buffer.alloc(107);
  out.write(name, 0, 'utf16le');
  out.writeUInt8(slot, 80);
  out.writeUInt8(spec, 81);
  out.writeUInt16LE(bits, 82);
  out.writeUInt8(flags, 84);
  out.writeUInt8(pinId, 85);
  out.writeUInt8(associated, 86);
  createHash('sha1').update(der).digest().copy(out, 87);
  return out;
}

/** 53 L { 81 L records }, lengths in three octets as BER has them from 256 on. */
function mapObject(records: readonly Buffer[]): Buffer {
  const content = Buffer.concat(records);
  const tlv = (tag: number, value: Buffer): Buffer => Buffer.concat([Buffer.from([tag, 0x82, value.length >> 8, value.length & 0xff]), value]);
  return tlv(0x53, tlv(0x81, content));
}

async function made(lab: Lab): Promise<{ readonly image: unknown; readonly certificates: ReadonlyMap<number, Bytes> }> {
  const bench = new Bench({ profile: PROFILE });
  const card = await bench.user();
  // The caller writes the map before it makes a key, as Windows does.
  const records: m.CONTAINER_MAP_RECORD[] = [];
  for (const { index, usage, bits } of MADE) {
    while (records.length < index) records.push(m.EMPTY_CONTAINER_MAP_RECORD);
    const size = bits === 0 ? 256 : bits;
    records.push({
      wszGuid: nameOf(index),
      bFlags: index === 0 ? 3 : 1,
      wSigKeySizeBits: usage === 'signature' ? size : 0,
      wKeyExchangeKeySizeBits: usage === 'signature' ? 0 : size,
    });
  }
  await card.CardWriteFile('mscp', 'cmapfile', 0, m.encodeContainerMap(records));
  const certificates = new Map<number, Bytes>();
  for (const { index, spec, bits, PinId, usage, slot } of MADE) {
    await card.CardCreateContainerEx(index, m.CARD_CREATE_CONTAINER_KEY_GEN, spec, bits, null, PinId);
    await lab.write(`${slot}.pub`, await pemOf(card, index));
    await certify(lab, `${slot}.pub`, `${slot}.pem`);
    await lab.ok(['openssl', 'x509', '-in', `${slot}.pem`, '-outform', 'DER', '-out', `${slot}.der`]);
    const der = copy(await lab.read(`${slot}.der`));
    await card.CardWriteFile('mscp', m.certificateFileName(index, usage), 0, der);
    certificates.set(index, der);
  }
  await card.CardSetContainerProperty(0, m.CCP_ASSOCIATED_ECDH_KEY, 5, 0);
  await card.CardDeauthenticateEx(0xff, 0);
  await card.CardDeleteContext();
  return { image: bench.simulated.save(), certificates };
}

interop('minidriver', (lab) => {
  let image: unknown;
  let certificates: ReadonlyMap<number, Bytes>;
  const piv = (...args: string[]): string[] => ['ykman', '-r', READER, 'piv', ...args];
  const again = (): Bench => new Bench({ profile: PROFILE, image });

  beforeAll(async () => {
    await makeAuthority(lab());
    ({ image, certificates } = await made(lab()));
    await lab().card({ profile: PROFILE, image });
    await lab().write('data', 'what the card signs\n');
  });

  describe('containers made through CardCreateContainerEx', () => {
    it.each(MADE)('$slot: OpenSC sees the same key and certificate', async ({ slot, opensc }) => {
      const text = (out: string): string => out.replace(/\s/g, '');
      expect(text(await lab().ok(['pkcs15-tool', '--read-certificate', opensc]))).toContain(text((await lab().read(`${slot}.pem`)).toString()));
      const key = createPublicKey((await lab().read(`${slot}.pub`)).toString()).export({ format: 'der', type: 'spki' });
      const out = await lab().ok([
        'pkcs11-tool',
        '--module',
        'opensc-pkcs11.so',
        '--read-object',
        '--type',
        'cert',
        '--id',
        opensc,
        '-o',
        'seen.der',
      ]);
      expect(out).toBeTypeOf('string');
      await lab().ok(['openssl', 'x509', '-inform', 'DER', '-in', 'seen.der', '-pubkey', '-noout', '-out', 'seen.pub']);
      expect(
        createPublicKey((await lab().read('seen.pub')).toString())
          .export({ format: 'der', type: 'spki' })
          .equals(key),
      ).toBe(true);
    });

    it.each(MADE)('$slot: ykman sees the same key and certificate', async ({ slot, ykman }) => {
      await lab().ok(piv('keys', 'export', slot, 'exported.pub'));
      expect((await lab().read('exported.pub')).toString()).toBe((await lab().read(`${slot}.pub`)).toString());
      await lab().ok(piv('certificates', 'export', slot, 'exported.pem'));
      expect((await lab().read('exported.pem')).toString()).toBe((await lab().read(`${slot}.pem`)).toString());
      expect(await lab().ok(piv('info'))).toContain(`Slot ${slot}:\n\tAlgorithm:\t${ykman}`);
    });

    it('a card with other keys is not taken for it', async () => {
      await lab().card({ profile: PROFILE });
      await lab().refused(['pkcs15-tool', '--read-certificate', '01']);
      await lab().refused(piv('certificates', 'export', '9a', 'none.pem'));
      await lab().card({ profile: PROFILE, image });
    });

    it('PinId is read back after a power cycle by another context', async () => {
      const card = await again().acquire();
      for (const { index, PinId } of MADE) expect(await card.CardGetContainerProperty(index, m.CCP_PIN_IDENTIFIER, 0)).toBe(PinId);
    });

    it('a PinId that the slot can not have is refused before anything is made', async () => {
      const plain = new Bench({ profile: 'nist' });
      const card = await plain.user();
      for (const [index, PinId] of [
        [0, 3],
        [1, 1],
        [2, 0],
        [3, 1],
        [4, 4],
        [0, 2],
      ] as const)
        await refusedUnasked(plain, 'SCARD_E_INVALID_PARAMETER', () => card.CardCreateContainerEx(index, 1, m.AT_ECDSA_P256, 0, null, PinId));
      const own = again();
      const rich = await own.user();
      for (const PinId of [2, 4, 7, 8])
        await refusedUnasked(own, 'SCARD_E_INVALID_PARAMETER', () => rich.CardCreateContainerEx(0, 1, m.AT_ECDSA_P256, 0, null, PinId));
      expect(await pemOf(rich, 0)).toBe((await lab().read('9a.pub')).toString());
    });
  });

  describe('container map', () => {
    const slotOf = { 0: 0x9a, 1: 0x9c, 2: 0x9d, 4: 0x82, 5: 0x83 } as const;

    it('is the published layout, byte for byte, as ykman exports it', async () => {
      await lab().ok(piv('objects', 'export', '5fff10', 'map.bin'));
      const exported = await lab().read('map.bin');
      const records = MADE.map(({ index, spec, bits, PinId }) =>
        mapRecord(
          nameOf(index),
          slotOf[index],
          spec,
          bits === 0 ? 256 : bits,
          index === 0 ? 3 : 1,
          PinId,
          index === 0 ? 5 : 0,
          certificates.get(index) ?? bytes(0),
        ),
      );
      const whole = mapObject(records);
      // ykman gives the content of 53.
      expect(exported.toString('hex')).toBe(whole.subarray(4).toString('hex'));
      records[0]?.writeUInt8(4, 86);
      expect(exported.equals(mapObject(records).subarray(4))).toBe(false);
    });

    it('one written to that layout by ykman is read back: names, default and association', async () => {
      const other = [
        mapRecord('eine ganz andere', 0x9a, m.AT_ECDSA_P256, 256, 1, 1, 4, certificates.get(0) ?? bytes(0)),
        mapRecord('schlüssel', 0x9d, m.AT_KEYEXCHANGE, 2048, 3, 1, 0, certificates.get(2) ?? bytes(0)),
      ];
      await lab().write('other.bin', mapObject(other).subarray(4));
      await lab().ok(piv('objects', 'import', '-m', MANAGEMENT_KEY, '5fff10', 'other.bin'));
      const card = await new Bench({ profile: PROFILE, image: await lab().save() }).acquire();
      const map = m.decodeContainerMap(await card.CardReadFile('mscp', 'cmapfile', 0));
      expect(map.map((each) => [each.wszGuid.slice(0, 16), each.bFlags])).toMatchObject({ 0: ['eine ganz andere', 1], 2: ['schlüssel', 3] });
      expect(await card.CardGetContainerProperty(0, m.CCP_ASSOCIATED_ECDH_KEY, 0)).toBe(4);
      await lab().card({ profile: PROFILE, image });
    });
  });

  describe('associated ECDH key', () => {
    it('survives a power cycle, is read by another context, and data encrypted to it are decrypted', async () => {
      const bench = again();
      const card = await bench.acquire();
      const index = await card.CardGetContainerProperty(0, m.CCP_ASSOCIATED_ECDH_KEY, 0);
      expect(index).toBe(5);
      // Somebody else, with the public key only, by OpenSSL.
      await lab().ok(['openssl', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'eph.key']);
      await lab().ok(['openssl', 'pkey', '-in', 'eph.key', '-pubout', '-out', 'eph.pub']);
      await lab().ok(['openssl', 'pkeyutl', '-derive', '-inkey', 'eph.key', '-peerkey', '83.pub', '-out', 'shared']);
      await lab().ok(['openssl', 'dgst', '-sha256', '-binary', '-out', 'secret', 'shared']);
      const key = (await lab().read('secret')).toString('hex');
      await lab().ok(['openssl', 'enc', '-aes-256-cbc', '-K', key, '-iv', '00'.repeat(16), '-in', 'data', '-out', 'encrypted']);
      // The owner of the card.
      const jwk = createPublicKey((await lab().read('eph.pub')).toString()).export({ format: 'jwk' });
      const point = concat(Uint8Array.of(4), Buffer.from(jwk.x ?? '', 'base64url'), Buffer.from(jwk.y ?? '', 'base64url'));
      await card.CardAuthenticateEx(1, 0, PIN);
      const pbPublicKey = m.encodePublicKeyBlob({ kind: 'ec', curve: 'P-256', point }, 'key-exchange');
      const { bSecretAgreementIndex } = await given(card.CardConstructDHAgreement)({ dwVersion: 2, bContainerIndex: index, dwFlags: 0, pbPublicKey });
      const { pbDerivedKey } = await given(card.CardDeriveKey)({
        dwVersion: 1,
        dwFlags: 0,
        pwszKDF: 'HASH',
        bSecretAgreementIndex,
        pParameterList: [{ BufferType: m.KDF_HASH_ALGORITHM, pvBuffer: 'SHA256' }],
      });
      const own = toHex(pbDerivedKey ?? bytes(0));
      expect(own).toBe(key);
      await lab().ok(['openssl', 'enc', '-d', '-aes-256-cbc', '-K', own, '-iv', '00'.repeat(16), '-in', 'encrypted', '-out', 'decrypted']);
      expect((await lab().read('decrypted')).toString()).toBe('what the card signs\n');
    });

    it('without a stored one the rule is the same curve; the card of another curve has none', async () => {
      const bench = new Bench({ profile: PROFILE });
      const card = await bench.user();
      await card.CardCreateContainerEx(0, 1, m.AT_ECDSA_P384, 0, null, 1);
      await card.CardCreateContainerEx(4, 1, m.AT_ECDHE_P256, 0, null, 1);
      expect(await code(card.CardGetContainerProperty(0, m.CCP_ASSOCIATED_ECDH_KEY, 0))).toBe('SCARD_E_NO_KEY_CONTAINER');
      await card.CardCreateContainerEx(6, 1, m.AT_ECDHE_P384, 0, null, 1);
      expect(await card.CardGetContainerProperty(0, m.CCP_ASSOCIATED_ECDH_KEY, 0)).toBe(6);
      await card.CardCreateContainerEx(2, 1, m.AT_ECDHE_P384, 0, null, 1);
      expect(await card.CardGetContainerProperty(0, m.CCP_ASSOCIATED_ECDH_KEY, 0)).toBe(2);
    });
  });

  describe('signatures verify with OpenSSL', () => {
    const sign = async (card: Card, index: number, dwKeySpec: number, hash: string, more: Partial<m.CARD_SIGNING_INFO>): Promise<Bytes> => {
      await card.CardAuthenticateEx(index === 1 ? 3 : 1, 0, PIN);
      const pbData = copy(createHash(hash).update('what the card signs\n').digest());
      const info = { dwVersion: 2, bContainerIndex: index, dwKeySpec, dwSigningFlags: 0, aiHashAlg: 0, pbData, ...more };
      return (await card.CardSignData(info)).pbSignedData ?? bytes(0);
    };

    it.each([
      ['sha1', m.CALG_SHA1],
      ['sha256', m.CALG_SHA_256],
      ['sha384', m.CALG_SHA_384],
      ['sha512', m.CALG_SHA_512],
    ] as const)('RSA PKCS #1 with %s, little-endian from the interface', async (hash, aiHashAlg) => {
      const card = await again().acquire();
      const signature = await sign(card, 1, m.AT_SIGNATURE, hash, { aiHashAlg });
      await lab().write('signature', reversed(signature));
      expect(await opensslVerifies(lab(), '9c.pub', 'signature', 'data', hash)).toBe(true);
      await lab().write('signature', signature);
      expect(await opensslVerifies(lab(), '9c.pub', 'signature', 'data', hash)).toBe(false);
    });

    it.each(['sha256', 'sha384', 'sha512'] as const)('RSA PSS with %s', async (hash) => {
      const card = await again().acquire();
      const pPaddingInfo = { pszAlgId: hash.toUpperCase(), cbSalt: 32 };
      const padding = { dwSigningFlags: m.CARD_PADDING_INFO_PRESENT, dwPaddingType: m.CARD_PADDING_PSS, pPaddingInfo };
      await lab().write('signature', reversed(await sign(card, 1, m.AT_SIGNATURE, hash, padding)));
      const options = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:32'];
      const argv = ['openssl', 'dgst', `-${hash}`, ...options, '-verify', '9c.pub', '-signature', 'signature'];
      expect(await lab().ok([...argv, 'data'])).toContain('Verified OK');
      await lab().refused([...argv, '9c.pub']);
    });

    it('ECDSA, r || s', async () => {
      const card = await again().acquire();
      const signature = await sign(card, 0, m.AT_ECDSA_P256, 'sha256', {});
      await lab().write('signature', ecdsaRawToDer('P-256', signature));
      expect(await opensslVerifies(lab(), '9a.pub', 'signature', 'data')).toBe(true);
      await lab().write('signature', ecdsaRawToDer('P-256', reversed(signature)));
      expect(await opensslVerifies(lab(), '9a.pub', 'signature', 'data')).toBe(false);
    });
  });

  describe('ciphertexts of OpenSSL', () => {
    const label = Buffer.from('ein Label');
    const hexLabel = label.toString('hex');

    it.each([
      ['PKCS #1', ['rsa_padding_mode:pkcs1'], { dwPaddingType: m.CARD_PADDING_PKCS1 }],
      ['OAEP, SHA-1', ['rsa_padding_mode:oaep'], { dwPaddingType: m.CARD_PADDING_OAEP, pPaddingInfo: { pszAlgId: 'SHA1' } }],
      [
        'OAEP, SHA-256',
        ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256'],
        { dwPaddingType: m.CARD_PADDING_OAEP, pPaddingInfo: { pszAlgId: 'SHA256' } },
      ],
      [
        'OAEP, SHA-1, label',
        ['rsa_padding_mode:oaep', `rsa_oaep_label:${hexLabel}`],
        { dwPaddingType: m.CARD_PADDING_OAEP, pPaddingInfo: { pszAlgId: 'SHA1', pbLabel: copy(label) } },
      ],
      [
        'OAEP, SHA-256, label',
        ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', `rsa_oaep_label:${hexLabel}`],
        { dwPaddingType: m.CARD_PADDING_OAEP, pPaddingInfo: { pszAlgId: 'SHA256', pbLabel: copy(label) } },
      ],
    ] as const)('%s: by our removal and by pfnCspUnpadData alike', async (name, options, padding) => {
      const flags = options.flatMap((option) => ['-pkeyopt', option]);
      await lab().ok(['openssl', 'pkeyutl', '-encrypt', '-pubin', '-inkey', '9d.pub', ...flags, '-in', 'data', '-out', 'cipher']);
      const cipher = copy(await lab().read('cipher'));
      for (const pfnCspUnpadData of [null, callerUnpadding]) {
        const card = await again().user({ pfnCspUnpadData });
        const decrypt = (pbData: Bytes, more: object = {}) =>
          given(card.CardRSADecrypt)({ dwVersion: 2, bContainerIndex: 2, dwKeySpec: m.AT_KEYEXCHANGE, pbData, ...padding, ...more });
        expect(Buffer.from(reversed((await decrypt(reversed(cipher))).pbData)).toString()).toBe('what the card signs\n');
        const damaged = reversed(cipher);
        damaged[100] = (damaged[100] ?? 0) ^ 1;
        expect(await code(decrypt(damaged))).toBe('SCARD_F_INTERNAL_ERROR');
        if (name.includes('OAEP'))
          expect(await code(decrypt(reversed(cipher), { pPaddingInfo: { pszAlgId: 'SHA1', pbLabel: bytes(3) } }))).toBe('SCARD_F_INTERNAL_ERROR');
      }
    });
  });

  it('derived keys equal those of OpenSSL', async () => {
    const card = await again().user();
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await lab().write('other.key', pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
    await lab().ok(['openssl', 'pkeyutl', '-derive', '-inkey', 'other.key', '-peerkey', '83.pub', '-out', 'shared']);
    const z = (await lab().read('shared')).toString('hex');
    const jwk = pair.publicKey.export({ format: 'jwk' });
    const point = concat(Uint8Array.of(4), Buffer.from(jwk.x ?? '', 'base64url'), Buffer.from(jwk.y ?? '', 'base64url'));
    const pbPublicKey = m.encodePublicKeyBlob({ kind: 'ec', curve: 'P-256', point }, 'key-exchange');
    const { bSecretAgreementIndex } = await given(card.CardConstructDHAgreement)({ dwVersion: 2, bContainerIndex: 5, dwFlags: 0, pbPublicKey });
    const derive = async (pwszKDF: string, ...list: readonly (readonly [number, Bytes | string | number])[]): Promise<string> => {
      const pParameterList = list.map(([BufferType, pvBuffer]) => ({ BufferType, pvBuffer }));
      return toHex(
        (await given(card.CardDeriveKey)({ dwVersion: 2, dwFlags: 0, pwszKDF, bSecretAgreementIndex, pParameterList })).pbDerivedKey ?? bytes(0),
      );
    };
    const openssl = async (name: string, length: number, ...options: readonly string[]): Promise<string> => {
      const out = await lab().ok(['openssl', 'kdf', '-keylen', String(length), ...options.flatMap((option) => ['-kdfopt', option]), name]);
      return out.trim().replaceAll(':', '').toLowerCase();
    };
    const [label, seed] = [copy(Buffer.from('master secret')), bytes(64).fill(0x2b)];
    const labelAndSeed = `hexseed:${toHex(label)}${toHex(seed)}`;
    const tls = [
      [m.KDF_TLS_PRF_LABEL, label],
      [m.KDF_TLS_PRF_SEED, seed],
    ] as const;
    expect(await derive('TLS_PRF', ...tls)).toBe(await openssl('TLS1-PRF', 48, 'digest:MD5-SHA1', `hexsecret:${z}`, labelAndSeed));
    expect(await derive('TLS_PRF', ...tls, [m.KDF_TLS_PRF_PROTOCOL, 0x0303])).toBe(
      await openssl('TLS1-PRF', 48, 'digest:SHA256', `hexsecret:${z}`, labelAndSeed),
    );
    const info = `hexinfo:${toHex(concat(label, seed, label))}`;
    const parties = [
      [m.KDF_ALGORITHMID, label],
      [m.KDF_PARTYUINFO, seed],
      [m.KDF_PARTYVINFO, label],
    ] as const;
    expect(await derive('SP800_56A_CONCAT', [m.KDF_HASH_ALGORITHM, 'SHA256'], ...parties)).toBe(
      await openssl('SSKDF', 32, 'digest:SHA256', `hexkey:${z}`, info),
    );
    await lab().ok(['openssl', 'dgst', '-sha384', '-binary', '-out', 'hash', 'shared']);
    expect(await derive('HASH', [m.KDF_HASH_ALGORITHM, 'SHA384'])).toBe((await lab().read('hash')).toString('hex'));
    await lab().ok(['openssl', 'dgst', '-sha256', '-mac', 'HMAC', '-macopt', `hexkey:${toHex(label)}`, '-binary', '-out', 'mac', 'shared']);
    expect(await derive('HMAC', [m.KDF_HASH_ALGORITHM, 'SHA256'], [m.KDF_HMAC_KEY, label])).toBe((await lab().read('mac')).toString('hex'));
    expect(toHex(reversed(copy(Buffer.from(await derive('TRUNCATE'), 'hex'))))).toBe(z);
    expect(await derive('HASH')).not.toBe(await derive('HMAC', [m.KDF_HMAC_KEY, label]));
  });
});
