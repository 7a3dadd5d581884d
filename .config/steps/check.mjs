// npm run check: everything that needs no run of the product. Each line is one check; exit 1 when any fails.
import { installPackages, run, tool } from './install.mjs';

installPackages();
const { buildWasm } = await import('./wasm.mjs');
await buildWasm();
const checks = [
  ['lock file', () => run('node', ['.config/steps/lock.mjs'])],
  ['types', () => tool('tsc', ['--noEmit'])],
  ['lint', () => tool('eslint', ['--config', '.config/eslint.config.mjs', '--max-warnings', '0', 'src', 'web', 'test', 'vite.config.ts', '.config'])],
  [
    'format',
    () => tool('prettier', ['--config', '.config/prettier.json', '--ignore-path', '.config/prettierignore', '--check', '--log-level', 'warn', '.']),
  ],
  ['layers, top level, style', () => tool('vitest', ['run', '--config', '.config/vitest.unit.ts', 'test/arch', '--reporter=dot'])],
  ['dead exports', () => tool('knip', ['--config', '.config/knip.json', '--no-progress'])],
  ['public surface', () => run('node', ['.config/steps/api.mjs'])],
  ['sizes', () => run('node', ['.config/steps/sizes.mjs'])],
];
const failed = [];
for (const [name, check] of checks) {
  const ok = check() === 0;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}`);
  if (!ok) failed.push(name);
}
if (failed.length > 0) console.log(`\nFailed: ${failed.join(', ')}`);
console.log(`${checks.length - failed.length} passed, ${failed.length} failed`);
process.exit(failed.length === 0 ? 0 : 1);
