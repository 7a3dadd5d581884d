import { type Bytes, EMPTY } from '../codec/bytes.ts';
import type { CardEntryPoints } from './card-data.ts';
import type { CardEdge } from './card-edge.ts';
import { authenticatedAs, buffer, dword, noFlags, versioned, writable } from './checks.ts';
import * as c from './constants.ts';
import type { CardContext } from './context.ts';
import { fail } from './error.ts';
import { CardEdgeError } from './edge-error.ts';
import { demandAccess, demandDirectory, directoryName, fileName, filePlace, type FilePlace, isFileAccess } from './file-places.ts';
import { certificateOf, checkContent, filesIn, readPlace } from './file-contents.ts';
import { szBASE_CSP_DIR } from './names.ts';
import { CARD_FILE_INFO_CURRENT_VERSION } from './structures.ts';

type FileEntryPoints = Pick<
  CardEntryPoints,
  | 'CardCreateDirectory'
  | 'CardDeleteDirectory'
  | 'CardCreateFile'
  | 'CardReadFile'
  | 'CardWriteFile'
  | 'CardDeleteFile'
  | 'CardEnumFiles'
  | 'CardGetFileInfo'
>;

/** Access condition of an existing directory. @throws MinidriverError SCARD_E_DIR_NOT_FOUND */
function directoryAccess(context: CardContext, directory: string): number {
  if (directory === '' || directory === szBASE_CSP_DIR) return c.UserCreateDeleteDirAc;
  return context.files.directory(directory) ?? fail('SCARD_E_DIR_NOT_FOUND', 'no such directory');
}

/** The file that the two names mean, in a directory that exists. */
function locate(context: CardContext, pszDirectoryName: unknown, pszFileName: unknown): FilePlace {
  const directory = directoryName(pszDirectoryName);
  const name = fileName(pszFileName);
  directoryAccess(context, directory);
  return filePlace(directory, name, context.edge.capabilities.maxKeyContainers);
}

/** Content and access condition of an existing file. @throws MinidriverError SCARD_E_FILE_NOT_FOUND, SCARD_W_SECURITY_VIOLATION */
async function readable(context: CardContext, place: FilePlace): Promise<{ content: Bytes; access: number }> {
  const edge = await context.card();
  const access = place.kind === 'stored' ? place.access : (context.files.file(place.path)?.access ?? c.EveryoneReadUserWriteAc);
  demandAccess(edge.authenticated, access, 'read');
  const content = (await readPlace(context, place)) ?? fail('SCARD_E_FILE_NOT_FOUND', 'no such file');
  return { content, access };
}

/** Keeps a stored file: on the card where the family has a home for it, else in the context (S707 5.2). */
async function writeStored(context: CardContext, edge: CardEdge, place: FilePlace & { kind: 'stored' }, content: Bytes): Promise<void> {
  // What the family writes on the card costs the administration key underneath: the user must have spoken first.
  if (place.file === 'cmapfile' || place.file === 'msroots') authenticatedAs(edge, c.ROLE_USER);
  else demandAccess(edge.authenticated, place.access, 'write');
  let homeless = false;
  try {
    await edge.writeFile(place.file, content);
  } catch (error) {
    homeless = error instanceof CardEdgeError && error.reason === 'unsupported';
    // A card's identity is not something to pretend: without a home for it the write fails.
    if (!homeless || place.file === 'cardid') throw error;
  }
  // A family may keep the names of the map and not the file: the map is made up again then, and still has to read as written.
  if (homeless || place.file === 'cmapfile') context.files.write(place.path, place.access, content);
  else context.files.drop(place.path);
}

/** File functions of S707 4.3 over the logical file system of S707 5. */
export function fileEntryPoints(context: CardContext): FileEntryPoints {
  return {
    async CardReadFile(pszDirectoryName, pszFileName, dwFlags) {
      noFlags(dwFlags);
      const { content } = await readable(context, locate(context, pszDirectoryName, pszFileName));
      return context.hand(content);
    },

    async CardGetFileInfo(pszDirectoryName, pszFileName, pCardFileInfo) {
      versioned(pCardFileInfo, CARD_FILE_INFO_CURRENT_VERSION, 'pCardFileInfo');
      const { content, access } = await readable(context, locate(context, pszDirectoryName, pszFileName));
      return Object.assign(pCardFileInfo, { dwVersion: CARD_FILE_INFO_CURRENT_VERSION, cbFileSize: content.length, AccessCondition: access });
    },

    async CardEnumFiles(pszDirectoryName, dwFlags) {
      noFlags(dwFlags);
      const directory = directoryName(pszDirectoryName);
      directoryAccess(context, directory);
      const names = await filesIn(context, directory);
      if (names.length === 0) fail('SCARD_E_FILE_NOT_FOUND', 'the directory is empty');
      context.reserve(names.reduce((sum, name) => sum + name.length + 1, 1));
      return names;
    },

    async CardWriteFile(pszDirectoryName, pszFileName, dwFlags, pbData) {
      writable(context.edge);
      noFlags(dwFlags);
      const content = buffer(pbData, 'pbData');
      if (content.length === 0) fail('SCARD_E_INVALID_PARAMETER', 'pbData is empty');
      const place = locate(context, pszDirectoryName, pszFileName);
      checkContent(context, place, content);
      const edge = await context.card();
      if (place.kind === 'certificate') {
        const { occupied, created } = await certificateOf(context, place);
        if (!occupied && !created) fail('SCARD_E_FILE_NOT_FOUND', 'no such file');
        authenticatedAs(edge, c.ROLE_USER);
        await edge.writeCertificate(place.index, content);
        context.files.drop(place.path);
        return;
      }
      if (place.kind === 'stored') {
        await writeStored(context, edge, place, content);
        return;
      }
      const file = context.files.file(place.path) ?? fail('SCARD_E_FILE_NOT_FOUND', 'no such file');
      demandAccess(edge.authenticated, file.access, 'write');
      context.files.write(place.path, file.access, content);
    },

    async CardCreateFile(pszDirectoryName, pszFileName, cbInitialCreationSize, AccessCondition) {
      writable(context.edge);
      const access = dword(AccessCondition, 'AccessCondition');
      if (!isFileAccess(access)) fail('SCARD_E_INVALID_PARAMETER', 'no file can have this access condition');
      const size = dword(cbInitialCreationSize, 'cbInitialCreationSize');
      const directory = directoryName(pszDirectoryName);
      const name = fileName(pszFileName);
      const directoryRight = directoryAccess(context, directory);
      const place = filePlace(directory, name, context.edge.capabilities.maxKeyContainers);
      if (place.kind === 'certificate' && access !== c.EveryoneReadUserWriteAc)
        fail('SCARD_E_UNSUPPORTED_FEATURE', 'a certificate is readable by everyone');
      const free = place.kind === 'certificate' ? context.edge.capabilities.maxCertificateBytes : context.files.freeBytes;
      if (size > free) fail('SCARD_E_INVALID_PARAMETER', 'there is no room for such a file');
      const edge = await context.card();
      const isDirectory = directory === '' && (name === szBASE_CSP_DIR || context.files.directory(name) !== undefined);
      if (isDirectory || (await readPlace(context, place)) !== undefined) fail('ERROR_FILE_EXISTS', 'the name is taken');
      demandDirectory(edge.authenticated, directoryRight);
      context.files.create(place.path, place.kind === 'stored' ? place.access : access);
    },

    async CardDeleteFile(pszDirectoryName, pszFileName, dwFlags) {
      writable(context.edge);
      noFlags(dwFlags);
      const place = locate(context, pszDirectoryName, pszFileName);
      if (place.kind === 'stored' && place.file !== 'msroots') fail('SCARD_E_UNSUPPORTED_FEATURE', 'every card has this file');
      const edge = await context.card();
      if ((await readPlace(context, place)) === undefined) fail('SCARD_E_FILE_NOT_FOUND', 'no such file');
      if (place.kind === 'virtual') demandAccess(edge.authenticated, context.files.file(place.path)?.access ?? c.UnknownAc, 'write');
      else authenticatedAs(edge, c.ROLE_USER);
      if (place.kind === 'certificate' && (await certificateOf(context, place)).stored) await edge.writeCertificate(place.index, undefined);
      if (place.kind === 'stored') await writeStored(context, edge, place, EMPTY);
      context.files.drop(place.path);
    },

    async CardCreateDirectory(pszDirectoryName, AccessCondition) {
      writable(context.edge);
      const name = fileName(pszDirectoryName);
      const access = dword(AccessCondition, 'AccessCondition');
      if (access !== c.UserCreateDeleteDirAc && access !== c.AdminCreateDeleteDirAc)
        fail('SCARD_E_INVALID_PARAMETER', 'no directory can have this access condition');
      const edge = await context.card();
      const place = filePlace('', name, context.edge.capabilities.maxKeyContainers);
      const taken = name === szBASE_CSP_DIR || context.files.directory(name) !== undefined || (await readPlace(context, place)) !== undefined;
      if (taken) fail('ERROR_FILE_EXISTS', 'the name is taken');
      demandDirectory(edge.authenticated, c.UserCreateDeleteDirAc);
      context.files.makeDirectory(name, access);
    },

    async CardDeleteDirectory(pszDirectoryName) {
      writable(context.edge);
      const name = fileName(pszDirectoryName);
      const access = directoryAccess(context, name);
      if (name === szBASE_CSP_DIR || context.files.names(name).length > 0) fail('ERROR_DIR_NOT_EMPTY', 'the directory is not empty');
      const edge = await context.card();
      demandDirectory(edge.authenticated, access);
      context.files.dropDirectory(name);
    },
  };
}
