import path from 'node:path';
import { build } from 'vite';
import { emptyApp } from './lab-page.ts';
import type { Files } from './server.ts';

/** An empty app whose page loads one module of this folder, bundled in memory. */
export async function appWith(entry: string): Promise<Files> {
  const result = await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      rollupOptions: { input: path.join(import.meta.dirname, entry), output: { entryFileNames: 'entry.js' } },
    },
  });
  const output = (Array.isArray(result) ? result : [result]).flatMap((one) => ('output' in one ? one.output : []));
  const files: Record<string, readonly [string, string | Uint8Array]> = {
    ...emptyApp(),
    '/': ['text/html', '<!doctype html><title>lab</title><script type="module" src="/entry.js"></script>'],
  };
  for (const item of output) files[`/${item.fileName}`] = ['text/javascript', item.type === 'chunk' ? item.code : item.source];
  return files;
}
