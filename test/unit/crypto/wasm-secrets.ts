import { decode, type DecodedModule, type Instruction, OP } from './wasm-decode.ts';

/*
 * Runs a module on values of which only the public ones are known. A secret is not a sample but "unknown", and so is what is computed
 * from it; wherever the machine would need an unknown value (to branch, to address memory, to divide, to select) that place is reported.
 * A run without report took the one path that every secret takes, so it holds for all secrets of the sizes that were run.
 * Only integers are ever known, and of what is in memory only i32: floating-point and vector values are unknown from the start.
 */

/** An i32 as a number, an i64 as a bigint, or unknown. */
type Value = number | bigint | undefined;

export interface SecretRun {
  /** Runs an exported function; undefined for a result that is unknown. */
  call(name: string, ...parameters: Value[]): Value;
  /** Public octets at an address. */
  put(address: number, octets: Uint8Array): void;
  /** Octets that are secret. */
  hide(address: number, length: number): void;
  /** What would have shown a secret: function, instruction and octet of the module, each place once. */
  readonly found: ReadonlySet<string>;
  readonly steps: number;
}

/** Thrown where the path itself would depend on a secret: nothing after it could be trusted. */
class PathUnknown extends Error {}

const DIVISIONS = new Set([
  0x6d,
  0x6e,
  0x6f,
  0x70,
  0x7f,
  0x80,
  0x81,
  0x82,
  0x95,
  0x9f,
  0xa3,
  0xfd000 + 227,
  0xfd000 + 231,
  0xfd000 + 239,
  0xfd000 + 243,
]);

const wideCompare: readonly ((a: bigint, b: bigint) => boolean)[] = [
  (a, b) => a === b,
  (a, b) => a !== b,
  (a, b) => a < b,
  (a, b) => BigInt.asUintN(64, a) < BigInt.asUintN(64, b),
  (a, b) => a > b,
  (a, b) => BigInt.asUintN(64, a) > BigInt.asUintN(64, b),
  (a, b) => a <= b,
  (a, b) => BigInt.asUintN(64, a) <= BigInt.asUintN(64, b),
  (a, b) => a >= b,
  (a, b) => BigInt.asUintN(64, a) >= BigInt.asUintN(64, b),
];
const wideArithmetic = new Map<number, (a: bigint, b: bigint) => bigint>([
  [0x7c, (a, b) => a + b],
  [0x7d, (a, b) => a - b],
  [0x7e, (a, b) => a * b],
  [0x83, (a, b) => a & b],
  [0x84, (a, b) => a | b],
  [0x85, (a, b) => a ^ b],
  [0x86, (a, b) => a << (b & 63n)],
  [0x87, (a, b) => a >> (b & 63n)],
  [0x88, (a, b) => BigInt.asUintN(64, a) >> (b & 63n)],
]);

const compare: readonly ((a: number, b: number) => boolean)[] = [
  (a, b) => a === b,
  (a, b) => a !== b,
  (a, b) => a < b,
  (a, b) => a >>> 0 < b >>> 0,
  (a, b) => a > b,
  (a, b) => a >>> 0 > b >>> 0,
  (a, b) => a <= b,
  (a, b) => a >>> 0 <= b >>> 0,
  (a, b) => a >= b,
  (a, b) => a >>> 0 >= b >>> 0,
];
const refuse = (): never => {
  throw new Error('a division: the lint of instructions refuses it already');
};
const arithmetic: readonly ((a: number, b: number) => number)[] = [
  (a, b) => a + b,
  (a, b) => a - b,
  (a, b) => Math.imul(a, b),
  refuse,
  refuse,
  refuse,
  refuse,
  (a, b) => a & b,
  (a, b) => a | b,
  (a, b) => a ^ b,
  (a, b) => a << b,
  (a, b) => a >> b,
  (a, b) => a >>> b,
  (a, b) => (a << b) | (a >>> (32 - (b & 31))),
  (a, b) => (a >>> b) | (a << (32 - (b & 31))),
];

/** How many operands an instruction of numbers takes; it gives one. */
function operands(op: number): 1 | 2 | 3 {
  if (op >= OP.truncateFirst && op <= OP.truncateLast) return 1;
  if (op < 0xfd000) {
    const unary = op === 0x45 || op === 0x50 || (op >= 0x67 && op <= 0x69) || (op >= 0x79 && op <= 0x7b) || (op >= 0x8b && op <= 0x91);
    return unary || (op >= 0x99 && op <= 0x9f) || op >= 0xa7 ? 1 : 2;
  }
  const number = op - 0xfd000;
  if (number === 82 || (number >= 261 && number <= 268)) return 3;
  const extract = [21, 22, 24, 25, 27, 29, 31, 33].includes(number);
  const conversion = number === 77 || number === 94 || number === 95 || (number >= 248 && number <= 255) || (number >= 257 && number <= 260);
  const splat = number >= 15 && number <= 20;
  const unary = [83, 96, 97, 98, 128, 129, 160, 161, 192, 193, 224, 225, 227, 236, 237, 239].includes(number);
  const extend =
    (number >= 124 && number <= 127) || (number >= 135 && number <= 138) || (number >= 167 && number <= 170) || (number >= 199 && number <= 202);
  return extract || conversion || splat || unary || extend ? 1 : 2;
}

/** Octets that a load or store of integers moves, by opcode from 0x28; floating-point ones too. */
const LOAD_BYTES = [4, 8, 4, 8, 1, 1, 2, 2, 1, 1, 2, 2, 4, 4];
const STORE_BYTES = [4, 8, 4, 8, 1, 2, 1, 2, 4];
const simdBytes = (number: number): number => (number === 92 ? 4 : number === 93 || (number >= 1 && number <= 6) || number === 10 ? 8 : 16);

/** What an instruction with one operand gives. */
function one(op: number, c: Value): Value {
  if (typeof c === 'bigint') return op === 0x50 ? Number(c === 0n) : op === 0xa7 ? Number(BigInt.asIntN(32, c)) : undefined;
  if (c === undefined) return undefined;
  if (op === 0x45) return Number(c === 0);
  if (op === 0x67) return Math.clz32(c);
  if (op === 0x68) return c === 0 ? 32 : 31 - Math.clz32(c & -c);
  if (op === 0xc0) return (c << 24) >> 24;
  if (op === 0xc1) return (c << 16) >> 16;
  if (op === 0xac) return BigInt(c);
  if (op === 0xad) return BigInt(c >>> 0);
  return undefined;
}

/** What an instruction with two operands gives. */
function two(op: number, b: Value, c: Value): Value {
  if (typeof b === 'bigint' && typeof c === 'bigint') {
    if (op >= 0x51 && op <= 0x5a) return Number(wideCompare[op - 0x51]?.(b, c));
    const result = wideArithmetic.get(op)?.(b, c);
    return result === undefined ? undefined : BigInt.asIntN(64, result);
  }
  if (typeof b !== 'number' || typeof c !== 'number') return undefined;
  if (op >= 0x46 && op <= 0x4f) return Number(compare[op - 0x46]?.(b, c));
  return op >= 0x6a && op <= 0x78 && !DIVISIONS.has(op) ? (arithmetic[op - 0x6a]?.(b, c) ?? 0) | 0 : undefined;
}

export function secretRun(wasm: Uint8Array): SecretRun {
  const module: DecodedModule = decode(wasm);
  const octets = new Uint8Array(module.memoryPages * 65536);
  /** 1 where the octet is secret or unknown. */
  const unknown = new Uint8Array(octets.length);
  const globals: Value[] = [...module.globals];
  const found = new Set<string>();
  let steps = 0;
  for (const { offset, octets: content } of module.data) octets.set(content, offset);

  const need = (value: Value, where: string, what: string): number => {
    if (typeof value === 'number') return value;
    found.add(`${where}: ${what}`);
    throw new PathUnknown();
  };

  const load = (op: number, address: number): Value => {
    const bytes = op >= 0xfd000 ? simdBytes(op - 0xfd000) : (LOAD_BYTES[op - 0x28] ?? 0);
    if (address < 0 || address + bytes > octets.length) throw new Error('a load outside of memory');
    const isInteger = op === 0x28 || (op >= 0x2c && op <= 0x2f);
    if (!isInteger) return undefined;
    let value = 0;
    for (let i = 0; i < bytes; i++) {
      if (unknown[address + i] === 1) return undefined;
      value |= (octets[address + i] ?? 0) << (8 * i);
    }
    const signed = op === 0x2c || op === 0x2e;
    return signed ? (value << (32 - 8 * bytes)) >> (32 - 8 * bytes) : value;
  };
  const store = (op: number, address: number, value: Value): void => {
    const bytes = op >= 0xfd000 ? 16 : (STORE_BYTES[op - 0x36] ?? 0);
    if (address < 0 || address + bytes > octets.length) throw new Error('a store outside of memory');
    for (let i = 0; i < bytes; i++) {
      unknown[address + i] = typeof value === 'number' ? 0 : 1;
      octets[address + i] = typeof value === 'number' ? value >>> (8 * i) : 0;
    }
  };

  function number(op: number, stack: Value[], where: string): void {
    const count = operands(op);
    const c = stack.pop();
    const b = count >= 2 ? stack.pop() : undefined;
    if (count === 3) stack.pop();
    if (DIVISIONS.has(op)) found.add(`${where}: division`);
    stack.push(count === 1 ? one(op, c) : count === 2 ? two(op, b, c) : undefined);
  }

  function run(index: number, parameters: readonly Value[]): Value {
    const body = module.functions[index];
    if (body === undefined) throw new Error(`no function ${index}`);
    const locals: Value[] = [...parameters, ...body.locals.slice(body.parameters)];
    const stack: Value[] = [];
    const labels: { readonly head: Instruction | undefined; readonly start: number; readonly height: number }[] = [
      { head: undefined, start: 0, height: 0 },
    ];
    const result = (): Value => (body.results === 1 ? stack.pop() : undefined);
    let at = 0;
    /** Leaves for the label at a depth; answers whether the function is left. */
    const branch = (depth: number): boolean => {
      const label = labels[labels.length - 1 - depth];
      if (label?.head === undefined) return true;
      const isLoop = label.head.op === OP.loop;
      const kept = isLoop || label.head.immediates[0] === 0 ? [] : [stack.pop()];
      stack.length = label.height;
      stack.push(...kept);
      labels.length -= isLoop ? depth : depth + 1;
      at = isLoop ? label.start : label.head.end + 1;
      return false;
    };
    for (;;) {
      const instruction = body.code[at];
      if (instruction === undefined) return result();
      steps++;
      at++;
      const { op, immediates } = instruction;
      const immediate = immediates[0] ?? 0;
      const where = `${body.name} at ${instruction.at}`;
      if (op === OP.block || op === OP.loop) labels.push({ head: instruction, start: at, height: stack.length });
      else if (op === OP.if) {
        const yes = need(stack.pop(), where, 'branch') !== 0;
        if (yes || instruction.otherwise >= 0) labels.push({ head: instruction, start: at, height: stack.length });
        if (!yes) at = instruction.otherwise >= 0 ? instruction.otherwise + 1 : instruction.end + 1;
      } else if (op === OP.else) at = instruction.end;
      else if (op === OP.end) {
        labels.pop();
        if (labels.length === 0) return result();
      } else if (op === OP.br) {
        if (branch(immediate)) return result();
      } else if (op === OP.brIf) {
        if (need(stack.pop(), where, 'branch') !== 0 && branch(immediate)) return result();
      } else if (op === OP.brTable) {
        const which = need(stack.pop(), where, 'branch') >>> 0;
        if (branch(immediates[Math.min(which, immediates.length - 1)] ?? 0)) return result();
      } else if (op === OP.return) return result();
      else if (op === OP.unreachable) throw new Error(`${where}: unreachable`);
      else if (op === OP.call) {
        const callee = module.functions[immediate];
        if (callee === undefined) throw new Error('a call of nothing');
        const passed = stack.splice(stack.length - callee.parameters, callee.parameters);
        const answer = run(immediate, passed);
        if (callee.results === 1) stack.push(answer);
      } else if (op === OP.drop) stack.pop();
      else if (op === OP.select) {
        const condition = stack.pop();
        const [no, yes] = [stack.pop(), stack.pop()];
        if (condition === undefined) found.add(`${where}: select`);
        stack.push(condition === undefined ? undefined : condition !== 0 ? yes : no);
      } else if (op === OP.localGet) stack.push(locals[immediate]);
      else if (op === OP.localSet) locals[immediate] = stack.pop();
      else if (op === OP.localTee) locals[immediate] = stack.at(-1);
      else if (op === OP.globalGet) stack.push(globals[immediate]);
      else if (op === OP.globalSet) globals[immediate] = stack.pop();
      else if (op === OP.i32Const) stack.push(immediate);
      else if (op === OP.i64Const) stack.push(instruction.wide);
      else if (op === 0x43 || op === 0x44 || op === 0xfd00c) stack.push(undefined);
      else if ((op >= 0x28 && op <= 0x35) || (op >= 0xfd000 && op < 0xfd00b) || op === 0xfd000 + 92 || op === 0xfd000 + 93)
        stack.push(load(op, need(stack.pop(), where, 'address') + immediate));
      else if ((op >= 0x36 && op <= 0x3e) || op === 0xfd00b) {
        const value = stack.pop();
        store(op, need(stack.pop(), where, 'address') + immediate, op === 0x36 || op === 0x3a || op === 0x3b ? value : undefined);
      } else if (op === OP.memoryFill || op === OP.memoryCopy) {
        const length = need(stack.pop(), where, 'length');
        const from = stack.pop();
        const to = need(stack.pop(), where, 'address');
        if (op === OP.memoryFill) {
          octets.fill(typeof from === 'number' ? from : 0, to, to + length);
          unknown.fill(typeof from === 'number' ? 0 : 1, to, to + length);
        } else {
          const source = need(from, where, 'address');
          octets.copyWithin(to, source, source + length);
          unknown.copyWithin(to, source, source + length);
        }
      } else if ((op >= 0x45 && op <= 0xc4) || op >= OP.truncateFirst) number(op, stack, where);
      else if (op !== 0x01) throw new Error(`${where}: instruction ${op.toString(16)}`);
    }
  }

  return {
    found,
    get steps() {
      return steps;
    },
    put(address, content) {
      octets.set(content, address);
      unknown.fill(0, address, address + content.length);
    },
    hide(address, length) {
      unknown.fill(1, address, address + length);
    },
    call(name, ...parameters) {
      const index = module.exports.get(name);
      if (index === undefined) throw new Error(`no export ${name}`);
      try {
        return run(index, parameters);
      } catch (error) {
        if (!(error instanceof PathUnknown)) throw error;
        return undefined;
      }
    },
  };
}
