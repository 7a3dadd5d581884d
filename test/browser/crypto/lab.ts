import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, Page } from 'playwright';
import { build, type Plugin } from 'vite';
import { builtPath, needsLibrary, onlyBuilt } from '../../built-library.ts';
import { launchBrowser } from '../../chromium.ts';

/** Content-Security-Policy of the two pages: one allows WebAssembly, one is as strict as can be. */
const POLICY: Readonly<Record<string, string>> = {
  '/': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'",
  '/strict': "default-src 'none'; script-src 'self'",
};

export interface CryptoLab {
  /** A fresh page with the bundle; `path` is a key of the policies, `v8` flags of the engine. */
  open(path: '/' | '/strict', v8?: readonly string[]): Promise<Page>;
  close(): Promise<void>;
}

/** Counts calls of WebCrypto and of functions exported by WebAssembly. Runs in the page before anything else. */
function countCalls(): void {
  const calls: Record<string, number> = {};
  const count = (name: string): void => {
    calls[name] = (calls[name] ?? 0) + 1;
  };
  const subtle = Object.getPrototypeOf(crypto.subtle) as Record<string, (...args: unknown[]) => unknown>;
  for (const name of ['digest', 'sign', 'verify', 'deriveBits', 'importKey', 'generateKey', 'encrypt', 'decrypt']) {
    const real = subtle[name];
    if (real === undefined) continue;
    subtle[name] = function counted(this: unknown, ...args) {
      count(`subtle.${name}`);
      return real.apply(this, args);
    };
  }
  const Real = WebAssembly.Instance;
  const Counting = function counting(module: WebAssembly.Module, imports: WebAssembly.Imports) {
    const exports: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(new Real(module, imports).exports)) {
      exports[name] =
        typeof value === 'function'
          ? (...args: unknown[]) => {
              count(`wasm.${name}`);
              return (value as (...list: unknown[]) => unknown)(...args);
            }
          : value;
    }
    return { exports };
  };
  Object.defineProperty(WebAssembly, 'Instance', { value: Counting });
  Object.defineProperty(window, 'calls', { value: calls });
}

/** The page's imports of src/ are answered by the built library. */
function builtLibrary(): Plugin {
  return {
    name: 'built-library',
    enforce: 'pre',
    resolveId: (wanted, importer) => (importer !== undefined && wanted.startsWith('.') ? builtPath(wanted, importer) : null),
  };
}

async function bundled(): Promise<Map<string, string>> {
  needsLibrary();
  const result = await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'error',
    plugins: [builtLibrary()],
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      rollupOptions: { input: path.join(import.meta.dirname, 'page.ts'), output: { entryFileNames: 'entry.js', chunkFileNames: '[name].js' } },
    },
  });
  const output = (Array.isArray(result) ? result : [result]).flatMap((one) => ('output' in one ? one.output : []));
  onlyBuilt(output);
  return new Map(output.map((item) => [`/${item.fileName}`, item.type === 'chunk' ? item.code : String(item.source)]));
}

/** The minified bundle on loopback, and the distribution's Chromium to show it. */
export async function startCryptoLab(): Promise<CryptoLab> {
  const files = await bundled();
  const server = createServer((request, response) => {
    const name = request.url ?? '/';
    const policy = POLICY[name];
    if (policy !== undefined) {
      response.setHeader('content-security-policy', policy);
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>crypto</title><script type="module" src="/entry.js"></script>');
      return;
    }
    const text = files.get(name);
    response.statusCode = text === undefined ? 404 : 200;
    response.setHeader('content-type', 'text/javascript');
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browsers = new Map<string, Browser>();
  return {
    async open(where, v8 = []) {
      const key = v8.join(' ');
      const browser = browsers.get(key) ?? (await launchBrowser(key === '' ? [] : [`--js-flags=${key}`]));
      browsers.set(key, browser);
      const page = await browser.newPage();
      await page.addInitScript(countCalls);
      await page.goto(url + where);
      await page.waitForFunction(() => typeof window.doJobs === 'function');
      return page;
    },
    async close() {
      for (const browser of browsers.values()) await browser.close();
      server.close();
    },
  };
}
