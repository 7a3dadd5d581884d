import { type Bytes, wipe } from '../../codec/bytes.ts';

/** A file that exists in the context only. */
export interface VirtualFile {
  readonly access: number;
  content: Bytes;
}

/** Files and directories without a home on the card, kept for the life of the context (S707 5.2). What changes them is in virtual-file-writes.ts. */
export class VirtualFiles {
  /** Access conditions by name. */
  readonly directories: Map<string, number> = new Map();
  /** By path. */
  readonly files: Map<string, VirtualFile> = new Map();

  clear(): void {
    for (const file of this.files.values()) wipe(file.content);
    this.files.clear();
    this.directories.clear();
  }
}
