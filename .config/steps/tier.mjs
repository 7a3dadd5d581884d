// Runs one test tier and ends with "N passed, N failed". With CI=true a skipped test fails the tier, unless it needs the shared test data and the folder is absent.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureSystem, installPackages, root, systemPackages, tool, wishSystem } from './install.mjs';

/** Counts of a Vitest JSON report, with the skips that are not excused. */
export function judge(report, corporaPresent, readSource = (file) => readFileSync(file, 'utf8')) {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const unexcused = [];
  for (const file of report.testResults) {
    if (file.status === 'failed' && file.assertionResults.length === 0) failed += 1;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') passed += 1;
      else if (test.status === 'failed') failed += 1;
      else {
        skipped += 1;
        if (corporaPresent || !readSource(file.name).includes('corpora.ts')) unexcused.push(`${path.basename(file.name)}: ${test.fullName}`);
      }
    }
  }
  return { passed, failed, skipped, unexcused };
}

/** Runs a tier; answers its counts. A tier whose packages are missing is named and counts as one failure. */
export async function runTier(name, { config, packages = [], wishes = [], filters = [] }) {
  console.log(`\n== ${name}`);
  if (!(await ensureSystem(packages)) || !(await wishSystem(wishes))) {
    console.log(`${name}: skipped, system packages are missing (install line above)`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'web-minidriver-'));
  const output = path.join(folder, 'report.json');
  try {
    const status = tool('vitest', ['run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${output}`, ...filters]);
    if (!existsSync(output)) return { passed: 0, failed: 1, skipped: 0 };
    const counts = judge(JSON.parse(readFileSync(output, 'utf8')), existsSync(path.join(root, '..', 'shared', 'corpora')));
    if (status !== 0 && counts.failed === 0) counts.failed = 1;
    if (process.env.CI === 'true' && counts.unexcused.length > 0) {
      for (const line of counts.unexcused) console.log(`not excused, skipped: ${line}`);
      counts.failed += counts.unexcused.length;
    }
    if (counts.passed === 0 && counts.failed === 0) counts.failed = 1;
    return counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const tiers = {
  unit: { config: '.config/vitest.unit.ts', wishes: systemPackages.unit },
  browser: { config: '.config/vitest.browser.ts', packages: systemPackages.browser, needsBuild: true },
  usb: { config: '.config/vitest.usb.ts', packages: systemPackages.usb, needsBuild: true },
  interop: { config: '.config/vitest.interop.ts', packages: systemPackages.interop },
};

export function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [name, ...filters] = process.argv.slice(2);
  const tier = tiers[name];
  if (tier === undefined) throw new Error(`tiers: ${Object.keys(tiers).join(', ')}`);
  installPackages();
  const { buildWasm } = await import('./wasm.mjs');
  await buildWasm();
  const build = () => tool('tsc', ['-p', '.config/tsconfig.lib.json']) === 0 && tool('vite', ['build', '--logLevel', 'warn']) === 0;
  if (tier.needsBuild && !build()) process.exit(1);
  const counts = await runTier(name, { ...tier, filters });
  console.log(line(counts));
  process.exit(counts.failed === 0 ? 0 : 1);
}
