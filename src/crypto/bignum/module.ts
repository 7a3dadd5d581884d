import { type Bytes, copy } from '../../codec/bytes.ts';
import { CryptoError } from '../errors.ts';

/** Which module does the work: two lanes of fused multiply-adds, or limbs of 27 to 29 bits. */
export type BignumKind = 'fma' | 'scalar';

/** What both modules export (assembly/io.ts). Result codes: 0 done, 1 input not below n, 2 check failed, 3 no key. */
export interface BignumExports {
  readonly memory: WebAssembly.Memory;
  field(which: number): number;
  loadPublic(nBytes: number, eBytes: number): number;
  loadPrivate(pBytes: number): number;
  reseed(): void;
  publicOp(): number;
  privateOp(): number;
  wipe(): void;
}

/** The module of two lanes tells whether it may be used. */
interface FmaExports extends BignumExports {
  fused(): number;
}

/** What only the scalar module has: keys before they are used (assembly/keys.ts) and paddings (assembly/unpad.ts). */
export interface ScalarExports extends BignumExports {
  factor(pBytes: number): number;
  deriveCrt(pBytes: number): void;
  checkKey(pBytes: number, halfBits: number, withD: 0 | 1): number;
  strongRound(pBytes: number): number;
  unpadPkcs1(blockBytes: number, implicit: 0 | 1): number;
  unpadOaep(blockBytes: number, hashBytes: number): number;
}

type CommonField = 'n' | 'e' | 'p' | 'q' | 'dP' | 'dQ' | 'qInv' | 'rP' | 'rQ' | 'input' | 'output';
type ScalarField = 'd' | 'mask' | 'aux';

/** Numbers of the fields in assembly/io.ts, with their widths in bytes. */
export const FIELDS: Readonly<Record<CommonField | ScalarField, readonly [index: number, widthBytes: number]>> = {
  n: [0, 512],
  e: [1, 32],
  p: [2, 256],
  q: [3, 256],
  dP: [4, 256],
  dQ: [5, 256],
  qInv: [6, 256],
  rP: [7, 256],
  rQ: [8, 256],
  input: [9, 512],
  output: [10, 512],
  d: [11, 512],
  mask: [12, 512],
  aux: [13, 256],
};

/** How modules are found and compiled; tests and embedders may forbid one. */
export interface BignumOptions {
  /** Never use the fused multiply-add module. */
  readonly withoutFma?: boolean;
}

export interface BignumModule<Exports extends BignumExports = BignumExports> {
  readonly kind: BignumKind;
  /** A fresh instance with memory of its own: one for each key. */
  instantiate(): Exports;
}

function decode(base64: string): Bytes {
  const text = atob(base64);
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}

async function compileFma(): Promise<BignumModule | undefined> {
  const { wasm } = await import('./generated/fma.ts');
  const code = decode(wasm);
  // validate() is no proof that the page may run it (a Content-Security-Policy answers only at compilation), but it sorts out old engines.
  if (!WebAssembly.validate(code)) return undefined;
  const module = await WebAssembly.compile(code);
  const instance = (): FmaExports => new WebAssembly.Instance(module, {}).exports as unknown as FmaExports;
  // A machine without the fused instruction gives wrong numbers silently.
  if (instance().fused() !== 1) return undefined;
  return { kind: 'fma', instantiate: instance };
}

/** The scalar module with all that it has. @throws CryptoError `wasm-forbidden` */
export async function loadScalar(): Promise<BignumModule<ScalarExports>> {
  const { wasm } = await import('./generated/scalar.ts');
  try {
    const module = await WebAssembly.compile(decode(wasm));
    return { kind: 'scalar', instantiate: () => new WebAssembly.Instance(module, {}).exports as unknown as ScalarExports };
  } catch (cause) {
    throw forbidden(cause);
  }
}

const forbidden = (cause: unknown): CryptoError => new CryptoError('wasm-forbidden', 'WebAssembly can not be compiled here', { cause });

/**
 * The fastest module that this engine and machine run rightly.
 * @throws CryptoError `wasm-forbidden` when the page's Content-Security-Policy lacks 'wasm-unsafe-eval'
 */
export async function loadBignum(options: BignumOptions = {}): Promise<BignumModule> {
  let fma: BignumModule | undefined;
  try {
    fma = options.withoutFma === true ? undefined : await compileFma();
  } catch (cause) {
    throw forbidden(cause);
  }
  return fma ?? (await loadScalar());
}

/** Puts a number right-aligned into a field; leading zeros beyond the width are dropped. @throws CryptoError `bad-key` when it does not fit */
export function putField(core: ScalarExports, name: ScalarField, value: Uint8Array): void;
export function putField(core: BignumExports, name: CommonField, value: Uint8Array): void;
export function putField(core: BignumExports, name: CommonField | ScalarField, value: Uint8Array): void {
  const [index, width] = FIELDS[name];
  let from = 0;
  while (value.length - from > width && value[from] === 0) from++;
  if (value.length - from > width) throw new CryptoError('bad-key', `${name} is longer than ${width} bytes`);
  const at = core.field(index);
  const memory = new Uint8Array(core.memory.buffer);
  memory.fill(0, at, at + width);
  memory.set(value.subarray(from), at + width - (value.length - from));
}

/** The last `lengthBytes` of a field, as a copy. */
export function takeField(core: BignumExports, name: CommonField, lengthBytes: number): Bytes {
  const [index, width] = FIELDS[name];
  const at = core.field(index) + width - lengthBytes;
  return copy(new Uint8Array(core.memory.buffer).subarray(at, at + lengthBytes));
}
