import type { Bytes } from '../../src/codec/bytes.ts';
import { type BignumModule, RsaPrivateKey, type RsaPrivateParts } from '../../src/crypto/bignum/index.ts';
import { bitLength } from '../../src/crypto/pkcs1.ts';
import type { NamedBlock } from './crypto-corpus.ts';

/** A file as keys, each with its examples: everything between one private key and the next. */
export interface Keyed {
  readonly key: RsaPrivateParts;
  readonly examples: readonly ReadonlyMap<string, Bytes>[];
}

/** `last` names the block that ends an example. */
export function keyed(blocks: readonly NamedBlock[], last: string): Keyed[] {
  const out: { key: RsaPrivateParts; examples: Map<string, Bytes>[] }[] = [];
  let fields = new Map<string, Bytes>();
  for (const { name, value } of blocks) {
    fields.set(name, value);
    if (name === 'coefficient') {
      const part = (wanted: string): Bytes => fields.get(wanted) ?? new Uint8Array(0);
      const key = {
        n: part('modulus'),
        e: part('public exponent'),
        p: part('prime 1'),
        q: part('prime 2'),
        dP: part('prime exponent 1'),
        dQ: part('prime exponent 2'),
        qInv: value,
      };
      out.push({ key, examples: [] });
      fields = new Map();
    } else if (name === last) {
      out.at(-1)?.examples.push(fields);
      fields = new Map();
    }
  }
  return out;
}

export function field(example: ReadonlyMap<string, Bytes>, name: string): Bytes {
  const value = example.get(name);
  if (value === undefined) throw new Error(`no ${name}; there are ${[...example.keys()].join(', ')}`);
  return Uint8Array.from(value);
}

export type OnExample = (key: RsaPrivateKey, example: ReadonlyMap<string, Bytes>, bits: number) => Promise<void>;

/** Runs `body` on each example with its key in `module`; answers how many there were. */
export async function onExamples(module: BignumModule, all: readonly Keyed[], body: OnExample): Promise<number> {
  let count = 0;
  for (const { key, examples } of all) {
    const loaded = new RsaPrivateKey(module, key);
    try {
      for (const example of examples) {
        await body(loaded, example, bitLength(key.n));
        count++;
      }
    } finally {
      loaded.wipe();
    }
  }
  return count;
}
