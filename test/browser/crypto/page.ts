import type { Bytes } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import {
  aesCmac,
  agree,
  aesEcbEncrypt,
  checkEcKeyPair,
  checkPrivateKey,
  completePrivateKey,
  counterKdfAesCmac,
  curve25519Support,
  CryptoError,
  decompressPoint,
  loadBignum,
  loadKey,
  oaepUnpad,
  pkcs1Unpad,
  rsaPkcs1Encrypt,
  RsaPrivateKey,
  rsaPublic,
  verifyEd25519,
  verifySignature,
  x963Kdf,
} from '../../../src/crypto/index.ts';
import { coreRsa } from '../../../src/simulator/card/rsa-engine.ts';
import type { HexKey, Job } from './jobs.ts';

/* The page under test: does jobs that the test sends, with the library as a page gets it. Octets travel as hexadecimal. */

const even = (hex: string): Bytes => fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);

function parts(key: HexKey): { n: Bytes; e: Bytes; p: Bytes; q: Bytes; dP: Bytes; dQ: Bytes; qInv: Bytes } {
  return { n: even(key.n), e: even(key.e), p: even(key.p), q: even(key.q), dP: even(key.dP), dQ: even(key.dQ), qInv: even(key.qInv) };
}

let last: { readonly n: string; readonly key: RsaPrivateKey } | undefined;
/** Keys come in groups: one is kept. */
async function loaded(key: HexKey): Promise<RsaPrivateKey> {
  if (last?.n !== key.n) {
    last?.key.wipe();
    last = { n: key.n, key: new RsaPrivateKey(await loadBignum(), parts(key)) };
  }
  return last.key;
}

async function work(job: Job): Promise<string> {
  switch (job.op) {
    case 'kind':
      return (await loadBignum()).kind;
    case 'private':
      return toHex((await loaded(job.key)).privateOp(even(job.input)));
    case 'simulated-card': {
      const { n, e, ...rest } = parts(job.key);
      return toHex(await coreRsa({ modulus: n, publicExponent: e, ...rest }, even(job.input)));
    }
    case 'public':
      return toHex(rsaPublic(even(job.n), even(job.e), even(job.input)));
    case 'encrypt':
      return toHex(await rsaPkcs1Encrypt({ kind: 'rsa', modulus: even(job.n), publicExponent: even(job.e) }, even(job.message)));
    case 'pkcs1':
      return toHex(await pkcs1Unpad((await loaded(job.key)).privateOp(even(job.input))));
    case 'unpad':
      return toHex(await pkcs1Unpad(even(job.block)));
    case 'oaep':
      return toHex(
        await oaepUnpad((await loaded(job.key)).privateOp(even(job.input)), { hash: job.hash, mgfHash: job.mgfHash, label: even(job.label) }),
      );
    case 'complete':
      return toHex((await completePrivateKey({ n: even(job.n), e: even(job.e), d: even(job.d) })).p);
    case 'check':
      await checkPrivateKey(parts(job.key), { rounds: 4 });
      return 'good';
    case 'load':
      return (await loadKey(parts(job.key), { trusted: true })).kind;
    case 'verify':
      return String(
        await verifySignature({ kind: 'rsa', modulus: even(job.n), publicExponent: even(job.e) }, job.scheme, even(job.signature), even(job.message)),
      );
    case 'ed25519':
      return String(await verifyEd25519(even(job.key), even(job.signature), even(job.message)));
    case 'agree':
      return toHex(await agree(job.curve, even(job.d), job.curve === 'X25519' ? even(job.point) : decompressPoint(job.curve, even(job.point))));
    case 'pair':
      await checkEcKeyPair(job.curve, even(job.d), even(job.point));
      return 'good';
    case 'curve25519':
      return JSON.stringify(await curve25519Support());
    case 'counter-kdf':
      return toHex(
        counterKdfAesCmac(even(job.key), { before: even(job.before), after: even(job.after), counterBits: job.counterBits }, job.lengthBytes),
      );
    case 'x963':
      return toHex(await x963Kdf(job.hash, even(job.z), even(job.info), job.lengthBytes));
    case 'aes':
      return toHex(aesEcbEncrypt(even(job.key), even(job.data)));
    case 'cmac':
      return toHex(aesCmac(even(job.key), even(job.data)));
  }
}

declare global {
  interface Window {
    doJobs(jobs: readonly Job[]): Promise<string[]>;
  }
}

/** Each job's result, or the reason of its CryptoError in angle brackets. */
window.doJobs = async (jobs) => {
  const out: string[] = [];
  for (const job of jobs) {
    try {
      out.push(await work(job));
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
      out.push(`<${error.reason}>`);
    }
  }
  return out;
};
