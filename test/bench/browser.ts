import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BrowserContext } from 'playwright';
import { build } from 'vite';
import { launchProfile } from '../chromium.ts';

/** Bundles one entry of page/ in memory. */
export async function bundle(entry: string): Promise<Map<string, string>> {
  const result = await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      rollupOptions: { input: path.join(import.meta.dirname, 'page', entry), output: { entryFileNames: 'entry.js' } },
    },
  });
  const output = (Array.isArray(result) ? result : [result]).flatMap((one) => ('output' in one ? one.output : []));
  return new Map(output.map((item) => [item.fileName, item.type === 'chunk' ? item.code : String(item.source)]));
}

/** Serves files from memory on loopback, with a page that loads entry.js. */
export async function serve(files: ReadonlyMap<string, string>): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1).split('?')[0] ?? '';
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    if (name === '') {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>bench</title><script type="module" src="entry.js"></script>');
      return;
    }
    const text = files.get(name);
    response.statusCode = text === undefined ? 404 : 200;
    response.setHeader('content-type', 'text/javascript');
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() };
}

/** Runs `body` in the system's Chromium with a fresh profile. */
export async function inChromium<T>(body: (context: BrowserContext) => Promise<T>): Promise<T> {
  const profile = mkdtempSync(path.join(tmpdir(), 'web-minidriver-bench-'));
  const context = await launchProfile(profile);
  try {
    return await body(context);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
