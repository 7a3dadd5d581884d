import type { Bytes } from '../../codec/bytes.ts';
import { noFlags } from '../calls/checks.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import * as c from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';
import { szBASE_CSP_DIR } from '../cardmod/names.ts';
import type { CardContext } from '../context.ts';
import { readPlace } from './file-contents.ts';
import { demandAccess, directoryName, fileName, filePlace, type FilePlace } from './file-places.ts';

/** Access condition of an existing directory. @throws MinidriverError SCARD_E_DIR_NOT_FOUND */
export function directoryAccess(context: CardContext, directory: string): number {
  if (directory === '' || directory === szBASE_CSP_DIR) return c.UserCreateDeleteDirAc;
  return context.files.directories.get(directory) ?? fail('SCARD_E_DIR_NOT_FOUND', 'no such directory');
}

/** The file that the two names mean, in a directory that exists. */
export function locate(context: CardContext, pszDirectoryName: unknown, pszFileName: unknown): FilePlace {
  const directory = directoryName(pszDirectoryName);
  const name = fileName(pszFileName);
  directoryAccess(context, directory);
  return filePlace(directory, name, context.edge.capabilities.maxKeyContainers);
}

/** Content and access condition of an existing file. @throws MinidriverError SCARD_E_FILE_NOT_FOUND, SCARD_W_SECURITY_VIOLATION */
export async function readable(context: CardContext, place: FilePlace): Promise<{ content: Bytes; access: number }> {
  const edge = await context.card();
  const access = place.kind === 'stored' ? place.access : (context.files.files.get(place.path)?.access ?? c.EveryoneReadUserWriteAc);
  demandAccess(edge.authenticated, access, 'read');
  const content = (await readPlace(context, place)) ?? fail('SCARD_E_FILE_NOT_FOUND', 'no such file');
  return { content, access };
}

/** Reading in the logical file system of S707 5 (S707 4.3.3); what else is done with files is in file-lists.ts and file-writes.ts. */
export function fileEntryPoints(context: CardContext): Pick<CardEntryPoints, 'CardReadFile'> {
  return {
    async CardReadFile(pszDirectoryName, pszFileName, dwFlags) {
      noFlags(dwFlags);
      const { content } = await readable(context, locate(context, pszDirectoryName, pszFileName));
      return context.hand(content);
    },
  };
}
