// The package as a stranger gets it: the files that npm packs, in a project that has nothing but its dependencies. Every entry of `exports` is
// imported, with all it may load later, and its types are checked. Nothing is fetched: the dependencies are copied from node_modules.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { rolldown } from 'rolldown';
import { root } from './install.mjs';

const json = (file) => JSON.parse(readFileSync(file, 'utf8'));
const manifest = json(path.join(root, 'package.json'));

/** Names of the packages that come with these, theirs included. */
function closure(names, found = new Set()) {
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    closure(Object.keys(json(path.join(root, 'node_modules', name, 'package.json')).dependencies ?? {}), found);
  }
  return found;
}

/** A project with the packed package and its dependencies, less those in `without`. */
function project(without = []) {
  const folder = mkdtempSync(path.join(tmpdir(), 'web-minidriver-pack-'));
  const asked = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    shell: process.platform === 'win32',
  });
  if (asked.status !== 0) throw new Error(asked.stderr);
  const place = (name) => path.join(folder, 'node_modules', name);
  for (const { path: file } of JSON.parse(asked.stdout)[0].files) cpSync(path.join(root, file), path.join(place(manifest.name), file));
  const needed = closure([...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]);
  for (const name of needed)
    if (!without.includes(name)) cpSync(path.join(root, 'node_modules', name), place(name), { recursive: true, dereference: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module", "private": true }\n');
  return folder;
}

/** Files that the README leads to and that are not packed. */
function deadLinks(folder) {
  const packed = path.join(folder, 'node_modules', manifest.name);
  const links = [...readFileSync(path.join(packed, 'README.md'), 'utf8').matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => link);
  return links.filter((link) => !existsSync(path.join(packed, link)));
}

/** What a project can import, patterns filled in from the elements that there are. */
function entries(folder) {
  const tags = ['wm-enroll', 'wm-diagnostics', 'wm-readers'];
  const names = Object.keys(manifest.exports).flatMap((name) => (name.includes('*') ? tags.map((tag) => name.replace('*', tag)) : [name]));
  const lost = Object.values(manifest.exports)
    .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))
    .filter((target) => !target.includes('*') && !existsSync(path.join(folder, 'node_modules', manifest.name, target)));
  return { names: names.map((name) => `${manifest.name}/${name.slice(2)}`), lost };
}

/** Imports that lead nowhere, in anything that the entries reach. */
async function unresolved(folder, names) {
  const found = new Set();
  const input = path.join(folder, 'all.js');
  writeFileSync(input, names.map((name, index) => `export * as e${index} from '${name}';`).join('\n'));
  const bundle = await rolldown({
    input,
    cwd: folder,
    onLog: (_level, log) => {
      if (log.code === 'UNRESOLVED_IMPORT') found.add(stripVTControlCharacters(log.message).split('\n')[0]);
    },
  });
  await bundle.generate({ format: 'es' });
  await bundle.close();
  return [...found];
}

/** What Node says when it imports them one by one; elements need a page. */
function refusedByNode(folder, names) {
  const script = `for (const name of ${JSON.stringify(names)}) await import(name).catch((error) => console.log(name + ': ' + error.message));`;
  const done = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder, encoding: 'utf8' });
  return `${done.stdout}${done.status === 0 ? '' : done.stderr}`.split('\n').filter((line) => line !== '');
}

/** What the compiler says of the types, those of the package included. */
function typeErrors(folder, names) {
  const uses = [
    "import type { UsbHost } from 'web-minidriver/usb';",
    "import { createSimulatedUsb } from 'web-minidriver/simulator';",
    'export const host: UsbHost = createSimulatedUsb([]);',
    'export const browsers: UsbHost = navigator.usb;',
  ];
  const imports = names.filter((name) => !/\.(json|js)$/.test(name) || name.includes('/ui/')).map((name) => `import '${name}';`);
  writeFileSync(path.join(folder, 'types.ts'), [...imports, ...uses].join('\n'));
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    module: 'ESNext',
    moduleResolution: 'Bundler',
    strict: true,
    noEmit: true,
    types: [],
    skipLibCheck: false,
  };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['types.ts'] }));
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const done = spawnSync(process.execPath, [tsc, '-p', folder], { cwd: folder, encoding: 'utf8' });
  return done.status === 0 ? [] : done.stdout.trim().split('\n');
}

/** Everything that is wrong with the package when `without` are not there. */
async function faults(without = []) {
  const folder = project(without);
  try {
    const { names, lost } = entries(folder);
    const scripts = names.filter((name) => !/\/ui\/|bundle\.js$|\.json$/.test(name));
    return [
      ...lost.map((file) => `not packed: ${file}`),
      ...deadLinks(folder).map((link) => `README.md leads to ${link}, which is not packed`),
      ...(await unresolved(
        folder,
        names.filter((name) => !name.endsWith('.json')),
      )),
      ...refusedByNode(folder, scripts),
      ...typeErrors(folder, names),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const found = await faults();
for (const fault of found) console.log(fault);
// A dependency that is not there must be missed by the bundler and by Node, and the types of WebUSB by the compiler.
const missed = await faults(['@noble/curves', '@types/w3c-web-usb']);
const saying = (pattern) => missed.some((line) => pattern.test(line));
const caught =
  saying(/Could not resolve '@noble\/curves/) && saying(/^web-minidriver\/simulator: .*@noble\/curves/) && saying(/error TS.*w3c-web-usb/);
if (!caught) console.log(`a missing dependency passes, so this check checks nothing:\n${missed.join('\n')}`);
process.exit(found.length === 0 && caught ? 0 : 1);
