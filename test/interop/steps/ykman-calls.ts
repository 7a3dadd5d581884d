import type { Station } from '../station.ts';
import { READER } from '../suite.ts';

/* How ykman is called. */

export const piv = (...args: readonly string[]): readonly string[] => ['ykman', '-r', READER, 'piv', ...args];
export const managed = ({ managementKey }: Station): readonly string[] => ['-m', managementKey];

/** ykman's names of the ciphers of 9B, by algorithm identifier. */
export const managementNames: Readonly<Record<number, string>> = { 0x03: 'TDES', 0x08: 'AES128', 0x0a: 'AES192', 0x0c: 'AES256' };
