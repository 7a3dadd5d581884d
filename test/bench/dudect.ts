import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { type BignumExports, type BignumModule, FIELDS, loadBignum, loadScalar, putField } from '../../src/crypto/bignum/module.ts';
import { windowed } from './rsa-contenders.ts';

/*
 * Do run times tell two classes of secrets apart? (Reparaz, Balasch and Verbauwhede, "Dude, is my code constant time?", 2017.) Classes
 * come in random order with equal preparation; Welch's t over five crops of the samples. Below 4.5 nothing is seen. BigInt is the
 * control: a measurement that does not see its leak (t above 50) sees nothing at all, and the job fails. It is a job for a quiet machine,
 * no gate: npx tsx test/bench/dudect.ts [samples]
 */

const THRESHOLD = 4.5;
const CONTROL = 50;
const CROPS = [1, 0.95, 0.9, 0.75, 0.5];
const POOL = 256;

const samples = Number(process.argv[2] ?? 80_000);
setFlagsFromString('--experimental-wasm-relaxed-simd');

function moments(values: readonly number[]): { readonly mean: number; readonly variance: number; readonly count: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1), count: values.length };
}

function welch(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [moments(a), moments(b)];
  return (x.mean - y.mean) / Math.sqrt(x.variance / x.count + y.variance / y.count);
}

/** The largest |t| over the crops. `prepare` gets the class and sets the operation up; only `run` is timed. */
function worstT(name: string, count: number, prepare: (second: boolean, i: number) => void, run: () => void): number {
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < 1000; i++) {
    prepare(i % 2 === 1, i % POOL);
    run();
  }
  const order = randomBytes(count);
  for (let i = 0; i < count; i++) {
    const which = ((order[i] ?? 0) & 1) as 0 | 1;
    prepare(which === 1, (order[i] ?? 0) ^ (i % POOL));
    const start = process.hrtime.bigint();
    run();
    times[which].push(Number(process.hrtime.bigint() - start));
  }
  const all = [...times[0], ...times[1]].sort((a, b) => a - b);
  let worst = 0;
  for (const crop of CROPS) {
    const most = all[Math.floor(all.length * crop) - 1] ?? 0;
    const t = Math.abs(
      welch(
        times[0].filter((x) => x <= most),
        times[1].filter((x) => x <= most),
      ),
    );
    if (t > worst) worst = t;
  }
  const verdict = worst < THRESHOLD ? 'nothing seen' : 'TOLD APART';
  console.log(`  ${name.padEnd(56)} |t| ${worst.toFixed(1).padStart(6)}  median ${((all[all.length >> 1] ?? 0) / 1000).toFixed(1)} us  ${verdict}`);
  return worst;
}

/** As many inputs of a class as are drawn from. */
function pool(make: (i: number) => Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: POOL }, (_, i) => make(i));
}

/**
 * Equal preparation: the inputs of both classes are read whatever the class, and one is taken by a mask. Buffers of one class alone would
 * leave the caches as their addresses have it, which differs from run to run and shows as a difference of the classes.
 */
function pick(pools: readonly [readonly Uint8Array[], readonly Uint8Array[]], second: boolean, i: number): Uint8Array {
  const [first, other] = [pools[0][i % POOL] ?? new Uint8Array(0), pools[1][i % POOL] ?? new Uint8Array(0)];
  const mask = 0 - Number(second);
  return first.map((octet, at) => octet ^ ((octet ^ (other[at] ?? 0)) & mask));
}

const KEY_BYTES = 64;
const half = KEY_BYTES / 2;
const random = (lengthBytes: number): Uint8Array => Uint8Array.from(randomBytes(lengthBytes));
function sparse(lengthBytes: number): Uint8Array {
  const out = new Uint8Array(lengthBytes);
  out[0] = 0x80;
  out[lengthBytes - 1] = 1;
  return out;
}
const below = (): Uint8Array => random(KEY_BYTES).map((octet, i) => (i === 0 ? 0 : octet));

function privateOperation(module: BignumModule): void {
  const core: BignumExports = module.instantiate();
  const jwk = generateKeyPairSync('rsa', { modulusLength: 8 * KEY_BYTES }).privateKey.export({ format: 'jwk' });
  const part = (text: string | undefined): Uint8Array => Uint8Array.from(Buffer.from(text ?? '', 'base64url'));
  const key = { n: jwk.n, e: jwk.e, p: jwk.p, q: jwk.q, dP: jwk.dp, dQ: jwk.dq, qInv: jwk.qi };
  for (const [name, text] of Object.entries(key)) putField(core, name as keyof typeof key, part(text));
  putField(core, 'rP', random(half));
  putField(core, 'rQ', random(half));
  if (core.loadPublic(KEY_BYTES, 3) !== 0 || core.loadPrivate(half) !== 0) throw new Error('the key was refused');
  const one = new Uint8Array(KEY_BYTES);
  one[KEY_BYTES - 1] = 1;
  const inputs = [pool(() => Uint8Array.from(one)), pool(below)] as const;
  worstT(
    `${module.kind}: message 1 / random`,
    samples,
    (second, i) => putField(core, 'input', pick(inputs, second, i)),
    () => core.privateOp(),
  );
  const fixed = below();
  const same = [pool(() => Uint8Array.from(fixed)), pool(below)] as const;
  worstT(
    `${module.kind}: one message / random`,
    samples,
    (second, i) => putField(core, 'input', pick(same, second, i)),
    () => core.privateOp(),
  );
  // The result does not check then, which takes the same time.
  const exponents = [pool(() => sparse(half)), pool(() => random(half).map((octet, i) => (i === 0 ? octet | 0x80 : octet)))] as const;
  const prepare = (second: boolean, i: number): void => {
    putField(core, 'dP', pick(exponents, second, i));
    putField(core, 'dQ', pick(exponents, second, i));
  };
  worstT(`${module.kind}: exponents of weight 2 / random`, samples, prepare, () => core.privateOp());
}

async function unpadding(): Promise<void> {
  const core = (await loadScalar()).instantiate();
  const lengthBytes = 256;
  const block = (messageBytes: number, good: boolean): Uint8Array => {
    const out = random(lengthBytes).map((octet) => octet | 1);
    out.set([good ? 0 : 1, 2]);
    out[lengthBytes - messageBytes - 1] = 0;
    return out;
  };
  const verdicts = [pool((i) => block(i % 200, true)), pool((i) => block(i % 200, false))] as const;
  const lengths = [pool(() => block(1, true)), pool(() => block(240, true))] as const;
  for (const [name, pools] of [
    ['unpadding: good / bad block', verdicts],
    ['unpadding: message of 1 / 240 octets', lengths],
  ] as const)
    worstT(
      name,
      samples,
      (second, i) => putField(core, 'input', pick(pools, second, i)),
      () => core.unpadPkcs1(lengthBytes, 0),
    );
}

/** Fixed windows on BigInt: what the core is there to avoid. */
function control(): boolean {
  const number = (octets: Uint8Array): bigint => BigInt(`0x${Buffer.from(octets).toString('hex')}`);
  const modulus = number(random(KEY_BYTES)) | 1n | (1n << BigInt(8 * KEY_BYTES - 1));
  const exponents = [number(sparse(KEY_BYTES)), ...Array.from({ length: POOL }, () => number(random(KEY_BYTES)) | (1n << BigInt(8 * KEY_BYTES - 1)))];
  const base = number(random(KEY_BYTES)) % modulus;
  let exponent = 1n;
  let sink = 0n;
  const prepare = (second: boolean, i: number): void => {
    exponent = (second ? exponents[1 + (i % POOL)] : exponents[0]) ?? 1n;
  };
  const run = (): void => {
    sink ^= windowed(base, exponent, modulus);
  };
  const t = worstT('control, BigInt: exponents of weight 2 / random', Math.min(samples, 15_000), prepare, run);
  return t > CONTROL && sink >= 0n;
}

console.log(`\nTiming statistics, ${samples} samples each, primes of ${8 * half} bits, fields up to ${FIELDS.n[1]} octets`);
const fastest = await loadBignum();
if (fastest.kind === 'fma') privateOperation(fastest);
privateOperation(await loadScalar());
await unpadding();
const seen = control();
if (!seen) console.log('  The control was not told apart: this run proves nothing.');
process.exit(seen ? 0 : 1);
