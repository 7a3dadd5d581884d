import { type Bytes, copy } from '../../src/codec/bytes.ts';
import { RsaPrivateKey, type RsaPrivateParts, loadBignum } from '../../src/crypto/bignum/index.ts';
import type { Contender } from './measure.ts';

const decode = (text: string | undefined): Bytes => Uint8Array.from(atob((text ?? '').replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const toBig = (value: Uint8Array): bigint => BigInt(`0x0${Array.from(value, (x) => x.toString(16).padStart(2, '0')).join('')}`);

/** a^e mod n with fixed windows of five bits: the yardstick. */
export function windowed(a: bigint, e: bigint, n: bigint): bigint {
  const table = [1n, a % n];
  for (let i = 2; i < 32; i++) table.push(((table[i - 1] ?? 0n) * (table[1] ?? 0n)) % n);
  let digits = e.toString(2);
  digits = digits.padStart(Math.ceil(digits.length / 5) * 5, '0');
  let result = 1n;
  for (let i = 0; i < digits.length; i += 5) {
    for (let k = 0; k < 5; k++) result = (result * result) % n;
    result = (result * (table[Number.parseInt(digits.slice(i, i + 5), 2)] ?? 0n)) % n;
  }
  return result;
}

/** The RSA private operation: our modules with check and blinding, BigInt with CRT, WebCrypto's own signature. */
export async function rsaContenders(keyBits: number): Promise<Contender[]> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: keyBits, publicExponent: Uint8Array.of(1, 0, 1) };
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const jwk = await crypto.subtle.exportKey('jwk', pair.privateKey);
  const key: RsaPrivateParts = {
    n: decode(jwk.n),
    e: decode(jwk.e),
    p: decode(jwk.p),
    q: decode(jwk.q),
    dP: decode(jwk.dp),
    dQ: decode(jwk.dq),
    qInv: decode(jwk.qi),
  };
  const input = crypto.getRandomValues(new Uint8Array(keyBits / 8));
  input[0] = 0;
  const [p, q, dP, dQ, qInv] = [toBig(key.p), toBig(key.q), toBig(key.dP), toBig(key.dQ), toBig(key.qInv)];
  const c = toBig(input);
  let _sink = 0n;
  const contenders: Contender[] = [
    {
      name: 'BigInt',
      run: (count) => {
        for (let i = 0; i < count; i++) {
          const a = windowed(c, dP, p);
          const b = windowed(c, dQ, q);
          _sink ^= b + q * (((((a - b) % p) + p) * qInv) % p);
        }
      },
    },
    {
      name: 'WebCrypto',
      run: async (count) => {
        for (let i = 0; i < count; i++) await crypto.subtle.sign('RSASSA-PKCS1-v1_5', pair.privateKey, input);
      },
    },
  ];
  for (const withoutFma of [false, true]) {
    const module = await loadBignum({ withoutFma });
    if (contenders.some((contender) => contender.name === module.kind)) continue;
    const own = new RsaPrivateKey(module, key);
    if (toBig(own.privateOp(input)) !== windowedCrt(c, p, q, dP, dQ, qInv)) throw new Error(`${module.kind}: wrong result`);
    contenders.push({
      name: module.kind,
      run: (count) => {
        for (let i = 0; i < count; i++) copy(own.privateOp(input));
      },
    });
  }
  return contenders;
}

function windowedCrt(c: bigint, p: bigint, q: bigint, dP: bigint, dQ: bigint, qInv: bigint): bigint {
  const a = windowed(c, dP, p);
  const b = windowed(c, dQ, q);
  return b + q * (((((a - b) % p) + p) * qInv) % p);
}
