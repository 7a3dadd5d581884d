import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { type BignumExports, putField, type ScalarExports } from '../../../src/crypto/bignum/module.ts';
import { choose, divide, leakAddress, leakStart, leakStop, leakWindow } from './leaks.ts';
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

/** Hash and number of all events of what `body` does with a fresh instance. */
function traced<Exports>(make: (onEvent: (value: number) => void) => WebAssembly.Exports, body: (core: Exports) => void): string {
  let hash = 0;
  let count = 0;
  const core = make((value) => {
    hash = (Math.imul(hash ^ (value | 0), 0x01000193) + (hash >>> 15)) | 0;
    count++;
  });
  body(core as unknown as Exports);
  return `${hash >>> 0}/${count}`;
}

interface Traces {
  readonly traces: number;
  readonly events: number;
}

/** How many different traces `runs` runs of `body` give. */
function distinctOf<Exports>(wasm: Uint8Array, runs: number, body: (core: Exports, run: number) => void): Traces {
  const make = instrumented(wasm);
  const seen = new Set<string>();
  for (let i = 0; i < runs; i++) seen.add(traced<Exports>(make, (core) => body(core, i)));
  return { traces: seen.size, events: Number([...seen][0]?.split('/')[1]) };
}

/** Loading a key and one private operation, with another key and message each time. */
function distinct(wasm: Uint8Array, runs: number): Traces {
  return distinctOf<BignumExports>(wasm, runs, (core) => {
    for (const [name, value] of Object.entries(secret())) putField(core, name as Field, value);
    expect(core.loadPublic(64, 3)).toBe(0);
    expect(core.loadPrivate(32)).toBe(0);
    expect(core.privateOp()).toBe(0);
  });
}

const BLOCK_BYTES = 128;

/** A block: good ones of every length and bad ones of every kind in turn, with what the core should answer. */
function pkcs1Block(run: number): { readonly block: Uint8Array; readonly length: number } {
  const block = Uint8Array.from(randomBytes(BLOCK_BYTES), (octet) => octet | 1);
  block.set([0, 2]);
  const length = (run * 37) % (BLOCK_BYTES - 10);
  block[BLOCK_BYTES - 1 - length] = 0;
  const kind = run % 8;
  if (kind < 3) return { block, length };
  if (kind === 3) block[0] = 1;
  else if (kind === 4) block[1] = 1;
  else if (kind === 5) block[2 + (run % 8)] = 0;
  else if (kind === 6) block.fill(0xff, 2);
  else block.set(randomBytes(BLOCK_BYTES));
  return { block, length: -1 };
}

function oaepBlock(run: number): { readonly db: Uint8Array; readonly first: number; readonly length: number } {
  const db = new Uint8Array(BLOCK_BYTES - 33);
  const length = (run * 23) % (db.length - 33);
  db.set(LABEL_HASH);
  db[db.length - length - 1] = 1;
  db.set(randomBytes(length), db.length - length);
  const kind = run % 7;
  if (kind < 3) return { db, first: 0, length };
  if (kind === 4) db[run % 32] = (db[run % 32] ?? 0) ^ 1;
  else if (kind === 5) db.fill(0, 32);
  else if (kind === 6) db[32] = 2;
  return { db, first: kind === 3 ? 1 : 0, length: -1 };
}
const LABEL_HASH = Uint8Array.from({ length: 32 }, (_, i) => 200 - i);

function unpadPkcs1(wasm: Uint8Array, runs: number, implicit: 0 | 1): Traces {
  return distinctOf<ScalarExports>(wasm, runs, (core, run) => {
    const { block, length } = pkcs1Block(run);
    putField(core, 'input', block);
    putField(core, 'mask', Uint8Array.from(randomBytes(BLOCK_BYTES)));
    putField(core, 'aux', Uint8Array.from(randomBytes(256)));
    const answer = core.unpadPkcs1(BLOCK_BYTES, implicit);
    if (implicit === 0 || length >= 0) expect(answer).toBe(length);
    else expect(answer).toBeGreaterThanOrEqual(0);
  });
}

function unpadOaep(wasm: Uint8Array, runs: number): Traces {
  return distinctOf<ScalarExports>(wasm, runs, (core, run) => {
    const { db, first, length } = oaepBlock(run);
    const mask = Uint8Array.from(randomBytes(db.length));
    const block = new Uint8Array(BLOCK_BYTES);
    block[0] = first;
    block.set(
      db.map((octet, i) => octet ^ (mask[i] ?? 0)),
      33,
    );
    putField(core, 'input', block);
    putField(core, 'mask', mask);
    const front = new Uint8Array(256);
    front.set(LABEL_HASH);
    putField(core, 'aux', front);
    expect(core.unpadOaep(BLOCK_BYTES, 32)).toBe(length);
  });
}

describe('constant time of the unpadding, deterministically', () => {
  it('64 blocks, good and bad, give one trace for each padding', async () => {
    const wasm = await compiled('scalar');
    for (const { traces, events } of [unpadPkcs1(wasm, 64, 0), unpadPkcs1(wasm, 64, 1), unpadOaep(wasm, 64)]) {
      expect(events).toBeGreaterThan(3000);
      expect(traces).toBe(1);
    }
  });

  it.each([
    ['a loop that stops at the separator', leakStop],
    ['an address that depends on the start', leakStart],
  ])('%s is caught', async (_name, change) => {
    const wasm = await compiled('scalar', change);
    expect(unpadPkcs1(wasm, 12, 0).traces).toBeGreaterThan(1);
    expect(unpadOaep(wasm, 12).traces).toBeGreaterThan(1);
  });
});

describe('constant time of checking and completing keys, deterministically', () => {
  it('12 keys give one trace for consistency, primality and an attempt to factor', async () => {
    const prepare = (core: ScalarExports, jwk: JsonWebKey): void => {
      const part = (text: string | undefined): Uint8Array => Uint8Array.from(Buffer.from(text ?? '', 'base64url'));
      const texts = { n: jwk.n, e: jwk.e, p: jwk.p, q: jwk.q, dP: jwk.dp, dQ: jwk.dq, qInv: jwk.qi };
      for (const name of names) putField(core, name, part(texts[name]));
      putField(core, 'd', part(jwk.d));
      putField(core, 'rP', Uint8Array.from(randomBytes(32)));
      putField(core, 'rQ', Uint8Array.from(randomBytes(32)));
      putField(core, 'input', Uint8Array.from(randomBytes(64)));
      expect(core.loadPublic(64, 3)).toBe(0);
    };
    const fresh = (): JsonWebKey => generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey.export({ format: 'jwk' });
    const wasm = await compiled('scalar');
    const bodies: ((core: ScalarExports) => void)[] = [
      (core) => {
        prepare(core, fresh());
        expect(core.checkKey(32, 256, 1)).toBe(0);
      },
      (core) => {
        prepare(core, fresh());
        expect(core.strongRound(32)).toBe(3);
      },
      (core) => {
        prepare(core, fresh());
        core.factor(32);
        core.deriveCrt(32);
      },
    ];
    for (const body of bodies) expect(distinctOf<ScalarExports>(wasm, 12, body).traces).toBe(1);
  });
});

describe('constant time of the RSA core, deterministically', () => {
  it.each(['scalar', 'fma'] as const)('%s: 32 keys and messages give one trace of blocks and addresses', async (kind) => {
    const { traces, events } = distinct(await compiled(kind), 32);
    expect(events).toBeGreaterThan(kind === 'scalar' ? 500_000 : 200_000);
    expect(traces).toBe(1);
  });

  it.each(['scalar', 'fma'] as const)('%s: work that depends on a window is caught', async (kind) => {
    expect(distinct(await compiled(kind, leakWindow), 6).traces).toBeGreaterThan(1);
  });

  it('scalar: a look-up by address is caught', async () => {
    expect(distinct(await compiled('scalar', leakAddress), 6).traces).toBeGreaterThan(1);
  });

  it.each(['scalar', 'fma'] as const)('%s: no select, division, remainder or root anywhere', async (kind) => {
    expect(forbiddenInstructions(await compiled(kind))).toEqual([]);
  });

  it('a planted division and a planted select are caught', async () => {
    const division = await compiled('scalar', divide);
    expect(forbiddenInstructions(division).some((line) => line.includes('div'))).toBe(true);
    const choice = await compiled('scalar', choose);
    expect(forbiddenInstructions(choice).some((line) => line.includes('select'))).toBe(true);
  });
});
