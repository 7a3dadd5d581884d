import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'vite';
import { builtPath, library, needsLibrary, onlyBuilt, root } from '../built-library.ts';
import { emptyApp } from './lab-page.ts';
import type { Files } from './server.ts';

/*
 * The built library in a page: what a test's page imports from src/ comes from dist/lib, and whoever computes is counted.
 */

/** Engines that are plain functions of a module: every call of theirs from outside is counted under this name. */
const ENGINES: Readonly<Record<string, string>> = {
  [path.join(root, 'node_modules', '@noble', 'ciphers', 'aes.js')]: 'noble',
  [path.join(library, 'crypto', 'des3.js')]: 'des3.ts',
  [path.join(library, 'minidriver', 'keys', 'md5.js')]: 'md5.ts',
  [path.join(library, 'crypto', 'bignum', 'public-bigint.js')]: 'BigInt',
};
/** Counts octets: computes with no number. */
const NO_ENGINE = 'significant';

/**
 * Counts calls of WebCrypto and of what WebAssembly exports, by engine. A classic script that runs in a page or worker before anything
 * else: what it wraps can't have been kept by a module earlier.
 */
function countEngines(): void {
  const calls: Record<string, number> = {};
  const countEngine = (name: string): void => {
    calls[name] = (calls[name] ?? 0) + 1;
  };
  Object.assign(globalThis, { engineCalls: calls, countEngine });
  type Method = (this: unknown, ...parameters: unknown[]) => unknown;
  const wrap = (prototype: Record<string, Method>, name: string, engine: string): void => {
    const real = prototype[name];
    if (real === undefined) throw new Error(`no ${name}`);
    prototype[name] = function counted(this: unknown, ...parameters) {
      countEngine(engine);
      return real.apply(this, parameters);
    };
  };
  const subtle = Object.getPrototypeOf(crypto.subtle) as Record<string, Method>;
  for (const name of [
    ...['encrypt', 'decrypt', 'sign', 'verify', 'digest', 'generateKey', 'deriveKey', 'deriveBits'],
    ...['importKey', 'exportKey', 'wrapKey', 'unwrapKey'],
  ])
    wrap(subtle, name, 'WebCrypto');
  wrap(Object.getPrototypeOf(crypto) as Record<string, Method>, 'getRandomValues', 'random');
  const countedInstance = (instance: WebAssembly.Instance): object => ({
    exports: Object.fromEntries(
      Object.entries(instance.exports).map(([name, value]) => [
        name,
        typeof value === 'function'
          ? (...parameters: unknown[]): unknown => {
              countEngine('WebAssembly');
              return (value as (...list: unknown[]) => unknown)(...parameters);
            }
          : value,
      ]),
    ),
  });
  const { Instance, instantiate } = WebAssembly;
  const define = (name: string, value: unknown): void => void Object.defineProperty(WebAssembly, name, { value });
  define(
    'Instance',
    new Proxy(Instance, { construct: (target, parameters) => countedInstance(Reflect.construct(target, parameters) as WebAssembly.Instance) }),
  );
  define('instantiate', async (code: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports) => {
    const made = await (instantiate as (code: unknown, imports?: WebAssembly.Imports) => Promise<unknown>)(code, imports);
    if (made instanceof Instance) return countedInstance(made);
    const { module, instance } = made as WebAssembly.WebAssemblyInstantiatedSource;
    return { module, instance: countedInstance(instance) };
  });
}

/** Imports of src/ go to dist/lib, and imports of an engine to a module that counts its calls. */
function builtLibrary(): Plugin {
  const counting = '\0counting:';
  return {
    name: 'built-library',
    enforce: 'pre',
    async resolveId(wanted, importer) {
      if (importer === undefined || importer.startsWith(counting)) return null;
      let target: string;
      if (wanted === '@noble/ciphers/aes.js') target = path.join(root, 'node_modules', wanted);
      else if (wanted.startsWith('.')) target = builtPath(wanted, importer);
      else return null;
      return target in ENGINES ? counting + target : target;
    },
    async load(id) {
      if (!id.startsWith(counting)) return null;
      const target = id.slice(counting.length);
      const engine = JSON.stringify(ENGINES[target]);
      const names = Object.keys((await import(pathToFileURL(target).href)) as object);
      const counted = (name: string): string =>
        `export const ${name} = typeof real.${name} !== 'function' || ${name === NO_ENGINE} ? real.${name} : ` +
        `new Proxy(real.${name}, { apply(f, self, list) { globalThis.countEngine(${engine}); return Reflect.apply(f, self, list); } });`;
      return [`import * as real from ${JSON.stringify(target)};`, ...names.map(counted)].join('\n');
    },
  };
}

/** A server's files: a page and a worker that count and then load one module of this folder; `/empty` has no script. */
export async function countedApp(entry: string): Promise<Files> {
  needsLibrary();
  for (const engine of Object.keys(ENGINES)) if (!existsSync(engine)) throw new Error(`${engine} is not there: the list of engines is out of date`);
  const result = await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'error',
    plugins: [builtLibrary()],
    build: {
      write: false,
      target: 'es2022',
      minify: false,
      modulePreload: false,
      rollupOptions: { input: path.join(import.meta.dirname, entry), output: { entryFileNames: 'entry.js' } },
    },
  });
  const output = (Array.isArray(result) ? result : [result]).flatMap((one) => ('output' in one ? one.output : []));
  onlyBuilt(output);
  const page = (scripts: string): readonly [string, string] => ['text/html', `<!doctype html><title>lab</title>${scripts}`];
  const files: Record<string, readonly [string, string | Uint8Array]> = {
    ...emptyApp(),
    '/': page('<script src="/counters.js"></script><script type="module" src="/entry.js"></script>'),
    '/empty': page(''),
    '/counters.js': ['text/javascript', `(${countEngines.toString()})()`],
    '/worker.js': ['text/javascript', `importScripts('/counters.js'); void import('/entry.js');`],
  };
  for (const item of output) files[`/${item.fileName}`] = ['text/javascript', item.type === 'chunk' ? item.code : item.source];
  return files;
}
