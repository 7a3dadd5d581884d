import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { type BignumExports, putField } from '../../../src/crypto/bignum/module.ts';
import { compiled, forbiddenInstructions, instrumented } from './wasm-tools.ts';

setFlagsFromString('--experimental-wasm-relaxed-simd');

const names = ['n', 'e', 'p', 'q', 'dP', 'dQ', 'qInv'] as const;
type Field = (typeof names)[number] | 'rP' | 'rQ' | 'input';
type Secret = Partial<Record<Field, Uint8Array>>;

/** A fresh key of 512 bits with random blinding and a random message: everything that may vary. */
function secret(): Secret {
  const jwk = generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey.export({ format: 'jwk' });
  const values = [jwk.n, jwk.e, jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi].map((text) => Uint8Array.from(Buffer.from(text ?? '', 'base64url')));
  const input = Uint8Array.from(randomBytes(64));
  input[0] = 0;
  return {
    ...Object.fromEntries(names.map((name, i) => [name, values[i]])),
    rP: Uint8Array.from(randomBytes(32)),
    rQ: Uint8Array.from(randomBytes(32)),
    input,
  };
}

/** Hash and number of all events of loading a key and one private operation. */
function trace(make: (onEvent: (value: number) => void) => WebAssembly.Exports, values: Secret): string {
  let hash = 0;
  let count = 0;
  const core = make((value) => {
    hash = (Math.imul(hash ^ (value | 0), 0x01000193) + (hash >>> 15)) | 0;
    count++;
  }) as unknown as BignumExports;
  for (const [name, value] of Object.entries(values)) putField(core, name as Field, value);
  expect(core.loadPublic(64, 3)).toBe(0);
  expect(core.loadPrivate(32)).toBe(0);
  expect(core.privateOp()).toBe(0);
  return `${hash >>> 0}/${count}`;
}

function distinct(wasm: Uint8Array, runs: number): { readonly traces: number; readonly events: number } {
  const make = instrumented(wasm);
  const seen = new Set<string>();
  for (let i = 0; i < runs; i++) seen.add(trace(make, secret()));
  return { traces: seen.size, events: Number([...seen][0]?.split('/')[1]) };
}

/** Extra work when a window of the exponent is zero: the result stays right, the trace depends on the exponent. */
const leak = (source: string, file: string): string =>
  file.startsWith('rsa-')
    ? source.replace(
        /lookUp\(Z, window5\((\w+), length, w\)[^;]*;\n\s*mul\(r, r, Z, f\);/,
        (all, name: string) => `${all}\n    if (window5(${name}, length, w) === 0) sqr(Z, Z, f);`,
      )
    : source;
/** A look-up that reads one entry only. */
const leakAddress = (source: string, file: string): string =>
  file === 'rsa-scalar.ts' ? source.replace('for (let k: u32 = 0; k < 32; k += 4) {', 'for (let k: u32 = index & 28; k <= index; k += 4) {') : source;

describe('constant time of the RSA core, deterministically', () => {
  it.each(['scalar', 'fma'] as const)('%s: 32 keys and messages give one trace of blocks and addresses', async (kind) => {
    const { traces, events } = distinct(await compiled(kind), 32);
    expect(events).toBeGreaterThan(kind === 'scalar' ? 500_000 : 200_000);
    expect(traces).toBe(1);
  });

  it.each(['scalar', 'fma'] as const)('%s: work that depends on a window is caught', async (kind) => {
    expect(distinct(await compiled(kind, leak), 6).traces).toBeGreaterThan(1);
  });

  it('scalar: a look-up by address is caught', async () => {
    expect(distinct(await compiled('scalar', leakAddress), 6).traces).toBeGreaterThan(1);
  });

  it.each(['scalar', 'fma'] as const)('%s: no select, division, remainder or root anywhere', async (kind) => {
    expect(forbiddenInstructions(await compiled(kind))).toEqual([]);
  });

  it('a planted division and a planted select are caught', async () => {
    const division = await compiled('scalar', (source, file) =>
      file === 'scalar-kernel.ts' ? source.replace('const d = <i32>x -', 'const d = <i32>x / (borrow | 1) -') : source,
    );
    expect(forbiddenInstructions(division).some((line) => line.includes('div'))).toBe(true);
    const choice = await compiled('scalar', (source, file) =>
      file === 'rsa-scalar.ts' ? source.replace('const mask = <u8>(0 - good);', 'const mask: u8 = select<u8>(255, 0, good === 1);') : source,
    );
    expect(forbiddenInstructions(choice).some((line) => line.includes('select'))).toBe(true);
  });
});
