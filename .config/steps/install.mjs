// Makes `npm start` and `npm test` the only command on a fresh clone: npm packages, then the system packages of a test tier.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import path from 'node:path';

export const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..', '..');

/** Runs `npm ci` unless this very lock file was installed already. */
export function installPackages() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw new Error(`Node 20.19 or newer is needed; this is ${process.version}.`);
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = path.join(root, 'node_modules', '.web-minidriver-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.log('Installing npm packages (npm ci) ...');
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (done.status !== 0) throw new Error(`npm ci ended with ${done.status ?? done.signal}; see its output above.`);
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

/** Debian packages by what needs them. */
export const systemPackages = {
  // Vectors of NIST and the RFCs. Nobody is asked for them: without them, and without the shared test data, their tests are skipped.
  unit: ['python3-cryptography-vectors'],
  browser: ['chromium'],
  usb: ['chromium', 'gcc', 'libc6-dev', 'pcscd', 'libccid', 'opensc', 'yubico-piv-tool', 'openssl', 'xvfb', 'xdotool', 'iproute2', 'pcsc-tools'],
  interop: ['pcscd', 'opensc', 'yubico-piv-tool', 'ykcs11', 'yubikey-manager', 'vsmartcard-vpcd', 'openssh-client', 'openssl', 'iproute2'],
};

function missing(packages) {
  return packages.filter((name) => {
    const asked = spawnSync('dpkg-query', ['-W', '-f=${db:Status-Status}', name], { encoding: 'utf8' });
    return asked.status !== 0 || asked.stdout.trim() !== 'installed';
  });
}

/** In CI the packages that a tier can do without are installed; elsewhere a line says how, and nobody is asked. */
export async function wishSystem(packages) {
  if (process.env.CI === 'true') return ensureSystem(packages);
  const absent = missing(packages);
  if (absent.length > 0) console.log(`More tests run with: apt-get install --no-install-recommends ${absent.join(' ')}`);
  return true;
}

/**
 * True when every package is there afterwards. CI=true installs; a person is asked first, since pcscd would seize a real
 * reader; without a terminal nothing is installed and the exact line is printed.
 */
export async function ensureSystem(packages) {
  let absent = missing(packages);
  if (absent.length === 0) return true;
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  const line = `${sudo}apt-get install -y --no-install-recommends ${absent.join(' ')}`;
  if (process.env.CI !== 'true') {
    if (!process.stdin.isTTY) {
      console.log(`Missing system packages. Install them with:\n  ${line}`);
      return false;
    }
    const ask = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await ask.question(
      `These tests need system packages. pcscd takes hold of a connected reader while it runs.\n  ${line}\nInstall now? [y/N] `,
    );
    ask.close();
    if (!/^y/i.test(answer.trim())) return false;
  }
  const run = (...words) => {
    const all = sudo === '' ? words : ['sudo', ...words];
    return (
      spawnSync(all[0], all.slice(1), { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
        .status === 0
    );
  };
  run('apt-get', '-qq', 'update');
  run('apt-get', '-qq', 'install', '-y', '--no-install-recommends', ...absent);
  absent = missing(packages);
  if (absent.length > 0) console.log(`Still missing: ${absent.join(' ')}`);
  return absent.length === 0;
}

/** Runs one command in the project folder; the exit code decides. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    ...options,
    env: { ...process.env, ...(options.env ?? {}) },
  });
  return done.status ?? 1;
}

/** A tool from node_modules/.bin. */
export function tool(name, args, options = {}) {
  return run(path.join(root, 'node_modules', '.bin', name), args, options);
}
