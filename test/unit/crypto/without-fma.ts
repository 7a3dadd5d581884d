import { randomBytes } from 'node:crypto';
import { loadBignum, RsaPrivateKey } from '../../../src/crypto/bignum/index.ts';
import { EDGE_PRIMES, fromBig, keyOf, nodeKey, oracle, toBig } from './rsa-oracle.ts';

/* Run in a Node process of its own: which module is chosen, and whether its results are OpenSSL's. */

const module = await loadBignum();
const { high } = EDGE_PRIMES[1024] ?? { high: [0, 0] };
const [p, q] = high.map((distance) => (1n << 1024n) - BigInt(distance)) as [bigint, bigint];
const numbers = keyOf(p, q);
const key = new RsaPrivateKey(module, numbers);
let right = 0;
for (let i = 0; i < 20; i++) {
  const input = fromBig(toBig(randomBytes(256)) % (p * q), 256);
  if (Buffer.from(key.privateOp(input)).equals(oracle(nodeKey(numbers), input))) right++;
}
process.stdout.write(JSON.stringify({ kind: module.kind, right }));
