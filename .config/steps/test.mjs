// npm test: every tier, on a fresh clone too. Exit 0 only when all ran and passed.
import { installPackages, run } from './install.mjs';
import { line, runTier, tiers } from './tier.mjs';

installPackages();
const { buildWasm } = await import('./wasm.mjs');
await buildWasm();
const total = { passed: 0, failed: 0, skipped: 0 };
const rows = [];
const add = (name, counts) => {
  rows.push(`${name.padEnd(8)} ${line(counts)}`);
  for (const key of Object.keys(total)) total[key] += counts[key];
};
console.log('\n== check');
const check = run('node', ['.config/steps/check.mjs']);
add('check', check === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 });
console.log('\n== build');
const built = run('node', ['.config/steps/build.mjs']) === 0;
add('build', built ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 });
for (const [name, tier] of Object.entries(tiers)) add(name, await runTier(name, tier));
console.log(`\n${rows.join('\n')}\n`);
console.log(line(total));
process.exit(total.failed === 0 ? 0 : 1);
