import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';

const source = path.join(import.meta.dirname, 'fakeusb.c');
const cache = path.resolve(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'web-minidriver');

/** The preload library, compiled once per content of its source. */
export function shimLibrary(): string {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const library = path.join(cache, `fakeusb-${hash}.so`);
  if (existsSync(library)) return library;
  mkdirSync(cache, { recursive: true });
  const unfinished = `${library}.${process.pid}`;
  execFileSync('gcc', ['-O2', '-shared', '-fPIC', '-o', unfinished, source, '-ldl', '-lpthread']);
  renameSync(unfinished, library);
  return library;
}
