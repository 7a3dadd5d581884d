// npm run build: the library as unbundled ES modules with types, one bundled file, the pages, and the list of parts.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { installPackages, root, tool } from './install.mjs';

installPackages();
const { buildWasm } = await import('./wasm.mjs');
await buildWasm();
const steps = [
  ['library', () => (rmSync(path.join(root, 'dist', 'lib'), { recursive: true, force: true }), tool('tsc', ['-p', '.config/tsconfig.lib.json']))],
  ['pages', () => tool('vite', ['build', '--logLevel', 'warn'])],
  ['bundle', () => tool('vite', ['build', '--config', '.config/vite.bundle.ts', '--logLevel', 'warn'])],
  [
    'custom-elements.json',
    () => tool('custom-elements-manifest', ['analyze', '--litelement', '--globs', 'src/ui/**/*.ts', '--outdir', 'dist', '--quiet']),
  ],
  ['list of parts (CycloneDX)', partsList],
];

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
