import { describe, expect, it } from 'vitest';
import { compiled } from './wasm-tools.ts';

/*
 * The fullest columns that a product and its reduction can have, for 36 limbs of 29 bits: no sample of keys comes near them, so numbers
 * are made whose limbs, the modulus's and all quotient digits are near 2^29. BigInt tells what must come out.
 */

const LIMBS = 36;
const BITS = 29n;
const TOP = 1n << BITS;
const R = 1n << (BITS * BigInt(LIMBS));
/** Free memory behind the module's own. */
const [RECORD, A, B, OUT] = [100_000, 104_000, 108_000, 112_000] as const;

interface Kernel {
  readonly memory: WebAssembly.Memory;
  mul(r: number, a: number, b: number, f: number): void;
  sqr(r: number, a: number, f: number): void;
}

const withKernel = (source: string, file: string): string =>
  file === 'scalar.ts' ? `${source}\nexport { mul, sqr } from './scalar-kernel';\n` : source;
const withoutRelief = (source: string, file: string): string =>
  file === 'scalar-kernel.ts' ? source.replace('if (n > ROOM && W === 29) relieve(t, n, W);', '') : withKernel(source, file);

async function kernel(change: (source: string, file: string) => string): Promise<Kernel> {
  return new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(await compiled('scalar', change)))).exports as unknown as Kernel;
}

function put(core: Kernel, at: number, value: bigint): void {
  const words = new Uint32Array(core.memory.buffer, at, LIMBS);
  for (let i = 0; i < LIMBS; i++) words[i] = Number((value >> (BITS * BigInt(i))) % TOP);
}
function take(core: Kernel): bigint {
  return new Uint32Array(core.memory.buffer, OUT, LIMBS).reduceRight((value, limb) => (value << BITS) | BigInt(limb), 0n);
}

/** The inverse of an odd number modulo a power of two, by Newton's iteration. */
function inverse(odd: bigint, modulus: bigint): bigint {
  let x = 1n;
  for (let i = 0; i < 12; i++) x = (((x * (2n - odd * x)) % modulus) + modulus) % modulus;
  return x;
}

/** a and b with a * b = N modulo R, all limbs of a, b and N above 31/32 of 2^29: then every quotient digit is 2^29 - 1. */
function fullest(): { readonly a: bigint; readonly b: bigint; readonly n: bigint } {
  const limb = TOP - (1n << 15n) - 1n;
  let b = 0n;
  for (let i = 0; i < LIMBS; i++) b = (b << BITS) | limb;
  const high = TOP - TOP / 32n;
  const perLimb = inverse(limb, TOP);
  let a = 0n;
  let n = 0n;
  for (let i = 0n; i < LIMBS; i++) {
    const shift = BITS * i;
    const known = ((a * b) >> shift) % TOP;
    for (let want = TOP - 1n; ; want -= 2n) {
      const next = ((((want - known) * perLimb) % TOP) + TOP) % TOP;
      if (next < high) continue;
      if (want < high) throw new Error('no such limb');
      a |= next << shift;
      n |= want << shift;
      break;
    }
  }
  return { a, b, n };
}

function prepare(core: Kernel, a: bigint, b: bigint, n: bigint): void {
  const head = new Uint32Array(core.memory.buffer, RECORD, 3);
  head.set([LIMBS, Number(BITS), Number((TOP - inverse(n % TOP, TOP)) % TOP)]);
  put(core, RECORD + 16, n);
  put(core, A, a);
  put(core, B, b);
}
const reduced = (t: bigint, n: bigint): bigint => ((t + ((R - ((t * inverse(n, R)) % R)) % R) * n) / R) % R;

describe('the fullest columns of 36 limbs of 29 bits', () => {
  const { a, b, n } = fullest();

  it('would overflow 64 bits without relief', () => {
    const limbs = (value: bigint): bigint[] => Array.from({ length: LIMBS }, (_, i) => (value >> (BITS * BigInt(i))) % TOP);
    const [as, bs, ns] = [limbs(a), limbs(b).reverse(), limbs(n)];
    expect((a * b) % R).toBe(n);
    const middle = as.reduce((sum, limb, i) => sum + limb * (bs[i] ?? 0n) + (TOP - 1n) * (ns[i] ?? 0n), 0n);
    expect(middle > 1n << 64n).toBe(true);
  });

  it('a product of them is what BigInt has, and so is a square', async () => {
    const core = await kernel(withKernel);
    prepare(core, a, b, n);
    core.mul(OUT, A, B, RECORD);
    expect(take(core)).toBe(reduced(a * b, n));
    for (const base of [a, b, n, R - 1n]) {
      prepare(core, base, b, n);
      core.sqr(OUT, A, RECORD);
      expect(take(core)).toBe(reduced(base * base, n));
    }
  });

  it('a kernel without relief is caught', async () => {
    const core = await kernel(withoutRelief);
    prepare(core, a, b, n);
    core.mul(OUT, A, B, RECORD);
    expect(take(core)).not.toBe(reduced(a * b, n));
  });
});
