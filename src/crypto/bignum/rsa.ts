import type { Bytes } from '../../codec/bytes.ts';
import { type RandomSource, systemRandom } from '../../codec/random.ts';
import { CryptoError } from '../errors.ts';
import { type BignumExports, type BignumModule, putField, takeField } from './module.ts';
import { significant } from './public-bigint.ts';

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

/** One operation on `input`; both fields are overwritten afterwards. */
function run(core: BignumExports, modulusBytes: number, input: Uint8Array, operation: () => number): Bytes {
  if (significant(input) > modulusBytes) throw new CryptoError('out-of-range', 'the number is not below the modulus');
  try {
    putField(core, 'input', input);
    answered(operation());
    return takeField(core, 'output', modulusBytes);
  } finally {
    putField(core, 'input', new Uint8Array(0));
    putField(core, 'output', new Uint8Array(0));
  }
}

/** One RSA public key inside an instance of the core, for messages that are secret. Constant time for a given key. */
export class RsaPublicKey {
  readonly kind: BignumModule['kind'];
  readonly modulusBytes: number;
  readonly #core: BignumExports;

  /** @throws CryptoError `bad-key` when a number does not fit */
  constructor(module: BignumModule, key: { readonly n: Uint8Array; readonly e: Uint8Array }) {
    this.kind = module.kind;
    this.#core = module.instantiate();
    this.modulusBytes = significant(key.n);
    putField(this.#core, 'n', key.n);
    putField(this.#core, 'e', key.e);
    answered(this.#core.loadPublic(this.modulusBytes, significant(key.e)));
  }

  /** input^e mod n (RFC 8017, 5.1.1), `modulusBytes` long. @throws CryptoError `out-of-range` */
  publicOp(input: Uint8Array): Bytes {
    return run(this.#core, this.modulusBytes, input, () => this.#core.publicOp());
  }

  /** Overwrites the whole instance, the last message with it; no operation afterwards. */
  wipe(): void {
    this.#core.wipe();
  }
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
    return run(this.#core, this.modulusBytes, input, () => this.#core.privateOp());
  }

  /** input^e mod n (RFC 8017, 5.1.1 and 5.2.2). @throws CryptoError `out-of-range`, `wiped` */
  publicOp(input: Uint8Array): Bytes {
    this.#alive();
    return run(this.#core, this.modulusBytes, input, () => this.#core.publicOp());
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
