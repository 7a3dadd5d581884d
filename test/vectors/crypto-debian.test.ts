import { createECDH } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Bytes, concat } from '../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../src/codec/hex.ts';
import { aesEcbDecrypt, aesEcbEncrypt } from '../../src/crypto/aes.ts';
import { agree, checkEcKeyPair, verifyEd25519 } from '../../src/crypto/agree.ts';
import { aesCmac } from '../../src/crypto/cmac.ts';
import { des3Decrypt, des3Encrypt } from '../../src/crypto/des3.ts';
import { HASH_BYTES, type HashName } from '../../src/crypto/digest.ts';
import { checkPoint, CURVES, type CurveName } from '../../src/crypto/ec.ts';
import { CryptoError } from '../../src/crypto/errors.ts';
import { hmac } from '../../src/crypto/hmac.ts';
import { concatenationKdf, counterKdfAesCmac, hkdf } from '../../src/crypto/kdf.ts';
import { verifySignature } from '../../src/crypto/verify.ts';
import { anyHash } from '../unit/crypto/other-hashes.ts';
import { type RspVector, rspVectors } from '../unit/crypto/rsp.ts';
import '../corpora.ts';
import { counted, damaged, debianAbsent, debianFolder, debianText } from './crypto-corpus.ts';

type Counts = Record<string, number>;
const curves = Object.keys(CURVES) as CurveName[];
const opensslCurve = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' } as const;
/** So many octets, zeros in front beyond them left out; a number that is too long stays so. */
function octets(hex: string, lengthBytes: number): Bytes {
  const digits = hex.replace(/^0+/, '');
  return fromHex(digits.padStart(Math.max(2 * lengthBytes, digits.length + (digits.length % 2)), '0'));
}
const point = (curve: CurveName, v: RspVector, x: string, y: string): Bytes =>
  concat(Uint8Array.of(4), octets(v.text(x), CURVES[curve].fieldBytes), octets(v.text(y), CURVES[curve].fieldBytes));
const add = (counts: Counts, kind: string): void => {
  counts[kind] = (counts[kind] ?? 0) + 1;
};
const filled = (value: string): boolean => value !== '';

async function outcome(body: () => unknown): Promise<string> {
  try {
    await body();
    return 'good';
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    return error.reason;
  }
}

/** Block ciphers: both ways, whatever the section says. */
function cipher(text: string, encrypt: typeof aesEcbEncrypt, decrypt: typeof aesEcbEncrypt): Counts {
  const counts: Counts = {};
  for (const v of rspVectors(text)) {
    if (!v.has('PLAINTEXT')) continue;
    const key = v.has('KEY')
      ? v.hex('KEY')
      : v.has('KEYs')
        ? fromHex(v.text('KEYs').repeat(3))
        : fromHex(v.text('KEY1') + v.text('KEY2') + v.text('KEY3'));
    expect(toHex(encrypt(key, v.hex('PLAINTEXT')))).toBe(v.text('CIPHERTEXT'));
    expect(toHex(decrypt(key, v.hex('CIPHERTEXT')))).toBe(v.text('PLAINTEXT'));
    add(counts, 'both ways');
  }
  return counts;
}

function cmac(text: string): Counts {
  const counts: Counts = {};
  for (const v of rspVectors(text)) {
    if (!v.has('OUTPUT')) continue;
    expect(toHex(aesCmac(v.hex('KEY'), v.hex('MESSAGE')))).toBe(v.text('OUTPUT'));
    add(counts, 'done');
  }
  return counts;
}

async function hmacs(text: string, hash: string): Promise<Counts> {
  const counts: Counts = {};
  for (const v of rspVectors(text)) {
    if (!v.has('MD')) continue;
    const whole = toHex(await hmac(anyHash(hash), v.hex('Key'), v.hex('Msg')));
    expect(whole.startsWith(v.text('MD')) && filled(v.text('MD'))).toBe(true);
    add(counts, 'done');
  }
  return counts;
}

async function hkdfs(text: string): Promise<Counts> {
  const counts: Counts = {};
  // The fields of one vector stand in several paragraphs.
  for (const block of text.split(/^COUNT = /m).slice(1)) {
    const [v] = rspVectors(block.replace(/^#.*$/gm, '').replace(/\n\s*\n/g, '\n'));
    if (v === undefined) throw new Error('no vector');
    const got = await hkdf(v.text('Hash') as HashName, v.hex('IKM'), v.hex('salt'), v.hex('info'), Number(v.text('L')));
    expect(toHex(got)).toBe(v.text('OKM'));
    add(counts, v.text('Hash'));
  }
  return counts;
}

/** Counter mode of SP 800-108 with AES-CMAC. */
function counterMode(text: string): Counts {
  const counts: Counts = {};
  let [prf, place, bits] = ['', '', 0];
  for (const block of text.split(/\n\s*\n/)) {
    prf = /^\[PRF=(\w+)\]/m.exec(block)?.[1] ?? prf;
    place = /^\[CTRLOCATION=(\w+)\]/m.exec(block)?.[1] ?? place;
    bits = Number(/^\[RLEN=(\d+)_BITS\]/m.exec(block)?.[1] ?? bits);
    if (!prf.startsWith('CMAC_AES') || !/^KO = /m.test(block)) continue;
    const [v] = rspVectors(block);
    if (v === undefined) throw new Error('no vector');
    const part = (name: string): Bytes => v.hex(name);
    const layout =
      place === 'BEFORE_FIXED'
        ? { after: part('FixedInputData') }
        : place === 'AFTER_FIXED'
          ? { before: part('FixedInputData') }
          : { before: part('DataBeforeCtrData'), after: part('DataAfterCtrData') };
    const got = counterKdfAesCmac(part('KI'), { ...layout, counterBits: bits as 8 | 16 | 24 | 32 }, Number(v.text('L')) / 8);
    expect(toHex(got), `${prf} ${place} ${bits}`).toBe(v.text('KO'));
    add(counts, prf);
  }
  return counts;
}

/** Key agreement with the concatenation KDF (SP 800-56A): P agrees and derives what is printed; F is refused or differs. */
async function concatenated(text: string): Promise<Counts> {
  const counts: Counts = {};
  const named: Readonly<Record<string, CurveName>> = { EC: 'P-256', ED: 'P-384', EE: 'P-521' };
  const keyBytes: Readonly<Record<CurveName, number>> = { 'P-256': 16, 'P-384': 24, 'P-521': 32 };
  for (const v of rspVectors(text)) {
    const curve = named[v.section.slice(0, 2)];
    const hash = v.section.replace(/^.* - SHA/, 'SHA-') as HashName;
    if (curve === undefined || !v.has('dsIUT') || !(hash in HASH_BYTES)) continue;
    const mine = octets(v.text('dsIUT'), CURVES[curve].fieldBytes);
    let derived = '';
    const got = await outcome(async () => {
      await checkEcKeyPair(curve, mine, point(curve, v, 'QsIUTx', 'QsIUTy'));
      const z = await agree(curve, mine, point(curve, v, 'QsCAVSx', 'QsCAVSy'));
      derived = toHex(await concatenationKdf(hash, z, v.hex('OI'), keyBytes[curve]));
    });
    const result = v.text('Result');
    if (/^P|MACData|Tag/.test(result)) expect([got, derived], result).toEqual(['good', v.text('DKM')]);
    else if (/(Z|DKM|OI) changed/.test(result)) expect([got, derived === v.text('DKM')], result).toEqual(['good', false]);
    else expect(got, result).toMatch(/^bad-(point|key)$/);
    add(counts, result.startsWith('P') ? 'agreed' : got === 'good' ? 'told apart' : 'refused');
  }
  return counts;
}

async function publicPoints(text: string): Promise<Counts> {
  const counts: Counts = {};
  for (const v of rspVectors(text)) {
    const curve = curves.find((name) => name === v.section);
    if (curve === undefined || !v.has('Qx')) continue;
    const got = await outcome(() => checkPoint(curve, point(curve, v, 'Qx', 'Qy')));
    expect(got, `${curve} ${v.text('Result')}`).toBe(v.text('Result').startsWith('P') ? 'good' : 'bad-point');
    add(counts, got === 'good' ? 'valid' : 'refused');
  }
  return counts;
}

async function ecdsa(text: string): Promise<Counts> {
  const counts: Counts = {};
  for (const v of rspVectors(text)) {
    const [name, hash = ''] = v.section.split(',');
    const curve = curves.find((one) => one === name);
    if (curve === undefined || !v.has('R') || !(hash in HASH_BYTES)) continue;
    const { fieldBytes } = CURVES[curve];
    const key = { kind: 'ec' as const, curve, point: point(curve, v, 'Qx', 'Qy') };
    const signature = concat(octets(v.text('R'), fieldBytes), octets(v.text('S'), fieldBytes));
    let good = false;
    const got = await outcome(async () => {
      good = await verifySignature(key, { kind: 'ecdsa', hash: hash as HashName, form: 'raw' }, signature, v.hex('Msg'));
    });
    expect(['good', 'bad-point']).toContain(got);
    expect(good, `${v.section} ${v.text('Result')}`).toBe(v.text('Result').startsWith('P'));
    add(counts, good ? 'accepted' : 'refused');
  }
  return counts;
}

async function x25519(text: string): Promise<Counts> {
  const counts: Counts = {};
  for (const v of rspVectors(text)) {
    if (!v.has('OUTPUT_U')) continue;
    expect(toHex(await agree('X25519', v.hex('INPUT_SCALAR'), v.hex('INPUT_U')))).toBe(v.text('OUTPUT_U'));
    add(counts, 'agreed');
  }
  return counts;
}

async function ed25519(text: string): Promise<Counts> {
  const counts: Counts = {};
  for (const line of text.trim().split('\n')) {
    const [, key = '', message = '', signed = ''] = line.split(':');
    const signature = fromHex(signed.slice(0, 128));
    expect(await verifyEd25519(fromHex(key), signature, fromHex(message))).toBe(true);
    add(counts, 'accepted');
    signature[(counts['accepted'] ?? 0) % 64] = (signature[(counts['accepted'] ?? 0) % 64] ?? 0) ^ 1;
    expect(await verifyEd25519(fromHex(key), signature, fromHex(message))).toBe(false);
    add(counts, 'changed and refused');
  }
  return counts;
}

const fax = 'asymmetric/ECDH/KASValidityTest_ECCStaticUnified_KDFConcat_NOKC_';
const planted = (text: string): string => text.replaceAll('Result = P', 'Result = F');
const ecb = (folder: string): string[] =>
  debianAbsent === undefined ? readdirSync(path.join(debianFolder, folder)).map((name) => `${folder}/${name}`) : [];

/** File, what is done with it, its least count, and how one vector of it is made wrong. */
const files: readonly (readonly [string, (text: string) => Counts | Promise<Counts>, number, (text: string) => string])[] = [
  ...ecb('ciphers/AES/ECB').map(
    (name) => [name, (text: string) => cipher(text, aesEcbEncrypt, aesEcbDecrypt), 5, (text: string) => damaged(text, 'CIPHERTEXT')] as const,
  ),
  ...ecb('ciphers/3DES/ECB').map(
    (name) => [name, (text: string) => cipher(text, des3Encrypt, des3Decrypt), 15, (text: string) => damaged(text, 'CIPHERTEXT')] as const,
  ),
  ...['128', '192', '256'].map((bits) => [`CMAC/nist-800-38b-aes${bits}.txt`, cmac, 4, (text: string) => damaged(text, 'OUTPUT')] as const),
  ...(
    [
      ['rfc-2202-sha1', 'SHA-1'],
      ['rfc-4231-sha224', 'SHA-224'],
      ['rfc-4231-sha256', 'SHA-256'],
      ['rfc-4231-sha384', 'SHA-384'],
      ['rfc-4231-sha512', 'SHA-512'],
    ] as const
  ).map(([name, hash]) => [`HMAC/${name}.txt`, (text: string) => hmacs(text, hash), 6, (text: string) => damaged(text, 'MD')] as const),
  ...['rfc-5869-HKDF-SHA1', 'rfc-5869-HKDF-SHA256', 'hkdf-generated'].map(
    (name) =>
      [
        `KDF/${name}.txt`,
        hkdfs,
        1,
        (text: string) => text.replace(/(OKM\s*= ..)/, (head) => head.slice(0, -1) + (head.endsWith('0') ? '1' : '0')),
      ] as const,
  ),
  ['KDF/nist-800-108-KBKDF-CTR.txt', counterMode, 1000, (text) => text.replace('KO = 8be8f086', 'KO = 8be8f087')],
  [`${fax}init.fax`, concatenated, 100, planted],
  [`${fax}resp.fax`, concatenated, 100, planted],
  ['asymmetric/ECDSA/FIPS_186-3/PKV.rsp', publicPoints, 30, (text) => text.replaceAll('Result = P', 'Result = F')],
  ['asymmetric/ECDSA/FIPS_186-3/SigVer.rsp', ecdsa, 150, (text) => text.replaceAll('Result = P', 'Result = F')],
  ['asymmetric/X25519/rfc7748.txt', x25519, 2, (text) => damaged(text, 'OUTPUT_U')],
  ['asymmetric/Ed25519/sign.input', ed25519, 2048, (text) => text.replace(/::e5/, '::e6')],
];

describe.skipIf(debianAbsent !== undefined)("Debian's vectors", () => {
  it.each(files)('%s; a wrong one is noticed', async (name, run, least, wrong) => {
    const text = debianText(name);
    const counts = await run(text);
    expect(Object.values(counts).reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(least);
    counted(name, counts);
    expect(wrong(text)).not.toBe(text);
    await expect((async () => run(wrong(text)))()).rejects.toThrow();
  });

  it('the points that OpenSSL makes pass where those of the files are refused', async () => {
    for (const curve of curves) {
      const ecdh = createECDH(opensslCurve[curve]);
      ecdh.generateKeys();
      expect(await outcome(() => checkPoint(curve, Uint8Array.from(ecdh.getPublicKey())))).toBe('good');
    }
  });
});
