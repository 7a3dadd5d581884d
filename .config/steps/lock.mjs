// The lock file is whole: npm ci takes it on every platform. npm drops the packages of other platforms from it when it is written
// beside an installed node_modules, and only a clean install notices.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './install.mjs';

/** Whether `npm ci` would install this lock file. Nothing is fetched. */
export function isWhole(manifest, lock) {
  const folder = mkdtempSync(path.join(tmpdir(), 'web-minidriver-lock-'));
  try {
    writeFileSync(path.join(folder, 'package.json'), manifest);
    writeFileSync(path.join(folder, 'package-lock.json'), lock);
    const done = spawnSync('npm', ['ci', '--dry-run', '--ignore-scripts', '--offline'], { cwd: folder, encoding: 'utf8' });
    return { whole: done.status === 0, said: done.stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The lock file without one package that only another platform installs. */
export function withoutOneOptional(lock) {
  const parsed = JSON.parse(lock);
  const foreign = Object.entries(parsed.packages).find(
    ([, entry]) => entry.optional === true && entry.os !== undefined && !entry.os.includes(process.platform),
  );
  if (foreign === undefined) throw new Error('the lock file names no package of another platform');
  delete parsed.packages[foreign[0]];
  return JSON.stringify(parsed, null, 2);
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const read = (name) => readFileSync(path.join(root, name), 'utf8');
  const manifest = read('package.json');
  const lock = read('package-lock.json');
  const { whole, said } = isWhole(manifest, lock);
  if (!whole) console.log(`${said}\nWrite it anew: remove node_modules and package-lock.json, then npm install.`);
  const caught = !isWhole(manifest, withoutOneOptional(lock)).whole;
  if (!caught) console.log('a lock file without one package passes: this check checks nothing');
  process.exit(whole && caught ? 0 : 1);
}
