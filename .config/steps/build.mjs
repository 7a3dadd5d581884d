// npm run build: the library as unbundled ES modules with types, one bundled file, the pages, and the list of parts.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { installPackages, root, run, tool } from './install.mjs';

installPackages();
const { buildWasm } = await import('./wasm.mjs');
await buildWasm();
const steps = [
  ['library', () => (rmSync(path.join(root, 'dist', 'lib'), { recursive: true, force: true }), tool('tsc', ['-p', '.config/tsconfig.lib.json']))],
  ['pages', () => tool('vite', ['build', '--logLevel', 'warn'])],
  ['bundle', () => tool('vite', ['build', '--config', '.config/vite.bundle.ts', '--logLevel', 'warn'])],
  ['custom-elements.json', elementsManifest],
  ['list of parts (CycloneDX)', partsList],
  ['package', () => run('node', ['.config/steps/pack.mjs'])],
];

/** dist/custom-elements.json: the elements with their attributes, properties and events, at the addresses that npm publishes. */
function elementsManifest() {
  const globs = ['src/ui/wm-*/wm-*.ts', 'src/ui/parts/element.ts'];
  const status = tool('custom-elements-manifest', ['analyze', '--litelement', '--globs', ...globs, '--outdir', 'dist', '--quiet']);
  if (status !== 0) return status;
  const file = path.join(root, 'dist', 'custom-elements.json');
  const published = readFileSync(file, 'utf8').replace(/"\/?src\/(ui\/[^"]+)\.ts"/g, '"dist/lib/$1.js"');
  const manifest = JSON.parse(published);
  const elements = manifest.modules.flatMap((module) => module.declarations ?? []).filter((declaration) => declaration.tagName !== undefined);
  // Events are dispatched by one method, whose parameter the analyzer takes for an event's name.
  for (const element of elements) element.events = (element.events ?? []).filter(({ name }) => name.startsWith('wm-'));
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  const tags = elements.filter(({ events }) => events.length > 0).map(({ tagName }) => tagName);
  const missing = ['wm-enroll', 'wm-diagnostics', 'wm-readers'].filter((tag) => !tags.includes(tag));
  if (missing.length > 0) console.log(`custom-elements.json lacks ${missing.join(', ')} or its events`);
  return missing.length;
}

/** dist/parts.cdx.json: what the product is made of, without development packages; npm writes it from the lock file. */
function partsList() {
  const done = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (done.status !== 0) return done.status ?? 1;
  const list = JSON.parse(done.stdout);
  if (!Array.isArray(list.components) || list.components.length === 0) return 1;
  // Fixed identity: the same input gives the same file.
  delete list.serialNumber;
  delete list.metadata?.timestamp;
  for (const part of list.components)
    part.externalReferences = (part.externalReferences ?? []).filter((reference) => reference.type !== 'distribution');
  mkdirSync(path.join(root, 'dist'), { recursive: true });
  writeFileSync(path.join(root, 'dist', 'parts.cdx.json'), `${JSON.stringify(list, null, 2)}\n`);
  return 0;
}

for (const [name, step] of steps) {
  const status = step();
  console.log(`build: ${name} ${status === 0 ? 'done' : 'FAILED'}`);
  if (status !== 0) process.exit(1);
}
