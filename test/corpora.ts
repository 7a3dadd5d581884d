import { existsSync, readFileSync } from 'node:fs';

/** Folder of shared test data beside the checkout; WEB_MINIDRIVER_CORPORA names another place. */
const root: URL =
  process.env['WEB_MINIDRIVER_CORPORA'] === undefined
    ? new URL('../../shared/corpora/', import.meta.url)
    : new URL(`file://${process.env['WEB_MINIDRIVER_CORPORA']}/`);

/** Why a corpus test did not run, or undefined when the folder is there. */
export const corporaAbsent: string | undefined = existsSync(root) ? undefined : 'the folder of shared test data is absent';

/** One corpus file as text. */
export function corpusText(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

/** One corpus file as JSON. */
export function corpusJson(path: string): unknown {
  return JSON.parse(corpusText(path));
}
