import { noFlags, versioned } from '../calls/checks.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import { fail } from '../cardmod/error.ts';
import { szBASE_CSP_DIR, szCACHE_FILE, szCARD_APPS_FILE, szCARD_IDENTIFIER_FILE, szCONTAINER_MAP_FILE, szROOT_STORE_FILE } from '../cardmod/names.ts';
import { CARD_FILE_INFO_CURRENT_VERSION } from '../cardmod/structures.ts';
import type { CardContext } from '../context.ts';
import { storedFile } from './file-contents.ts';
import { certificateFileName, directoryName } from './file-places.ts';
import { directoryAccess, locate, readable } from './files.ts';
import { namesIn } from './virtual-file-writes.ts';

/** Names in an existing directory. */
async function filesIn(context: CardContext, directory: string): Promise<string[]> {
  const virtual = namesIn(context.files, directory);
  const known: string[] = [];
  if (directory === '') known.push(szCARD_IDENTIFIER_FILE, szCACHE_FILE, szCARD_APPS_FILE);
  if (directory === szBASE_CSP_DIR) {
    known.push(szCONTAINER_MAP_FILE);
    if ((await storedFile(context, 'msroots', `${szBASE_CSP_DIR}/${szROOT_STORE_FILE}`)) !== undefined) known.push(szROOT_STORE_FILE);
    for (const container of await context.containers())
      if (container.hasCertificate) known.push(certificateFileName(container.index, container.usage));
  }
  return [...new Set([...known, ...virtual])];
}

/** What there is, and what is known of it (S707 4.3.5, 4.3.8). */
export function fileListEntryPoints(context: CardContext): Pick<CardEntryPoints, 'CardEnumFiles' | 'CardGetFileInfo'> {
  return {
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
  };
}
