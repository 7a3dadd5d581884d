import { existsSync, readFileSync } from 'node:fs';
import { fromHex } from '../../src/codec/hex.ts';
import type { Bytes } from '../../src/codec/bytes.ts';
import { corporaAbsent, corpusText } from '../corpora.ts';

/** Where Debian's package python3-cryptography-vectors puts the same files. */
export const debianFolder = '/usr/lib/python3/dist-packages/cryptography_vectors/';

/** Why a test on a file of NIST or RFC vectors did not run; undefined when the file is there. */
export function nistAbsent(path: string): string | undefined {
  return corporaAbsent === undefined || existsSync(debianFolder + path)
    ? undefined
    : `${corporaAbsent}, and so is Debian's python3-cryptography-vectors`;
}

/** A file of NIST or RFC vectors as text. */
export function nistText(path: string): string {
  return corporaAbsent === undefined ? corpusText(`nist-rfc/${path}`) : readFileSync(debianFolder + path, 'utf8');
}

/** Why a test on Debian's files did not run, with what brings them; undefined when they are there. */
export const debianAbsent: string | undefined = existsSync(debianFolder)
  ? undefined
  : "Debian's vectors are absent: apt-get install --no-install-recommends python3-cryptography-vectors";

/** A file of Debian's package. */
export function debianText(path: string): string {
  return readFileSync(debianFolder + path, 'utf8').replace(/\r/g, '');
}

/** The text with the last hexadecimal digit of the last line `name` = ... changed: a vector that is wrong. */
export function damaged(text: string, name: string): string {
  const at = text.lastIndexOf(`\n${name} = `);
  const end = text.indexOf('\n', at + 1) - 1;
  if (at < 0) throw new Error(`no ${name}`);
  return text.slice(0, end) + (text[end] === '0' ? '1' : '0') + text.slice(end + 1);
}

/** Blocks of the RSA files that came with PKCS #1: a comment names what the hexadecimal lines after it are. */
export interface NamedBlock {
  readonly name: string;
  readonly value: Bytes;
}

/** The named numbers of such a file in order. A heading without numbers is left out. */
export function namedBlocks(text: string): NamedBlock[] {
  const out: NamedBlock[] = [];
  let name = '';
  let hex = '';
  const close = (): void => {
    if (hex !== '') out.push({ name, value: fromHex(hex.length % 2 === 0 ? hex : `0${hex}`) });
    hex = '';
  };
  for (const line of text.replace(/\r/g, '').split('\n')) {
    const head = /^#\s*([A-Za-z0-9 ]+):\s*$/.exec(line);
    if (line.startsWith('#') || /[^0-9a-fA-F\s]/.test(line)) close();
    if (head?.[1] !== undefined) name = head[1].trim().toLowerCase();
    else if (/^[0-9a-fA-F\s]+$/.test(line)) hex += line.replace(/\s/g, '');
  }
  close();
  return out;
}

/** Says how many vectors were run, for the log of a run. */
export function counted(what: string, counts: Readonly<Record<string, number>>): void {
  console.info(
    `${what}: ${Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}`,
  );
}
