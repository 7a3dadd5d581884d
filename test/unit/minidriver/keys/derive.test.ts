import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { createECDH, createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, copy, toHex } from '../../../../src/codec/index.ts';
import * as c from '../../../../src/minidriver/index.ts';
import { md5 } from '../../../../src/minidriver/keys/md5.ts';
import { USER_PIN } from '../fake-edge.ts';
import { bench, refusedUnasked } from '../harness.ts';
import { code, NULL } from '../outcomes.ts';

/* Derived keys against node:crypto and OpenSSL's kdf command. */

const [before, after] = [copy(Buffer.from('before')), copy(Buffer.from('after'))];
const seed = bytes(Array.from({ length: 64 }, (_, i) => i));
const label = copy(Buffer.from('master secret'));

async function agreed(curve: 'P-256' | 'P-384' = 'P-256', fields: Parameters<typeof bench>[1] = {}) {
  const made = await bench({}, fields);
  const { card } = made;
  await card.CardAuthenticatePin('user', USER_PIN);
  await card.CardCreateContainerEx(2, 1, curve === 'P-256' ? c.AT_ECDHE_P256 : c.AT_ECDHE_P384, 0, null, 1);
  const info = await card.CardGetContainerInfo(2, 0, { dwVersion: 1 });
  const own = c.decodePublicKeyBlob(info.pbKeyExPublicKey ?? new Uint8Array(0)).key;
  if (own.kind !== 'ec') throw new Error('no point');
  const other = createECDH(curve === 'P-256' ? 'prime256v1' : 'secp384r1');
  const pbPublicKey = c.encodePublicKeyBlob({ kind: 'ec', curve, point: copy(other.generateKeys()) }, 'key-exchange');
  const z = copy(other.computeSecret(own.point));
  const construct = card.CardConstructDHAgreement ?? NULL;
  const { bSecretAgreementIndex } = await construct({ dwVersion: 2, bContainerIndex: 2, dwFlags: 0, pbPublicKey });
  const derive = async (pwszKDF: string | null, pParameterList: readonly c.BCryptBuffer[] = [], more: Partial<c.CARD_DERIVE_KEY> = {}) =>
    (card.CardDeriveKey ?? NULL)({ dwVersion: 1, dwFlags: 0, pwszKDF, bSecretAgreementIndex, pParameterList, ...more });
  return { ...made, z, derive, index: bSecretAgreementIndex, pbPublicKey };
}

const p = (BufferType: number, pvBuffer: Bytes | string | number | null): c.BCryptBuffer => ({ BufferType, pvBuffer });
const hex = (result: c.CARD_DERIVE_KEY_RESULT): string => toHex(result.pbDerivedKey ?? new Uint8Array(0));

function kdf(name: string, lengthBytes: number, ...options: readonly string[]): string {
  const args = ['kdf', '-keylen', String(lengthBytes), ...options.flatMap((option) => ['-kdfopt', option]), name];
  const { status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim().replaceAll(':', '').toLowerCase();
}

describe('MD5', () => {
  it('is that of node:crypto at every length around its blocks', () => {
    for (let length = 0; length < 200; length++) {
      const message = bytes(Array.from({ length }, (_, i) => (i * 7 + length) & 0xff));
      expect(toHex(md5(message))).toBe(createHash('md5').update(message).digest('hex'));
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (message) => toHex(md5(message)) === createHash('md5').update(message).digest('hex')));
  });
});

describe('CardDeriveKey, positive', () => {
  it.each([
    ['SHA1', 'sha1'],
    ['SHA256', 'sha256'],
    ['SHA384', 'sha384'],
    ['SHA512', 'sha512'],
  ])('HASH and HMAC with %s equal node:crypto', async (name, hash) => {
    const { derive, z } = await agreed();
    const around = [p(c.KDF_SECRET_PREPEND, before), p(c.KDF_SECRET_APPEND, after), p(c.KDF_SECRET_PREPEND, label)];
    const message = concat(before, label, z, after);
    expect(hex(await derive('HASH', [p(c.KDF_HASH_ALGORITHM, name), ...around]))).toBe(createHash(hash).update(message).digest('hex'));
    for (const key of [before, bytes(200).fill(7)])
      expect(hex(await derive('HMAC', [p(c.KDF_HASH_ALGORITHM, name), p(c.KDF_HMAC_KEY, key), ...around]))).toBe(
        createHmac(hash, key).update(message).digest('hex'),
      );
    const flagged = { dwFlags: c.KDF_USE_SECRET_AS_HMAC_KEY_FLAG };
    expect(hex(await derive('HMAC', [p(c.KDF_HASH_ALGORITHM, name), p(c.KDF_SECRET_APPEND, after)], flagged))).toBe(
      createHmac(hash, z).update(concat(z, after)).digest('hex'),
    );
  });

  it('SHA1 is the default, for no list, no hash and a NULL one', async () => {
    const { derive, z } = await agreed();
    const expected = createHash('sha1').update(z).digest('hex');
    expect(hex(await derive('HASH'))).toBe(expected);
    expect(hex(await derive('HASH', [], { pParameterList: null }))).toBe(expected);
    expect(hex(await derive('HASH', [p(c.KDF_HASH_ALGORITHM, null)]))).toBe(expected);
  });

  it.each([
    ['TLS 1.0, no protocol', [], 'MD5-SHA1'],
    ['TLS 1.0 by nought', [p(c.KDF_TLS_PRF_PROTOCOL, 0)], 'MD5-SHA1'],
    ['TLS 1.0', [p(c.KDF_TLS_PRF_PROTOCOL, 0x0301)], 'MD5-SHA1'],
    ['TLS 1.1', [p(c.KDF_TLS_PRF_PROTOCOL, 0x0302)], 'MD5-SHA1'],
    ['TLS 1.2', [p(c.KDF_TLS_PRF_PROTOCOL, 0x0303)], 'SHA256'],
    ['TLS 1.2 with SHA384', [p(c.KDF_TLS_PRF_PROTOCOL, 0x0303), p(c.KDF_HASH_ALGORITHM, 'SHA384')], 'SHA384'],
  ])('TLS_PRF, %s, equals OpenSSL', async (_, more, digest) => {
    for (const curve of ['P-256', 'P-384'] as const) {
      const { derive, z } = await agreed(curve);
      const result = await derive('TLS_PRF', [p(c.KDF_TLS_PRF_LABEL, label), p(c.KDF_TLS_PRF_SEED, seed), ...more]);
      expect(result.cbDerivedKey).toBe(48);
      expect(hex(result)).toBe(kdf('TLS1-PRF', 48, `digest:${digest}`, `hexsecret:${toHex(z)}`, `hexseed:${toHex(label)}${toHex(seed)}`));
    }
  });

  it('SP800_56A_CONCAT equals OpenSSL', async () => {
    const { derive, z } = await agreed();
    const [u, v, pub, priv] = ['u', 'v!', 'public', 'private'].map((text) => copy(Buffer.from(text))) as [Bytes, Bytes, Bytes, Bytes];
    const fixed = [p(c.KDF_ALGORITHMID, label), p(c.KDF_PARTYUINFO, u), p(c.KDF_PARTYVINFO, v)];
    const extra = [p(c.KDF_SUPPPRIVINFO, priv), p(c.KDF_SUPPPUBINFO, pub)];
    for (const [more, info] of [
      [[], concat(label, u, v)],
      [extra, concat(label, u, v, pub, priv)],
    ] as const)
      for (const [name, bytesOut] of [
        ['SHA1', 20],
        ['SHA256', 32],
        ['SHA512', 64],
      ] as const)
        expect(hex(await derive('SP800_56A_CONCAT', [p(c.KDF_HASH_ALGORITHM, name), ...fixed, ...more]))).toBe(
          kdf('SSKDF', bytesOut, `digest:${name}`, `hexkey:${toHex(z)}`, `hexinfo:${toHex(info)}`),
        );
  });

  it('TRUNCATE gives the bare secret, least significant octet first', async () => {
    const { derive, z } = await agreed('P-384');
    expect(hex(await derive('TRUNCATE'))).toBe(toHex(z.slice().reverse()));
  });

  it('KDF_SECRET_HANDLE parameters are agreements of the caller’s handles', async () => {
    const { card, derive, z, index, pbPublicKey } = await agreed('P-256', { pfnCspGetDHAgreement: async (handle) => handle - 0x5000 });
    const { bSecretAgreementIndex } = await (card.CardConstructDHAgreement ?? NULL)({ dwVersion: 2, bContainerIndex: 2, dwFlags: 0, pbPublicKey });
    expect(bSecretAgreementIndex).not.toBe(index);
    const handle = 0x5000 + bSecretAgreementIndex;
    expect(hex(await derive('HASH', [p(c.KDF_SECRET_APPEND, handle), p(c.KDF_SECRET_PREPEND, before)]))).toBe(
      createHash('sha1')
        .update(concat(before, z, z))
        .digest('hex'),
    );
    expect(hex(await derive('HMAC', [p(c.KDF_HMAC_KEY, handle)]))).toBe(createHmac('sha1', z).update(z).digest('hex'));
    expect(await code(derive('HASH', [p(c.KDF_SECRET_APPEND, 0x5063)]))).toBe('SCARD_E_INVALID_PARAMETER');
  });

  it('CARD_BUFFER_SIZE_ONLY tells the length alone', async () => {
    const { derive } = await agreed();
    for (const [name, list, length] of [
      ['HASH', [p(c.KDF_HASH_ALGORITHM, 'SHA384')], 48],
      ['TRUNCATE', [], 32],
      ['TLS_PRF', [p(c.KDF_TLS_PRF_LABEL, label), p(c.KDF_TLS_PRF_SEED, seed)], 48],
    ] as const)
      expect(await derive(name, list, { dwFlags: c.CARD_BUFFER_SIZE_ONLY })).toMatchObject({ pbDerivedKey: null, cbDerivedKey: length });
  });

  it('the caller’s own parameters are left as they were', async () => {
    const { derive } = await agreed();
    const [own, key] = [before.slice(), after.slice()];
    await derive('HMAC', [p(c.KDF_HMAC_KEY, key), p(c.KDF_SECRET_PREPEND, own)]);
    expect([own, key]).toEqual([before, after]);
  });
});

describe('CardDeriveKey, negative', () => {
  it('codes, before anything is computed', async () => {
    const { derive, edge } = await agreed();
    const refused = (expected: 'SCARD_E_INVALID_PARAMETER' | 'ERROR_REVISION_MISMATCH' | 'SCARD_E_UNSUPPORTED_FEATURE', call: Promise<unknown>) =>
      refusedUnasked(edge, expected, call);
    await refused('ERROR_REVISION_MISMATCH', derive('HASH', [], { dwVersion: 0 }));
    await refused('ERROR_REVISION_MISMATCH', derive('HASH', [], { dwVersion: 3 }));
    await refused('SCARD_E_INVALID_PARAMETER', derive('HASH', [], { dwFlags: 2 }));
    await refused(
      'SCARD_E_UNSUPPORTED_FEATURE',
      derive('HASH', [], { dwVersion: 2, dwFlags: c.CARD_RETURN_KEY_HANDLE, pwszAlgId: 'AES', dwKeyLen: 128 }),
    );
    for (const name of [null, '', 'hash', 'HKDF', 'SP800_108_CTR_HMAC', 'toString']) await refused('SCARD_E_INVALID_PARAMETER', derive(name));
    await refused('SCARD_E_INVALID_PARAMETER', derive('HASH', [p(c.KDF_HMAC_KEY, before)]));
    await refused('SCARD_E_INVALID_PARAMETER', derive('HASH', [p(99, before)]));
    await refused('SCARD_E_INVALID_PARAMETER', derive('HASH', [p(c.KDF_HASH_ALGORITHM, 'SHA1'), p(c.KDF_HASH_ALGORITHM, 'SHA1')]));
    await refused('SCARD_E_INVALID_PARAMETER', derive('HASH', [p(c.KDF_HASH_ALGORITHM, 'MD5')]));
    await refused('SCARD_E_INVALID_PARAMETER', derive('HASH', [p(c.KDF_SECRET_APPEND, null)]));
    await refused('SCARD_E_INVALID_PARAMETER', derive('HASH', [], { dwFlags: c.KDF_USE_SECRET_AS_HMAC_KEY_FLAG }));
    await refused('SCARD_E_INVALID_PARAMETER', derive('HMAC'));
    await refused('SCARD_E_INVALID_PARAMETER', derive('HMAC', [p(c.KDF_HMAC_KEY, before)], { dwFlags: c.KDF_USE_SECRET_AS_HMAC_KEY_FLAG }));
    await refused('SCARD_E_INVALID_PARAMETER', derive('HASH', [], { bSecretAgreementIndex: 9 }));
    await refused('SCARD_E_INVALID_PARAMETER', derive('TRUNCATE', [p(c.KDF_SECRET_APPEND, before)]));
    await refused('SCARD_E_INVALID_PARAMETER', derive('SP800_56A_CONCAT', [p(c.KDF_ALGORITHMID, before), p(c.KDF_PARTYUINFO, before)]));
    const tls = (...more: readonly c.BCryptBuffer[]) => derive('TLS_PRF', [p(c.KDF_TLS_PRF_LABEL, label), ...more]);
    await refused('SCARD_E_INVALID_PARAMETER', tls());
    await refused('SCARD_E_INVALID_PARAMETER', tls(p(c.KDF_TLS_PRF_SEED, seed.slice(1))));
    await refused('SCARD_E_INVALID_PARAMETER', tls(p(c.KDF_TLS_PRF_SEED, seed), p(c.KDF_TLS_PRF_PROTOCOL, 0x0304)));
    await refused('SCARD_E_INVALID_PARAMETER', tls(p(c.KDF_TLS_PRF_SEED, seed), p(c.KDF_HASH_ALGORITHM, 'SHA256')));
    await refused('SCARD_E_INVALID_PARAMETER', tls(p(c.KDF_TLS_PRF_SEED, seed), p(c.KDF_TLS_PRF_PROTOCOL, 0x0303), p(c.KDF_HASH_ALGORITHM, 'SHA1')));
  });
});

describe('CardConstructDHAgreement and CardDestroyDHAgreement', () => {
  it('positive: sixteen at a time, each gone when destroyed, all gone with the context', async () => {
    const { card, pbPublicKey, derive, index } = await agreed();
    const construct = () => (card.CardConstructDHAgreement ?? NULL)({ dwVersion: 2, bContainerIndex: 2, dwFlags: 0, pbPublicKey });
    const indices = new Set([index]);
    for (let i = 1; i < 16; i++) indices.add((await construct()).bSecretAgreementIndex);
    expect(indices.size).toBe(16);
    expect(await code(construct())).toBe('SCARD_E_NO_MEMORY');
    await (card.CardDestroyDHAgreement ?? NULL)(index, 0);
    expect(await code(derive('HASH'))).toBe('SCARD_E_INVALID_PARAMETER');
    await construct();
    await card.CardDeleteContext();
    expect(await code(derive('HASH'))).toBe('SCARD_E_INVALID_PARAMETER');
  });

  it('negative', async () => {
    const { card, edge, pbPublicKey, index, derive } = await agreed();
    const construct = (more: Partial<c.CARD_DH_AGREEMENT_INFO>) =>
      (card.CardConstructDHAgreement ?? NULL)({ dwVersion: 2, bContainerIndex: 2, dwFlags: 0, pbPublicKey, ...more });
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', (card.CardConstructDHAgreement ?? NULL)(NULL));
    for (const dwVersion of [0, 1, 3]) await refusedUnasked(edge, 'ERROR_REVISION_MISMATCH', construct({ dwVersion }));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', construct({ pbPublicKey: null }));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', construct({ dwFlags: 1 }));
    const bent = pbPublicKey.slice();
    bent[20] = (bent[20] ?? 0) ^ 1;
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', construct({ pbPublicKey: bent }));
    expect(await code(construct({ bContainerIndex: 4 }))).toBe('SCARD_E_NO_KEY_CONTAINER');
    const destroy = card.CardDestroyDHAgreement ?? NULL;
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', destroy(9, 0));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', destroy(index, 1));
    await card.CardDeauthenticateEx(0xff, 0);
    expect(await code(construct({}))).toBe('SCARD_W_SECURITY_VIOLATION');
    // Wiped first, whatever is answered.
    expect(await code(destroy(index, 0))).toBe('SCARD_W_SECURITY_VIOLATION');
    expect(await code(derive('HASH'))).toBe('SCARD_E_INVALID_PARAMETER');
  });
});
