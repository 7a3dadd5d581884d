import { type Bytes, EMPTY } from '../../codec/bytes.ts';
import { readSingle } from '../../codec/tlv.ts';
import { authenticatedAs, buffer, dword, noFlags } from '../calls/checks.ts';
import { wellFormed, writable } from '../calls/write-checks.ts';
import type { CardEdge } from '../card-edge.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import * as c from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';
import { szBASE_CSP_DIR } from '../cardmod/names.ts';
import type { CardContext } from '../context.ts';
import { CardEdgeError } from '../edge-error.ts';
import { decodeContainerMap } from './card-files.ts';
import { certificateOf, readPlace } from './file-contents.ts';
import { demandAccess, directoryName, fileName, filePlace, type FilePlace, isFileAccess } from './file-places.ts';
import { directoryAccess, locate } from './files.ts';
import { dropFile, freeBytes, makeDirectory, namesIn, writeFile } from './virtual-file-writes.ts';

type FileWriteEntryPoints = Pick<
  CardEntryPoints,
  'CardCreateDirectory' | 'CardDeleteDirectory' | 'CardCreateFile' | 'CardWriteFile' | 'CardDeleteFile'
>;

/** Largest certificate file taken from a caller, in bytes, whatever the card says. */
const MAX_CERTIFICATE_BYTES = 0xffff;

/** @throws MinidriverError SCARD_W_SECURITY_VIOLATION unless the roles authenticated may create and delete in the directory (S707 4.3.1) */
function demandDirectory(authenticated: number, access: number): void {
  const wanted = access === c.AdminCreateDeleteDirAc ? 1 << c.ROLE_ADMIN : (1 << c.ROLE_USER) | (1 << c.ROLE_ADMIN);
  if ((authenticated & wanted) === 0) fail('SCARD_W_SECURITY_VIOLATION', 'no right to create and delete in this directory');
}

/** Refuses content that can't be what the file is for. @throws MinidriverError SCARD_E_INVALID_PARAMETER */
function checkContent(context: CardContext, place: FilePlace, content: Bytes): void {
  if (place.kind === 'certificate') {
    if (content.length > MAX_CERTIFICATE_BYTES) fail('SCARD_E_WRITE_TOO_MANY', 'the certificate is too large');
    // fCertificateCompression says that plain DER crosses the interface (S707 4.4): one SEQUENCE that fills the buffer.
    wellFormed(() => readSingle(content, 0x30, { maxBytes: MAX_CERTIFICATE_BYTES }));
  }
  if (place.kind !== 'stored') return;
  if (place.file === 'cmapfile') {
    const records = wellFormed(() => decodeContainerMap(content));
    if (records.length > context.edge.capabilities.maxKeyContainers) fail('SCARD_E_INVALID_PARAMETER', 'the card has fewer containers');
  }
  if (place.file === 'cardid' && content.length !== 16) fail('SCARD_E_INVALID_PARAMETER', 'cardid has 16 bytes');
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
  if (homeless || place.file === 'cmapfile') writeFile(context.files, place.path, place.access, content);
  else dropFile(context.files, place.path);
}

/** Writing functions of S707 4.3. */
export function fileWriteEntryPoints(context: CardContext): FileWriteEntryPoints {
  return {
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
        dropFile(context.files, place.path);
        return;
      }
      if (place.kind === 'stored') {
        await writeStored(context, edge, place, content);
        return;
      }
      const file = context.files.files.get(place.path) ?? fail('SCARD_E_FILE_NOT_FOUND', 'no such file');
      demandAccess(edge.authenticated, file.access, 'write');
      writeFile(context.files, place.path, file.access, content);
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
      const free = place.kind === 'certificate' ? context.edge.capabilities.maxCertificateBytes : freeBytes(context.files);
      if (size > free) fail('SCARD_E_INVALID_PARAMETER', 'there is no room for such a file');
      const edge = await context.card();
      const isDirectory = directory === '' && (name === szBASE_CSP_DIR || context.files.directories.get(name) !== undefined);
      if (isDirectory || (await readPlace(context, place)) !== undefined) fail('ERROR_FILE_EXISTS', 'the name is taken');
      demandDirectory(edge.authenticated, directoryRight);
      writeFile(context.files, place.path, place.kind === 'stored' ? place.access : access, EMPTY);
    },

    async CardDeleteFile(pszDirectoryName, pszFileName, dwFlags) {
      writable(context.edge);
      noFlags(dwFlags);
      const place = locate(context, pszDirectoryName, pszFileName);
      if (place.kind === 'stored' && place.file !== 'msroots') fail('SCARD_E_UNSUPPORTED_FEATURE', 'every card has this file');
      const edge = await context.card();
      if ((await readPlace(context, place)) === undefined) fail('SCARD_E_FILE_NOT_FOUND', 'no such file');
      if (place.kind === 'virtual') demandAccess(edge.authenticated, context.files.files.get(place.path)?.access ?? c.UnknownAc, 'write');
      else authenticatedAs(edge, c.ROLE_USER);
      if (place.kind === 'certificate' && (await certificateOf(context, place)).stored) await edge.writeCertificate(place.index, undefined);
      if (place.kind === 'stored') await writeStored(context, edge, place, EMPTY);
      dropFile(context.files, place.path);
    },

    async CardCreateDirectory(pszDirectoryName, AccessCondition) {
      writable(context.edge);
      const name = fileName(pszDirectoryName);
      const access = dword(AccessCondition, 'AccessCondition');
      if (access !== c.UserCreateDeleteDirAc && access !== c.AdminCreateDeleteDirAc)
        fail('SCARD_E_INVALID_PARAMETER', 'no directory can have this access condition');
      const edge = await context.card();
      const place = filePlace('', name, context.edge.capabilities.maxKeyContainers);
      const taken = name === szBASE_CSP_DIR || context.files.directories.get(name) !== undefined || (await readPlace(context, place)) !== undefined;
      if (taken) fail('ERROR_FILE_EXISTS', 'the name is taken');
      demandDirectory(edge.authenticated, c.UserCreateDeleteDirAc);
      makeDirectory(context.files, name, access);
    },

    async CardDeleteDirectory(pszDirectoryName) {
      writable(context.edge);
      const name = fileName(pszDirectoryName);
      const access = directoryAccess(context, name);
      if (name === szBASE_CSP_DIR || namesIn(context.files, name).length > 0) fail('ERROR_DIR_NOT_EMPTY', 'the directory is not empty');
      const edge = await context.card();
      demandDirectory(edge.authenticated, access);
      context.files.directories.delete(name);
    },
  };
}
