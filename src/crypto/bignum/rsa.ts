import { type Bytes, leftPad } from '../../codec/bytes.ts';
import { type RandomSource, systemRandom } from '../../codec/random.ts';
import { CryptoError } from '../errors.ts';
import { type BignumExports, type BignumModule, putField, takeField } from './module.ts';

/** An RSA private key in its CRT form (RFC 8017, 3.2, second representation), numbers big-endian. */
export interface RsaPrivateParts {
  readonly n: Bytes;
  readonly e: Bytes;
  readonly p: Bytes;
  readonly q: Bytes;
  readonly dP: Bytes;
  readonly dQ: Bytes;
  readonly qInv: Bytes;
}

function significant(value: Uint8Array): number {
  let from = 0;
  while (from < value.length && value[from] === 0) from++;
  return value.length - from;
}

/** Random factors that are never zero modulo a prime: the top byte is free, the lowest bit set. */
function factor(random: RandomSource, lengthBytes: number): Bytes {
  const out = random(lengthBytes);
  out[lengthBytes - 1] = (out[lengthBytes - 1] ?? 0) | 1;
  return out;
}

function answered(code: number): void {
  if (code === 0) return;
  if (code === 1) throw new CryptoError('out-of-range', 'the number is not below the modulus');
  if (code === 2) throw new CryptoError('check-failed', 'the result did not check against the public key; it was not released');
  throw new CryptoError('bad-key', 'no usable key is loaded');
}

/** How many operations one blinding pair serves (it is squared after each) before a fresh one is drawn. */
const OPERATIONS_PER_BLINDING = 64;

/** One RSA private key inside an instance of the core. Constant time; every result is checked before it is released. */
export class RsaPrivateKey {
  readonly kind: BignumModule['kind'];
  readonly modulusBytes: number;
  readonly #core: BignumExports;
  readonly #primeBytes: number;
  readonly #random: RandomSource;
  #left: number = OPERATIONS_PER_BLINDING;
  #wiped = false;

  /**
   * Loads the key. The caller keeps, and wipes, its own copy.
   * @throws CryptoError `bad-key` when a number does not fit
   */
  constructor(module: BignumModule, key: RsaPrivateParts, random: RandomSource = systemRandom) {
    this.kind = module.kind;
    this.#core = module.instantiate();
    this.#random = random;
    this.modulusBytes = significant(key.n);
    this.#primeBytes = Math.max(significant(key.p), significant(key.q));
    try {
      for (const name of ['n', 'e', 'p', 'q', 'dP', 'dQ', 'qInv'] as const) putField(this.#core, name, key[name]);
      this.#draw();
      answered(this.#core.loadPublic(this.modulusBytes, significant(key.e)));
      answered(this.#core.loadPrivate(this.#primeBytes));
    } catch (error) {
      this.wipe();
      throw error;
    }
  }

  #draw(): void {
    putField(this.#core, 'rP', factor(this.#random, this.#primeBytes));
    putField(this.#core, 'rQ', factor(this.#random, this.#primeBytes));
    this.#left = OPERATIONS_PER_BLINDING;
  }

  /**
   * input^d mod n (RFC 8017, 5.1.2 and 5.2.1), `modulusBytes` long.
   * @throws CryptoError `out-of-range`, `check-failed` (a fault; nothing is released), `wiped`
   */
  privateOp(input: Uint8Array): Bytes {
    this.#alive();
    if (this.#left === 0) {
      this.#draw();
      this.#core.reseed();
    }
    this.#left -= 1;
    return this.#run(input, () => this.#core.privateOp());
  }

  /** input^e mod n (RFC 8017, 5.1.1 and 5.2.2). @throws CryptoError `out-of-range`, `wiped` */
  publicOp(input: Uint8Array): Bytes {
    this.#alive();
    return this.#run(input, () => this.#core.publicOp());
  }

  #run(input: Uint8Array, operation: () => number): Bytes {
    if (significant(input) > this.modulusBytes) throw new CryptoError('out-of-range', 'the number is not below the modulus');
    try {
      putField(this.#core, 'input', input);
      answered(operation());
      return takeField(this.#core, 'output', this.modulusBytes);
    } finally {
      putField(this.#core, 'input', new Uint8Array(0));
      putField(this.#core, 'output', new Uint8Array(0));
    }
  }

  #alive(): void {
    if (this.#wiped) throw new CryptoError('wiped', 'the key was wiped');
  }

  /** Overwrites the whole instance. Idempotent. */
  wipe(): void {
    this.#wiped = true;
    this.#core.wipe();
  }
}

/** m^e mod n on public values, by BigInt: also where WebAssembly is forbidden. @throws CryptoError `out-of-range` */
export function rsaPublic(n: Uint8Array, e: Uint8Array, input: Uint8Array): Bytes {
  const modulus = toBigInt(n);
  const base = toBigInt(input);
  if (base >= modulus) throw new CryptoError('out-of-range', 'the number is not below the modulus');
  let result = 1n;
  for (const bit of toBigInt(e).toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return fromBigInt(result, significant(n));
}

function toBigInt(value: Uint8Array): bigint {
  let hex = '0x0';
  for (const octet of value) hex += octet.toString(16).padStart(2, '0');
  return BigInt(hex);
}

function fromBigInt(value: bigint, lengthBytes: number): Bytes {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return leftPad(
    Uint8Array.from(even.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    lengthBytes,
  );
}
