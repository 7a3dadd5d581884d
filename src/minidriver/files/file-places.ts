import type { EdgeFile, EdgeUsage } from '../card-edge.ts';
import * as c from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';
import * as n from '../cardmod/names.ts';

/** What a path stands for. */
export type FilePlace =
  | { readonly kind: 'stored'; readonly path: string; readonly file: EdgeFile; readonly access: number }
  | { readonly kind: 'certificate'; readonly path: string; readonly index: number; readonly usage: EdgeUsage }
  | { readonly kind: 'virtual'; readonly path: string };

/** The directory's name folded to lower case; '' is the root (S707 5.1). @throws MinidriverError SCARD_E_INVALID_PARAMETER */
export function directoryName(pszDirectoryName: unknown): string {
  if (pszDirectoryName === null || pszDirectoryName === undefined || pszDirectoryName === '') return '';
  return fileName(pszDirectoryName);
}

/** A file's or directory's name folded to lower case: 1..8 ANSI characters without " * / : < > ? \ | and controls (S707 4.3, 5.1). */
export function fileName(value: unknown): string {
  if (typeof value !== 'string' || !/^[\x20-\x7e\x80-\xff]{1,8}$/.test(value) || /["*/:<>?\\|]/.test(value)) {
    fail('SCARD_E_INVALID_PARAMETER', 'not a file name');
  }
  return value.toLowerCase();
}

const ROOT_FILES: Readonly<Record<string, { readonly file: EdgeFile; readonly access: number }>> = {
  [n.szCARD_IDENTIFIER_FILE]: { file: 'cardid', access: c.EveryoneReadAdminWriteAc },
  [n.szCACHE_FILE]: { file: 'cardcf', access: c.EveryoneReadUserWriteAc },
  [n.szCARD_APPS_FILE]: { file: 'cardapps', access: c.EveryoneReadUserWriteAc },
};

const BASE_CSP_FILES: Readonly<Record<string, { readonly file: EdgeFile; readonly access: number }>> = {
  [n.szCONTAINER_MAP_FILE]: { file: 'cmapfile', access: c.EveryoneReadUserWriteAc },
  [n.szROOT_STORE_FILE]: { file: 'msroots', access: c.EveryoneReadUserWriteAc },
};

/**
 * Container index in the name of a certificate file. Two decimal digits are what this driver writes; one digit (a comment of
 * cardmod.h) and two hexadecimal digits with a letter (seen on other cards) are understood (CHOICES.md, file-name-digits).
 */
function certificateIndex(digits: string): number | undefined {
  if (/^\d{1,2}$/.test(digits)) return Number.parseInt(digits, 10);
  if (/^[0-9a-f]{2}$/.test(digits)) return Number.parseInt(digits, 16);
  return undefined;
}

/** What the folded names stand for on a card with so many containers. */
export function filePlace(directory: string, name: string, maxKeyContainers: number): FilePlace {
  const path = `${directory}/${name}`;
  const known = directory === '' ? ROOT_FILES[name] : directory === n.szBASE_CSP_DIR ? BASE_CSP_FILES[name] : undefined;
  if (known !== undefined) return { kind: 'stored', path, ...known };
  const prefix = name.slice(0, 3);
  if (directory === n.szBASE_CSP_DIR && (prefix === n.szUSER_SIGNATURE_CERT_PREFIX || prefix === n.szUSER_KEYEXCHANGE_CERT_PREFIX)) {
    const index = certificateIndex(name.slice(3));
    if (index !== undefined && index < maxKeyContainers) {
      return {
        kind: 'certificate',
        path: certificatePath(index, prefix === n.szUSER_SIGNATURE_CERT_PREFIX ? 'signature' : 'key-exchange'),
        index,
        usage: prefix === n.szUSER_SIGNATURE_CERT_PREFIX ? 'signature' : 'key-exchange',
      };
    }
  }
  return { kind: 'virtual', path };
}

/** Name of a container's certificate file in mscp. */
export function certificateFileName(index: number, usage: EdgeUsage): string {
  return `${usage === 'signature' ? n.szUSER_SIGNATURE_CERT_PREFIX : n.szUSER_KEYEXCHANGE_CERT_PREFIX}${String(index).padStart(2, '0')}`;
}

function certificatePath(index: number, usage: EdgeUsage): string {
  return `${n.szBASE_CSP_DIR}/${certificateFileName(index, usage)}`;
}

interface Rights {
  readonly everyone: boolean;
  readonly user: boolean;
  readonly admin: boolean;
}

const NOBODY: Rights = { everyone: false, user: false, admin: false };
const ADMIN: Rights = { everyone: false, user: false, admin: true };
const USER: Rights = { everyone: false, user: true, admin: true };
const EVERYONE: Rights = { everyone: true, user: true, admin: true };

/** Who may read and write under each access condition; what is not listed is denied (S707 5.6.4). */
const ACCESS: ReadonlyMap<number, { readonly read: Rights; readonly write: Rights }> = new Map([
  [c.EveryoneReadUserWriteAc, { read: EVERYONE, write: USER }],
  [c.UserWriteExecuteAc, { read: NOBODY, write: USER }],
  [c.EveryoneReadAdminWriteAc, { read: EVERYONE, write: ADMIN }],
  [c.UserReadWriteAc, { read: USER, write: USER }],
  [c.AdminReadWriteAc, { read: ADMIN, write: ADMIN }],
]);

/** True for a condition that a file can be created with. */
export function isFileAccess(access: number): boolean {
  return ACCESS.has(access);
}

/** @throws MinidriverError SCARD_W_SECURITY_VIOLATION unless the roles authenticated may do it. Only ROLE_USER and ROLE_ADMIN open files (S707 4.2.1.1). */
export function demandAccess(authenticated: number, access: number, right: 'read' | 'write'): void {
  const rights = ACCESS.get(access)?.[right] ?? NOBODY;
  const may =
    rights.everyone || (rights.user && (authenticated & (1 << c.ROLE_USER)) !== 0) || (rights.admin && (authenticated & (1 << c.ROLE_ADMIN)) !== 0);
  if (!may) fail('SCARD_W_SECURITY_VIOLATION', `no right to ${right} this file`);
}
