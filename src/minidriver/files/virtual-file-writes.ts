import { copy, wipe } from '../../codec/bytes.ts';
import { fail } from '../cardmod/error.ts';
import type { VirtualFiles } from './virtual-files.ts';

/* Changes to the files of a context, within fixed bounds. */

const MAX_BYTES = 65536;
const MAX_FILES = 64;
const MAX_DIRECTORIES = 16;

/** @throws MinidriverError SCARD_E_NO_MEMORY when there are too many (S707 4.3.1) */
export function makeDirectory({ directories }: VirtualFiles, name: string, access: number): void {
  if (directories.size >= MAX_DIRECTORIES) fail('SCARD_E_NO_MEMORY', 'too many directories');
  directories.set(name, access);
}

/** Names in a directory ('' = root), in the order they were made. */
export function namesIn({ files }: VirtualFiles, directory: string): string[] {
  const prefix = `${directory}/`;
  return [...files.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
}

export function freeBytes({ files }: VirtualFiles): number {
  let used = 0;
  for (const file of files.values()) used += file.content.length;
  return MAX_BYTES - used;
}

/** @throws MinidriverError SCARD_E_WRITE_TOO_MANY when it does not fit */
export function writeFile(virtual: VirtualFiles, path: string, access: number, content: Uint8Array): void {
  const old = virtual.files.get(path);
  if (old === undefined && virtual.files.size >= MAX_FILES) fail('SCARD_E_WRITE_TOO_MANY', 'too many files');
  if (content.length > freeBytes(virtual) + (old?.content.length ?? 0)) fail('SCARD_E_WRITE_TOO_MANY', 'the files are too large');
  virtual.files.set(path, { access: old?.access ?? access, content: copy(content) });
}

export function dropFile({ files }: VirtualFiles, path: string): void {
  wipe(files.get(path)?.content);
  files.delete(path);
}
