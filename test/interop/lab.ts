import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CardOrder, Order, Outcome } from './orders.ts';

/** Where Debian puts libraries of this machine's kind. */
export const LIBRARIES: string = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;

/** The tools, by the file that shows that the package is there. */
const NEEDED: Readonly<Record<string, string>> = {
  pcscd: '/usr/sbin/pcscd',
  'vsmartcard-vpcd': '/usr/lib/pcsc/drivers/serial/libifdvpcd.so',
  opensc: '/usr/bin/pkcs11-tool',
  'yubico-piv-tool': '/usr/bin/yubico-piv-tool',
  ykcs11: `${LIBRARIES}/libykcs11.so.2`,
  'yubikey-manager': '/usr/bin/ykman',
  'openssh-client': '/usr/bin/ssh-keygen',
  openssl: '/usr/bin/openssl',
  iproute2: '/usr/sbin/ip',
};

/** Why these tests cannot run here, or undefined. */
export function missingForInterop(): string | undefined {
  const absent = Object.keys(NEEDED).filter((name) => !existsSync(NEEDED[name] ?? '') && !existsSync((NEEDED[name] ?? '').replace(/^\/usr/, '')));
  if (absent.length > 0) return `interop tests need: sudo apt-get install -y --no-install-recommends ${absent.join(' ')}`;
  const made = spawnSync('unshare', [...namespaces(), 'true'], { encoding: 'utf8' });
  return made.status === 0 ? undefined : `interop tests need namespaces of their own, and unshare says: ${made.stderr.trim()}`;
}

function namespaces(): string[] {
  return process.getuid?.() === 0 ? ['-m', '-n'] : ['--map-root-user', '-m', '-n'];
}

/**
 * Own loopback, own /run, no USB devices: vpcd listens on all addresses, and a real reader must stay with its owner. vpcd writes a command's
 * length and its octets one after the other, and Nagle's algorithm keeps the second back until the first is acknowledged, which Linux delays
 * by 40 ms; the route takes that delay away.
 */
const SETUP = `ip link set lo up && ip route replace local 127.0.0.1 dev lo src 127.0.0.1 table local quickack 1 && mount -t tmpfs tmpfs /run && if [ -d /dev/bus ]; then mount -t tmpfs tmpfs /dev/bus; fi && exec "$@"`;

/** pcscd, a virtual reader and a simulated card in namespaces of their own, and the tools run beside them. */
export class Lab {
  readonly #child: ChildProcess;
  readonly #waiting: ((outcome: Outcome) => void)[] = [];
  #ended: string | undefined;

  constructor() {
    const inside = fileURLToPath(new URL('inside.ts', import.meta.url));
    this.#child = spawn('unshare', [...namespaces(), 'sh', '-c', SETUP, 'sh', process.execPath, '--import', 'tsx', inside], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (this.#child.stdout === null) throw new Error('no pipe');
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#waiting.shift()?.(JSON.parse(line) as Outcome));
    this.#child.on('close', (code) => {
      this.#ended = `the process inside ended with ${code}`;
      for (const resolve of this.#waiting.splice(0)) resolve({ code: -1, stdout: '', stderr: this.#ended, timedOut: false });
    });
  }

  #order(order: Order): Promise<Outcome> {
    if (this.#ended !== undefined) return Promise.resolve({ code: -1, stdout: '', stderr: this.#ended, timedOut: false });
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
    });
  }

  /** Puts a new card into the reader, after taking the old one out. */
  async card(options: CardOrder): Promise<void> {
    const outcome = await this.#order({ op: 'card', options });
    if (outcome.code !== 0) throw new Error(outcome.stderr);
  }

  /** Runs a tool to its end, at most `timeoutMs`. */
  async run(
    argv: readonly string[],
    o: { readonly input?: string; readonly timeoutMs?: number; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<Outcome> {
    const { timeoutMs = 60_000, ...rest } = o;
    const outcome = await this.#order({ op: 'run', argv, timeoutMs, ...rest });
    if (outcome.timedOut) throw new Error(`${argv.join(' ')} took more than ${timeoutMs} ms\n${outcome.stdout}${outcome.stderr}`);
    return outcome;
  }

  /** Runs a tool that must succeed; answers its output, both streams. @throws Error with the output otherwise */
  async ok(
    argv: readonly string[],
    o: { readonly input?: string; readonly timeoutMs?: number; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<string> {
    const outcome = await this.run(argv, o);
    if (outcome.code !== 0) throw new Error(`${argv.join(' ')} ended with ${outcome.code}\n${outcome.stdout}${outcome.stderr}`);
    return outcome.stdout + outcome.stderr;
  }

  /** Runs a tool that must fail; answers its output, both streams. */
  async refused(argv: readonly string[], o: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {}): Promise<string> {
    const outcome = await this.run(argv, o);
    if (outcome.code === 0) throw new Error(`${argv.join(' ')} was not refused\n${outcome.stdout}${outcome.stderr}`);
    return outcome.stdout + outcome.stderr;
  }

  async write(file: string, content: string | Uint8Array): Promise<void> {
    await this.#order({ op: 'write', file, base64: Buffer.from(content).toString('base64') });
  }

  async read(file: string): Promise<Buffer> {
    const outcome = await this.#order({ op: 'read', file });
    if (outcome.code !== 0) throw new Error(`no file ${file}`);
    return Buffer.from(outcome.stdout, 'base64');
  }

  /** The inserted card as it is now. */
  async save(): Promise<unknown> {
    return JSON.parse((await this.#order({ op: 'save' })).stdout) as unknown;
  }

  /** Commands since the last call: header, length, length of the answer, status word; never a body. */
  async journal(): Promise<readonly string[]> {
    return (await this.#order({ op: 'journal' })).stdout.split('\n').filter((line) => line !== '');
  }

  async pcscdLog(): Promise<string> {
    return (await this.#order({ op: 'log' })).stdout;
  }

  async end(): Promise<void> {
    if (this.#ended !== undefined) return;
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin?.end();
    await closed;
  }
}
