import { hkdfSync } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { describe, expect, it, test } from 'vitest';
import { type Bytes, concat } from '../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../src/codec/hex.ts';
import { HASH_BYTES, type HashName } from '../../src/crypto/digest.ts';
import { hmac } from '../../src/crypto/hmac.ts';
import { cngHashKdf, cngHmacKdf, concatenationKdf, counterKdfAesCmac, hkdf, tls12Prf, x963Kdf } from '../../src/crypto/kdf.ts';
import { rspVectors } from '../unit/crypto/rsp.ts';
import { counted, nistAbsent, nistText } from './crypto-corpus.ts';
import '../corpora.ts';

const empty = new Uint8Array(0);
const utf8 = (value: string): Bytes => Uint8Array.from(Buffer.from(value));
const hashes = Object.keys(HASH_BYTES) as HashName[];

/** What `openssl kdf` derives. */
function openssl(kdf: string, lengthBytes: number, options: Readonly<Record<string, string>>): string {
  const flags = Object.entries(options).flatMap(([name, value]) => ['-kdfopt', `${name}:${value}`]);
  return execFileSync('openssl', ['kdf', '-binary', '-keylen', String(lengthBytes), ...flags, kdf]).toString('hex');
}

describe('counter mode with AES-CMAC (SP 800-108)', () => {
  const file = 'KDF/sp800-108-ctr-cmac-aes.json';
  test.skipIf(nistAbsent(file) !== undefined)('NIST vectors: three places of the counter, four lengths, three keys', () => {
    const counts: Record<string, number> = {};
    for (const v of JSON.parse(nistText(file)) as Record<string, string>[]) {
      const counterBits = Number(v['rlen']?.split('_')[0]) as 8 | 16 | 24 | 32;
      const fixed = v['FixedInputData'] === undefined ? empty : fromHex(v['FixedInputData']);
      const place = v['ctr'] ?? '';
      const around =
        place === 'BEFORE_FIXED'
          ? { after: fixed }
          : place === 'AFTER_FIXED'
            ? { before: fixed }
            : { before: fromHex(v['DataBeforeCtrData'] ?? ''), after: fromHex(v['DataAfterCtrData'] ?? '') };
      const got = counterKdfAesCmac(fromHex(v['KI'] ?? ''), { ...around, counterBits }, Number(v['L']) / 8);
      expect(toHex(got), `${v['prf']} ${place} ${v['rlen']} ${v['COUNT']}`).toBe(v['KO']);
      counts[place] = (counts[place] ?? 0) + 1;
    }
    expect(Object.keys(counts)).toHaveLength(3);
    counted('sp800-108-ctr-cmac-aes', counts);
  });

  it('OpenSSL: label, separator, context and length as SP 800-108 lays them out', () => {
    const key = fromHex('00112233445566778899aabbccddeeff');
    const after = concat(utf8('label'), Uint8Array.of(0), utf8('context'), Uint8Array.of(0, 0, 1, 64));
    expect(toHex(counterKdfAesCmac(key, { after }, 40))).toBe(
      openssl('KBKDF', 40, { mac: 'CMAC', cipher: 'AES-128-CBC', mode: 'COUNTER', hexkey: toHex(key), salt: 'label', info: 'context' }),
    );
  });

  it('refuses more blocks than the counter can number', () => {
    const key = new Uint8Array(16);
    expect(counterKdfAesCmac(key, { counterBits: 8 }, 255 * 16)).toHaveLength(255 * 16);
    expect(() => counterKdfAesCmac(key, { counterBits: 8 }, 255 * 16 + 1)).toThrow(expect.objectContaining({ reason: 'bad-length' }));
    for (const bad of [0, -1, 1.5, Number.NaN, 1e9])
      expect(() => counterKdfAesCmac(key, {}, bad)).toThrow(expect.objectContaining({ reason: 'bad-length' }));
    expect(() => counterKdfAesCmac(new Uint8Array(15), {}, 16)).toThrow(expect.objectContaining({ reason: 'bad-key' }));
  });
});

describe('X9.63', () => {
  const file = 'KDF/ansx963_2001.txt';
  test.skipIf(nistAbsent(file) !== undefined)('NIST vectors', async () => {
    const counts: Record<string, number> = {};
    let hash = '';
    let lengthBits = 0;
    for (const line of nistText(file)
      .replace(/\r/g, '')
      .split(/\n\s*\n/)) {
      hash = /^\[(SHA-\d+)\]/m.exec(line)?.[1] ?? hash;
      lengthBits = Number(/key data length = (\d+)/.exec(line)?.[1] ?? lengthBits);
      const [vector] = rspVectors(line);
      if (vector?.has('key_data') !== true || !hashes.includes(hash as HashName)) continue;
      const got = await x963Kdf(hash as HashName, vector.hex('Z'), vector.hex('SharedInfo'), lengthBits / 8);
      expect(toHex(got)).toBe(vector.text('key_data'));
      counts[hash] = (counts[hash] ?? 0) + 1;
    }
    expect(Object.keys(counts)).toHaveLength(4);
    counted('ansx963_2001', counts);
  });
});

describe('against OpenSSL, every hash', () => {
  const z = Uint8Array.from({ length: 48 }, (_, i) => 7 * i);
  const info = utf8('other information');

  it.each(hashes)('%s', async (hash) => {
    const name = hash.replace('-', '');
    for (const lengthBytes of [1, HASH_BYTES[hash], 200]) {
      const common = { digest: name, hexkey: toHex(z) };
      expect(toHex(await concatenationKdf(hash, z, info, lengthBytes))).toBe(openssl('SSKDF', lengthBytes, { ...common, hexinfo: toHex(info) }));
      expect(toHex(await x963Kdf(hash, z, info, lengthBytes))).toBe(openssl('X963KDF', lengthBytes, { ...common, hexinfo: toHex(info) }));
      const prf = openssl('TLS1-PRF', lengthBytes, { digest: name, hexsecret: toHex(z), seed: 'a label', hexseed: toHex(info) });
      expect(toHex(await tls12Prf(hash, z, utf8('a label'), info, lengthBytes))).toBe(prf);
      for (const salt of [empty, utf8('salt'), new Uint8Array(200).fill(3)])
        expect(toHex(await hkdf(hash, z, salt, info, lengthBytes))).toBe(Buffer.from(hkdfSync(name, z, salt, info, lengthBytes)).toString('hex'));
    }
    const mac = (key: Uint8Array, message: Uint8Array): string =>
      execFileSync('openssl', ['mac', '-digest', name, '-macopt', `hexkey:${toHex(key)}`, 'HMAC'], { input: message })
        .toString()
        .trim()
        .toLowerCase();
    for (const key of [utf8('key'), new Uint8Array(200).fill(9)]) {
      expect(toHex(await hmac(hash, key, z))).toBe(mac(key, z));
      expect(toHex(await cngHmacKdf(hash, z, utf8('before'), utf8('after'), key))).toBe(mac(key, concat(utf8('before'), z, utf8('after'))));
    }
    expect(toHex(await cngHmacKdf(hash, z, empty, info))).toBe(mac(z, concat(z, info)));
    const plain = execFileSync('openssl', ['dgst', '-binary', `-${name.toLowerCase()}`], { input: concat(utf8('before'), z, utf8('after')) });
    expect(toHex(await cngHashKdf(hash, z, utf8('before'), utf8('after')))).toBe(plain.toString('hex'));
  });

  it('lengths that can not be derived are refused', async () => {
    for (const derive of [concatenationKdf, x963Kdf]) await expect(derive('SHA-1', z, info, 0)).rejects.toMatchObject({ reason: 'bad-length' });
    await expect(hkdf('SHA-256', z, empty, empty, 255 * 32 + 1)).rejects.toMatchObject({ reason: 'bad-length' });
    await expect(tls12Prf('SHA-256', z, empty, empty, 1e6)).rejects.toMatchObject({ reason: 'bad-length' });
  });
});

describe('published vectors', () => {
  it('HKDF: RFC 5869, A.1 and A.3', async () => {
    const key = new Uint8Array(22).fill(0x0b);
    expect(toHex(await hkdf('SHA-256', key, fromHex('000102030405060708090a0b0c'), fromHex('f0f1f2f3f4f5f6f7f8f9'), 42))).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    );
    expect(toHex(await hkdf('SHA-256', key, empty, empty, 42))).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    );
  });

  it('HMAC: RFC 4231, test case 2', async () => {
    expect(toHex(await hmac('SHA-256', utf8('Jefe'), utf8('what do ya want for nothing?')))).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });
});
