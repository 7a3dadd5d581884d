import { type Bytes, copy, EMPTY, wipe } from '../codec/bytes.ts';
import { fail } from './error.ts';

/** A file that exists in the context only. */
export interface VirtualFile {
  readonly access: number;
  content: Bytes;
}

const MAX_BYTES = 65536;
const MAX_FILES = 64;
const MAX_DIRECTORIES = 16;

/** Files and directories without a home on the card, kept for the life of the context (S707 5.2), within fixed bounds. */
export class VirtualFiles {
  readonly #directories = new Map<string, number>();
  readonly #files = new Map<string, VirtualFile>();

  /** Access condition of a directory, undefined when there is none. */
  directory(name: string): number | undefined {
    return this.#directories.get(name);
  }

  /** @throws MinidriverError SCARD_E_NO_MEMORY when there are too many (S707 4.3.1) */
  makeDirectory(name: string, access: number): void {
    if (this.#directories.size >= MAX_DIRECTORIES) fail('SCARD_E_NO_MEMORY', 'too many directories');
    this.#directories.set(name, access);
  }

  dropDirectory(name: string): void {
    this.#directories.delete(name);
  }

  file(path: string): VirtualFile | undefined {
    return this.#files.get(path);
  }

  /** Names in a directory ('' = root), in the order they were made. */
  names(directory: string): string[] {
    const prefix = `${directory}/`;
    return [...this.#files.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  }

  get freeBytes(): number {
    let used = 0;
    for (const file of this.#files.values()) used += file.content.length;
    return MAX_BYTES - used;
  }

  /** @throws MinidriverError SCARD_E_WRITE_TOO_MANY when it does not fit */
  write(path: string, access: number, content: Uint8Array): void {
    const old = this.#files.get(path);
    if (old === undefined && this.#files.size >= MAX_FILES) fail('SCARD_E_WRITE_TOO_MANY', 'too many files');
    if (content.length > this.freeBytes + (old?.content.length ?? 0)) fail('SCARD_E_WRITE_TOO_MANY', 'the files are too large');
    this.#files.set(path, { access: old?.access ?? access, content: copy(content) });
  }

  create(path: string, access: number): void {
    this.write(path, access, EMPTY);
  }

  drop(path: string): boolean {
    wipe(this.#files.get(path)?.content);
    return this.#files.delete(path);
  }

  clear(): void {
    for (const file of this.#files.values()) wipe(file.content);
    this.#files.clear();
    this.#directories.clear();
  }
}
