/*
 * Reads a WebAssembly module (core specification 2.0, chapter 5, with relaxed SIMD) into a form that can be walked: sections, and each
 * function as a list of instructions with the place where a branch goes. What the core's modules do not use is refused, not skipped.
 */

export interface Instruction {
  /** Opcode; prefixed ones as prefix * 0x1000 + number. */
  readonly op: number;
  /** Immediates: index, depth, i32 constant, memory offset; the depths of a br_table. */
  readonly immediates: readonly number[];
  /** Constant of i64.const. */
  readonly wide?: bigint;
  /** Octet in the module, to find the place again. */
  readonly at: number;
  /** Of block, loop, if and else: the instruction after which the construct is left; of if also its else. */
  end: number;
  otherwise: number;
}

export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  readonly results: number;
  /** Start values of the parameters and locals: 0 or 0n where the type is an integer's, else unknown. */
  readonly locals: readonly (number | bigint | undefined)[];
  readonly code: readonly Instruction[];
}

export interface DecodedModule {
  readonly functions: readonly WasmFunction[];
  readonly exports: ReadonlyMap<string, number>;
  /** Start values; undefined where the type is not i32. */
  readonly globals: readonly (number | undefined)[];
  readonly data: readonly { readonly offset: number; readonly octets: Uint8Array }[];
  readonly memoryPages: number;
}

export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i64Const: 0x42,
  truncateFirst: 0xfc000,
  truncateLast: 0xfc007,
  memoryCopy: 0xfc00a,
  memoryFill: 0xfc00b,
} as const;

class Reader {
  at: number;
  readonly octets: Uint8Array;
  constructor(octets: Uint8Array, at = 0) {
    this.octets = octets;
    this.at = at;
  }
  byte(): number {
    const octet = this.octets[this.at++];
    if (octet === undefined) throw new Error('the module ends too early');
    return octet;
  }
  /** LEB128, unsigned. */
  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const octet = this.byte();
      value |= (octet & 0x7f) << shift;
      if (octet < 0x80) return value >>> 0;
    }
  }
  /** LEB128, signed, its low 32 bits. */
  s32(): number {
    let value = 0;
    for (let shift = 0; ;) {
      const octet = this.byte();
      if (shift < 32) value |= (octet & 0x7f) << shift;
      shift += 7;
      if (octet < 0x80) return shift < 32 && (octet & 0x40) !== 0 ? value | (-1 << shift) : value;
    }
  }
  /** LEB128, signed, 64 bits. */
  s64(): bigint {
    let value = 0n;
    for (let shift = 0n; ;) {
      const octet = this.byte();
      value |= BigInt(octet & 0x7f) << shift;
      shift += 7n;
      if (octet < 0x80) return BigInt.asIntN(64, shift < 64n && (octet & 0x40) !== 0 ? value - (1n << shift) : value);
    }
  }
  skip(count: number): void {
    this.at += count;
  }
  take(count: number): Uint8Array {
    this.at += count;
    return this.octets.subarray(this.at - count, this.at);
  }
  name(): string {
    return new TextDecoder().decode(this.take(this.u32()));
  }
}

/** SIMD instructions whose immediates are an address, a lane, or sixteen octets. */
const simdMemory = (number: number): boolean => number <= 11 || number === 92 || number === 93;
const simdLane = (number: number): boolean => number >= 21 && number <= 34;

function immediates(reader: Reader, op: number): number[] {
  const memarg = (): number[] => {
    reader.u32();
    return [reader.u32()];
  };
  if (op === OP.brTable) return Array.from({ length: reader.u32() + 1 }, () => reader.u32());
  if (op === OP.block || op === OP.loop || op === OP.if) {
    const type = reader.byte();
    if (type < 0x40) throw new Error('a block with parameters');
    return [type === 0x40 ? 0 : 1];
  }
  if (op === OP.br || op === OP.brIf || op === OP.call || (op >= OP.localGet && op <= OP.globalSet)) return [reader.u32()];
  if (op >= 0x28 && op <= 0x3e) return memarg();
  if (op === OP.i32Const) return [reader.s32()];
  if (op === 0x43) return (reader.skip(4), []);
  if (op === 0x44) return (reader.skip(8), []);
  if (op === OP.memoryCopy) return (reader.skip(2), []);
  if (op === OP.memoryFill) return (reader.skip(1), []);
  if (op >= OP.truncateFirst && op <= OP.truncateLast) return [];
  if (op >= 0xfd000) {
    const number = op - 0xfd000;
    if (simdMemory(number)) return memarg();
    if (number === 12 || number === 13) return (reader.skip(16), []);
    if (simdLane(number)) return [reader.byte()];
    if (number >= 84 && number <= 91) throw new Error('a load or store of one lane');
    return [];
  }
  const plain = op <= 0x01 || op === OP.else || op === OP.end || op === OP.return || op === OP.drop || op === OP.select || (op >= 0x45 && op <= 0xc4);
  if (!plain) throw new Error(`instruction ${op.toString(16)} is not known here`);
  return [];
}

function instructions(reader: Reader, end: number): Instruction[] {
  const code: Instruction[] = [];
  const open: number[] = [];
  while (reader.at < end) {
    const { at } = reader;
    let op = reader.byte();
    if (op === 0xfc || op === 0xfd) op = op * 0x1000 + reader.u32();
    const instruction: Instruction =
      op === OP.i64Const
        ? { op, immediates: [], wide: reader.s64(), at, end: -1, otherwise: -1 }
        : { op, immediates: immediates(reader, op), at, end: -1, otherwise: -1 };
    const index = code.push(instruction) - 1;
    if (op === OP.block || op === OP.loop || op === OP.if) open.push(index);
    else if (op === OP.else) {
      const head = code[open.at(-1) ?? -1];
      if (head === undefined) throw new Error('else without if');
      head.otherwise = index;
    } else if (op === OP.end) {
      const head = code[open.pop() ?? -1];
      if (head === undefined) continue;
      head.end = index;
      const otherwise = code[head.otherwise];
      if (otherwise !== undefined) otherwise.end = index;
    }
  }
  return code;
}

/** Only i32 start values are kept: no other type has an address or decides anything here. */
function constant(reader: Reader): number | undefined {
  const code: Instruction[] = [];
  for (;;) {
    let op = reader.byte();
    if (op === 0xfd) op = op * 0x1000 + reader.u32();
    if (op === OP.end) break;
    if (op === OP.i64Const) reader.s64();
    else code.push({ op, immediates: immediates(reader, op), at: 0, end: -1, otherwise: -1 });
  }
  const only = code[0];
  return code.length === 1 && only?.op === OP.i32Const ? only.immediates[0] : undefined;
}

const startOf = (type: number): number | bigint | undefined => (type === 0x7f ? 0 : type === 0x7e ? 0n : undefined);

/** @throws Error for a module with imports, tables or instructions that are not known here */
export function decode(wasm: Uint8Array): DecodedModule {
  const reader = new Reader(wasm, 8);
  const types: { parameters: Uint8Array; results: number }[] = [];
  const signatures: number[] = [];
  const functions: WasmFunction[] = [];
  const exports = new Map<string, number>();
  const globals: (number | undefined)[] = [];
  const data: { offset: number; octets: Uint8Array }[] = [];
  let memoryPages = 0;
  while (reader.at < wasm.length) {
    const section = reader.byte();
    const size = reader.u32();
    const end = reader.at + size;
    const each = (body: (index: number) => void): void => {
      const count = reader.u32();
      for (let i = 0; i < count; i++) body(i);
    };
    if (section === 1)
      each(() => {
        reader.byte();
        const parameters = reader.take(reader.u32());
        types.push({ parameters, results: reader.take(reader.u32()).length });
      });
    else if (section === 2) throw new Error('a module with imports');
    else if (section === 3) each(() => signatures.push(reader.u32()));
    else if (section === 5)
      each(() => {
        const limited = reader.byte() === 1;
        memoryPages = reader.u32();
        if (limited) reader.u32();
      });
    else if (section === 6)
      each(() => {
        reader.skip(2);
        globals.push(constant(reader));
      });
    else if (section === 7)
      each(() => {
        const name = reader.name();
        const kind = reader.byte();
        const index = reader.u32();
        if (kind === 0) exports.set(name, index);
      });
    else if (section === 10)
      each((index) => {
        const bodyEnd = reader.u32() + reader.at;
        const type = types[signatures[index] ?? -1];
        if (type === undefined) throw new Error('a function without a type');
        const locals = Array.from(type.parameters, startOf);
        each(() => {
          const count = reader.u32();
          locals.push(...Array<number | bigint | undefined>(count).fill(startOf(reader.byte())));
        });
        const name = [...exports].find(([, exported]) => exported === index)?.[0] ?? `function ${index}`;
        functions.push({ name, parameters: type.parameters.length, results: type.results, locals, code: instructions(reader, bodyEnd) });
      });
    else if (section === 11)
      each(() => {
        if (reader.u32() !== 0) throw new Error('a data segment that is not active');
        const offset = constant(reader);
        if (offset === undefined) throw new Error('a data segment at no constant place');
        data.push({ offset, octets: reader.take(reader.u32()) });
      });
    reader.at = end;
  }
  return { functions, exports, globals, data, memoryPages };
}
