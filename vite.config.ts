import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { pages } from './src/ui/messages/en/pages.ts';

const web = path.join(import.meta.dirname, 'web');

/**
 * The Content-Security-Policy of every page, for hosting without headers of its own. WebAssembly is the RSA core; `lit-html` and
 * `web-minidriver` are the only trusted-types policies (web/page/trusted-script.ts). The Isolated Web App adds its own policy.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html web-minidriver',
].join('; ');

const escapeText = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The English words at `name`, e.g. 'enroll.title'; what a page says before or without its program. */
function word(name: string): string {
  let at: unknown = pages;
  for (const part of name.split('.')) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined;
  if (typeof at !== 'string') throw new Error(`no word ${name} in src/ui/messages/en/pages.ts`);
  return escapeText(at);
}

/** What every page has: {{page/head.html}} stands for that file. */
const part = (name: string): string => readFileSync(path.join(web, name), 'utf8').trim();

/** Puts the parts that all pages share, the catalogue's words where a page has {{their.name}}, and the policy into the head of built pages. */
function pageWords(): Plugin {
  return {
    name: 'page-words',
    transformIndexHtml: {
      order: 'pre',
      handler: (source, { server }) => {
        const meta = server === undefined ? `<meta http-equiv="Content-Security-Policy" content="${policy}">` : '';
        return source
          .replace(/\{\{([\w-]+\/[\w-]+\.html)\}\}/g, (_, name: string) => part(name))
          .replace('{{policy}}', () => meta)
          .replace(/\{\{([\w.]+)\}\}/g, (_, name: string) => word(name));
      },
    },
  };
}

/** What cross-origin isolation needs; the dev-mode proxy of an Isolated Web App too. */
const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

const config: UserConfig = defineConfig({
  root: web,
  base: './',
  publicDir: path.join(import.meta.dirname, 'public'),
  appType: 'mpa',
  plugins: [pageWords()],
  worker: { format: 'es' },
  server: { headers, host: 'localhost' },
  preview: { headers, host: 'localhost' },
  build: {
    outDir: path.join(import.meta.dirname, 'dist', 'pages'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // No data: addresses, so that the policy can name 'self' alone.
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.txt' },
    rolldownOptions: {
      // What every page begins with is one file, not one for each set of pages and later parts that share some of it.
      output: { codeSplitting: { groups: [{ name: 'shell', tags: ['$initial'], minShareCount: 4 }] } },
      input: readdirSync(web)
        .filter((name) => name.endsWith('.html'))
        .map((name) => path.join(web, name)),
    },
  },
});

export default config;
