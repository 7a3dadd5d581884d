import { createPrivateKey } from 'node:crypto';
import { HASH_BYTES, type HashName } from '../../../src/crypto/digest.ts';
import type { RsaPrivateParts } from '../../../src/crypto/bignum/index.ts';
import { rspVectors } from '../../unit/crypto/rsp.ts';
import { parts } from '../../unit/crypto/rsa-oracle.ts';
import { text, wycheproof } from '../../unit/crypto/wycheproof.ts';
import { nistText } from '../../vectors/crypto-corpus.ts';
import type { HexKey, Job } from './jobs.ts';

/** A job for the page with what must come back. */
export interface Expected {
  readonly job: Job;
  readonly want: RegExp;
  readonly kind: string;
  readonly name: string;
}

const exactly = (value: string): RegExp => new RegExp(`^${value}$`);

export function hexKey(k: RsaPrivateParts): HexKey {
  const names = ['n', 'e', 'p', 'q', 'dP', 'dQ', 'qInv'] as const;
  return Object.fromEntries(names.map((name) => [name, Buffer.from(k[name]).toString('hex')])) as HexKey;
}

/** One job with the octets that must come back. */
export function compiledFor(job: Job, want: Uint8Array): Expected {
  return { job, want: exactly(Buffer.from(want).toString('hex')), kind: job.op, name: job.op };
}

/** Wycheproof's RSA decryption files. */
export function paddingJobs(): Expected[] {
  const out: Expected[] = [];
  const refused = /^<(bad-padding|out-of-range)>$/;
  for (const file of [
    'rsa_pkcs1_2048',
    'rsa_oaep_2048_sha1_mgf1sha1',
    'rsa_oaep_2048_sha256_mgf1sha256',
    'rsa_oaep_3072_sha512_mgf1sha512',
    'rsa_oaep_misc',
  ])
    for (const group of wycheproof(`${file}_test.json`)) {
      const pem = createPrivateKey(text(group, 'privateKeyPem'));
      if ((pem.asymmetricKeyDetails?.modulusLength ?? 0) > 4096) continue;
      const key = hexKey(parts(pem));
      for (const v of group.tests) {
        // A ciphertext of another length is refused before the operation.
        if (text(v, 'ct').length !== key.n.length) continue;
        const name = `${file} ${v.tcId}`;
        const want = v.result === 'valid' ? exactly(text(v, 'msg')) : refused;
        const kind = v.result === 'valid' ? 'valid accepted' : 'invalid refused';
        if (file.includes('pkcs1')) out.push({ job: { op: 'pkcs1', key, input: text(v, 'ct') }, want, kind, name });
        else {
          const [hash, mgfHash] = [text(group, 'sha') as HashName, text(group, 'mgfSha') as HashName];
          if (!(hash in HASH_BYTES) || !(mgfHash in HASH_BYTES) || v.result === 'acceptable') continue;
          out.push({ job: { op: 'oaep', key, input: text(v, 'ct'), hash, mgfHash, label: text(v, 'label') }, want, kind, name });
        }
      }
    }
  return out;
}

export function signatureJobs(): Expected[] {
  const out: Expected[] = [];
  for (const file of ['rsa_signature_2048_sha256', 'rsa_pss_2048_sha256_mgf1_32'])
    for (const group of wycheproof(`${file}_test.json`)) {
      const { modulus: n, publicExponent: e } = group['publicKey'] as { modulus: string; publicExponent: string };
      const hash = text(group, 'sha') as HashName;
      const scheme = file.includes('pss')
        ? ({ kind: 'rsa-pss', hash, saltBytes: Number(group['sLen']) } as const)
        : ({ kind: 'rsa-pkcs1', hash } as const);
      for (const v of group.tests) {
        if (v.result === 'acceptable') continue;
        const job: Job = { op: 'verify', n, e, scheme, signature: text(v, 'sig'), message: text(v, 'msg') };
        out.push({ job, want: exactly(String(v.result === 'valid')), kind: v.result, name: `${file} ${v.tcId}` });
      }
    }
  for (const group of wycheproof('ed25519_test.json')) {
    const { pk } = group['publicKey'] as { pk: string };
    for (const v of group.tests) {
      const job: Job = { op: 'ed25519', key: pk, signature: text(v, 'sig'), message: text(v, 'msg') };
      out.push({ job, want: exactly(String(v.result === 'valid')), kind: v.result, name: `ed25519 ${v.tcId}` });
    }
  }
  return out;
}

export function pointJobs(): Expected[] {
  const out: Expected[] = [];
  for (const [file, curve, octets] of [
    ['ecdh_secp256r1_ecpoint', 'P-256', 32],
    ['ecdh_secp384r1_ecpoint', 'P-384', 48],
    ['x25519', 'X25519', 32],
  ] as const)
    for (const group of wycheproof(`${file}_test.json`))
      for (const v of group.tests) {
        const d = text(v, 'private')
          .padStart(2 * octets, '0')
          .slice(-2 * octets);
        const zero = curve === 'X25519' && /^0+$/.test(text(v, 'shared'));
        const want = v.result === 'invalid' || zero ? /^<bad-(point|key)>$/ : exactly(text(v, 'shared'));
        out.push({ job: { op: 'agree', curve, d, point: text(v, 'public') }, want, kind: v.result, name: `${file} ${v.tcId}` });
      }
  return out;
}

export function kdfJobs(): Expected[] {
  const out: Expected[] = [];
  for (const v of JSON.parse(nistText('KDF/sp800-108-ctr-cmac-aes.json')) as Record<string, string>[]) {
    const fixed = v['FixedInputData'] ?? '';
    const before = v['ctr'] === 'BEFORE_FIXED' ? '' : (v['DataBeforeCtrData'] ?? fixed);
    const after = v['ctr'] === 'AFTER_FIXED' ? '' : (v['DataAfterCtrData'] ?? fixed);
    const counterBits = Number(v['rlen']?.split('_')[0]) as 8 | 16 | 24 | 32;
    const job: Job = { op: 'counter-kdf', key: v['KI'] ?? '', before, after, counterBits, lengthBytes: Number(v['L']) / 8 };
    out.push({ job, want: exactly(v['KO'] ?? ''), kind: 'SP 800-108', name: `counter ${v['COUNT']}` });
  }
  let hash = '';
  for (const block of nistText('KDF/ansx963_2001.txt')
    .replace(/\r/g, '')
    .split(/\n\s*\n/)) {
    hash = /^\[(SHA-\d+)\]/m.exec(block)?.[1] ?? hash;
    const [v] = rspVectors(block);
    if (!(hash in HASH_BYTES) || v?.has('key_data') !== true) continue;
    const lengthBytes = v.text('key_data').length / 2;
    const job: Job = { op: 'x963', hash: hash as HashName, z: v.text('Z'), info: v.text('SharedInfo'), lengthBytes };
    out.push({ job, want: exactly(v.text('key_data')), kind: 'X9.63', name: hash });
  }
  for (const size of [128, 192])
    for (const v of rspVectors(nistText(`ciphers/AES/ECB/ECBMMT${size}.rsp`))) {
      if (!v.has('PLAINTEXT') || v.section !== 'ENCRYPT') continue;
      out.push({
        job: { op: 'aes', key: v.text('KEY'), data: v.text('PLAINTEXT') },
        want: exactly(v.text('CIPHERTEXT')),
        kind: 'AES-ECB',
        name: `AES-${size}`,
      });
    }
  for (const v of rspVectors(nistText('CMAC/nist-800-38b-aes192.txt')))
    out.push({ job: { op: 'cmac', key: v.text('KEY'), data: v.text('MESSAGE') }, want: exactly(v.text('OUTPUT')), kind: 'CMAC', name: 'CMAC-192' });
  return out;
}
