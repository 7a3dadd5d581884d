import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';

const cache = path.resolve(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'web-minidriver');

/** A C source of this folder, compiled once per content. */
function compiled(name: string, suffix: string, ...options: readonly string[]): string {
  const source = path.join(import.meta.dirname, `${name}.c`);
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const target = path.join(cache, `${name}-${hash}${suffix}`);
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  const unfinished = `${target}.${process.pid}`;
  execFileSync('gcc', ['-O2', ...options, '-o', unfinished, source, '-ldl', '-lpthread']);
  renameSync(unfinished, target);
  return target;
}

/** The preload library that shows the emulated bus. */
export function shimLibrary(): string {
  return compiled('fakeusb', '.so', '-shared', '-fPIC');
}

/** A PC/SC client that transmits what it is told. */
export function pcscClient(): string {
  return compiled('pcsc-client', '');
}
