import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildWasm } from '../../../.config/steps/wasm.mjs';
import { compiled } from './wasm-tools.ts';

const folder = path.join(import.meta.dirname, '..', '..', '..', 'src', 'crypto', 'bignum', 'generated');
const text = (name: string): string => readFileSync(path.join(folder, `${name}.ts`), 'utf8');
const built = (name: string): Buffer => Buffer.from(/'([A-Za-z0-9+/=]{100,})'/.exec(text(name))?.[1] ?? '', 'base64');

describe('the built modules', () => {
  it.each(['scalar', 'fma'] as const)('%s: compiled again, twice, gives the same octets; a change of one character does not', async (name) => {
    await buildWasm();
    const [one, two] = [Buffer.from(await compiled(name, (source) => source)), Buffer.from(await compiled(name))];
    expect(one.equals(two)).toBe(true);
    // Another process made the generated file.
    expect(one.equals(built(name))).toBe(true);
    const other = await compiled(name, (source, file) =>
      file === 'io.ts' ? source.replace('CHECK_FAILED: i32 = 2', 'CHECK_FAILED: i32 = 4') : source,
    );
    expect(Buffer.from(other).equals(one)).toBe(false);
  });

  it('both together take 8 kB at most, gzip', () => {
    const sizes = ['scalar', 'fma'].map((name) => gzipSync(built(name), { level: 9 }).length);
    console.info(`bignum modules, gzip: scalar ${sizes[0]}, fma ${sizes[1]} octets`);
    expect(sizes.reduce((a, b) => a + b)).toBeLessThanOrEqual(8000);
    expect(Math.min(...sizes)).toBeGreaterThan(1000);
  });
});

describe('a machine without fused multiply-add', () => {
  const run = (...flags: string[]): unknown =>
    JSON.parse(
      execFileSync(
        process.execPath,
        [...flags, '--experimental-wasm-relaxed-simd', '--import', 'tsx', path.join(import.meta.dirname, 'without-fma.ts')],
        {
          encoding: 'utf8',
        },
      ),
    );

  it('chooses the scalar module and is right; with it the fma module', () => {
    expect(run('--no-enable-fma3')).toEqual({ kind: 'scalar', right: 20 });
    expect(run()).toEqual({ kind: 'fma', right: 20 });
  });
});
