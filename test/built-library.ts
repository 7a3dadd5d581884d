import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Rolldown } from 'vite';

/*
 * Tests that judge the library as it is published import src/ like every other, and their bundler is sent to dist/lib instead.
 */

export const root: string = path.resolve(import.meta.dirname, '..');
const source = path.join(root, 'src') + path.sep;
export const library: string = path.join(root, 'dist', 'lib');

/** The file that a relative import means, in the built library where it points into src/. */
export function builtPath(wanted: string, importer: string): string {
  const target = path.resolve(path.dirname(importer), wanted);
  return target.startsWith(source) ? path.join(library, path.relative(source, target)).replace(/\.ts$/, '.js') : target;
}

/** Throws unless the library was built. */
export function needsLibrary(): void {
  if (!existsSync(path.join(library, 'minidriver', 'index.js'))) throw new Error('the library is not built: npm run build');
}

/** Throws when a module of src/ found its way into a bundle that is to hold the built library. */
export function onlyBuilt(output: readonly (Rolldown.OutputChunk | Rolldown.OutputAsset)[]): void {
  const modules = output.flatMap((item) => (item.type === 'chunk' ? Object.keys(item.modules) : []));
  const fromSource = modules.filter((id) => id.startsWith(source));
  if (fromSource.length > 0) throw new Error(`not from the built library: ${fromSource.join(', ')}`);
  if (!modules.some((id) => id.startsWith(library))) throw new Error('nothing of the built library is in it');
}
