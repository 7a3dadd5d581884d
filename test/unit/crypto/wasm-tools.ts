import binaryen from 'binaryen';
import { compile } from '../../../.config/steps/wasm.mjs';

const unchanged = new Map<string, Promise<Uint8Array>>();

/** One module of the core, compiled from its text, which may be changed before; without a change it is compiled once. */
export async function compiled(name: 'scalar' | 'fma', change?: (source: string, file: string) => string): Promise<Uint8Array> {
  if (change !== undefined) return (await compile(name, change)) as Uint8Array;
  const found = unchanged.get(name) ?? (compile(name) as Promise<Uint8Array>);
  unchanged.set(name, found);
  return found;
}

const features = (): number => {
  const F = binaryen.Features;
  return F.MutableGlobals | F.NontrappingFPToInt | F.SIMD128 | F.BulkMemory | F.SignExt | F.Multivalue | F.RelaxedSIMD | F.BulkMemoryOpt;
};

/** Instructions by function that a secret must never meet: their time may depend on an operand, or an engine may make them a branch. */
export function forbiddenInstructions(wasm: Uint8Array): string[] {
  const module = binaryen.readBinary(wasm);
  module.setFeatures(features());
  const found: string[] = [];
  let inFunction = '';
  for (const line of module.emitText().split('\n')) {
    const head = /^\s*\(func \$(\S+)/.exec(line);
    if (head !== null) inFunction = head[1] ?? '';
    const hit = /\((select|(?:i32|i64|f32|f64|f64x2|f32x4)\.(?:div|rem)(?:_[su])?|(?:f32|f64|f64x2)\.sqrt)\b/.exec(line);
    if (hit !== null) found.push(`${inFunction}: ${hit[1] ?? ''}`);
  }
  module.dispose();
  return found;
}

/** The module with every executed block and every memory address reported; `onEvent` gets one number for each. */
export function instrumented(wasm: Uint8Array): (onEvent: (value: number) => void) => WebAssembly.Exports {
  const module = binaryen.readBinary(wasm);
  module.setFeatures(features());
  module.runPasses(['log-execution', 'instrument-memory']);
  if (!module.validate()) throw new Error('the instrumented module is not valid');
  const code = new WebAssembly.Module(Uint8Array.from(module.emitBinary()));
  module.dispose();
  return (onEvent) => {
    const imports: Record<string, Record<string, (...args: never[]) => unknown>> = {};
    for (const { module: from, name } of WebAssembly.Module.imports(code)) {
      const group = (imports[from] ??= {});
      if (/val/.test(name)) group[name] = (_id: number, value: unknown) => value;
      else if (/ptr|load|store/.test(name))
        group[name] = (id: number, _bytes: number, offset: number | bigint, address: number) => {
          onEvent(id);
          onEvent(address + Number(offset));
          return address;
        };
      else group[name] = (id: number) => onEvent(id);
    }
    return new WebAssembly.Instance(code, imports).exports;
  };
}
