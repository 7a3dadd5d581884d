import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { filesUnder, root } from './sources.ts';

/* TypeScript's own list of what a worker has: a name that only a page knows does not compile against it. */

/** These name the page: the elements, and the files that ask the browser for its doors to readers. */
const PAGE_FILES = /^src\/(ui\/|usb\/navigator\.ts|channel\/web-smart-card[\w-]*\.ts|crypto\/bignum\/assembly\/)/;

/** Cannot find a name, a namespace, a property: other errors of types are another check's. */
const NOT_FOUND: readonly number[] = [2304, 2339, 2503, 2551, 2552, 2584];

/** What does not compile in a worker, by file; `planted` are files that exist for this call only. */
function notInWorkers(files: readonly string[], planted: Readonly<Record<string, string>> = {}): string[] {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), (name) => ts.sys.readFile(name)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const worker = { ...options, lib: ['lib.es2023.d.ts', 'lib.webworker.d.ts'], types: ['w3c-web-usb'], noEmit: true };
  const host = ts.createCompilerHost(worker);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  const text = (name: string): string | undefined => planted[path.relative(root, name)];
  host.readFile = (name) => text(name) ?? readFile(name);
  host.fileExists = (name) => text(name) !== undefined || fileExists(name);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, language) => {
    const content = text(name);
    return content === undefined ? getSourceFile(name, language) : ts.createSourceFile(name, content, language);
  };
  const names = [...files, ...Object.keys(planted)].map((file) => path.join(root, file));
  return ts
    .getPreEmitDiagnostics(ts.createProgram(names, worker, host))
    .filter(({ code }) => NOT_FOUND.includes(code))
    .map(({ file, messageText }) => [path.relative(root, file?.fileName ?? ''), ts.flattenDiagnosticMessageText(messageText, ' ')] as const)
    .filter(([file]) => !PAGE_FILES.test(file))
    .map(([file, message]) => `${file}: ${message}`);
}

describe('the library without a page', () => {
  it('nothing but ui/, the WebUSB file and the Web Smart Card file names what only a page has', { timeout: 60_000 }, () => {
    const files = filesUnder('src').filter((file) => !PAGE_FILES.test(file));
    expect(files.length).toBeGreaterThan(200);
    expect(notInWorkers(files)).toEqual([]);
  });

  it.each([
    ['the document', 'document.title;'],
    ['the window', 'window.close();'],
    ['storage of pages', "localStorage.getItem('x');"],
    ['a class of the DOM', 'new DOMParser();'],
    ['a type of the DOM', 'export type Place = HTMLElement;'],
    ['a property that only pages have', 'export const all = navigator.plugins;'],
    ['an event of the mouse', 'export const x = (event: MouseEvent): number => event.x;'],
  ])('catches %s', { timeout: 60_000 }, (_name, source) => {
    expect(notInWorkers([], { 'src/app/planted.ts': `${source}\nexport {};\n` })).toHaveLength(1);
    expect(notInWorkers([], { 'src/ui/planted.ts': `${source}\nexport {};\n` })).toEqual([]);
  });
});
