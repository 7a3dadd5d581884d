import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bytes, fromHex, toHex } from '../../src/codec/index.ts';
import { createPivCard } from '../../src/simulator/card/index.ts';
import type { PersistentCard, SimulatedCard } from '../../src/simulator/smart-card.ts';
import type { CardOrder, Order, Outcome } from './orders.ts';
import { insertIntoVpcd, type VpcdConnection } from './vpcd-client.ts';

/*
 * Runs inside network and mount namespaces of its own (lab.ts makes them): pcscd with the virtual reader, the simulated card in it, and
 * the tools that are ordered, one JSON line an order on standard input, one a result on standard output. Ends with standard input.
 */

const PORT = 35963;
const DRIVER = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';
const folder = mkdtempSync(path.join(tmpdir(), 'interop-'));
const log = path.join(folder, 'pcscd.log');

/** A reader name that every tool accepts: ykcs11 wants it to begin with "Yubico", ykman wants an interface word. */
function startPcscd(): ReturnType<typeof spawn> {
  const config = path.join(folder, 'reader.conf');
  writeFileSync(
    config,
    `FRIENDLYNAME "Yubico YubiKey CCID"\nDEVICENAME /dev/null:0x${PORT.toString(16)}\nLIBPATH ${DRIVER}\nCHANNELID 0x${PORT.toString(16)}\n`,
  );
  mkdirSync('/run/pcscd', { recursive: true });
  const out = openSync(log, 'w');
  const none = path.join(folder, 'no-usb-drivers');
  mkdirSync(none);
  return spawn('/usr/sbin/pcscd', ['-f', '-c', config], { stdio: ['ignore', out, out], env: { ...process.env, PCSCLITE_HP_DROPDIR: none } });
}

class Journal implements SimulatedCard {
  readonly card: PersistentCard;
  readonly #spoiled: readonly (readonly [string, string])[];
  entries: string[] = [];
  /** pcscd has given it power: it knows that another card is there, and has its answer to reset. */
  readonly powered: Promise<void>;
  #onPower: () => void = () => {};

  constructor(card: PersistentCard, spoiled: Readonly<Record<string, string>> = {}) {
    this.card = card;
    this.#spoiled = Object.entries(spoiled);
    this.powered = new Promise((resolve) => (this.#onPower = resolve));
  }

  get atr(): Bytes {
    return this.card.atr;
  }

  get extendedLength(): boolean {
    return this.card.extendedLength;
  }

  reset(kind: 'cold' | 'warm' | 'off'): void {
    this.card.reset(kind);
    if (kind !== 'off') this.#onPower();
  }

  async transmit(command: Bytes): Promise<Bytes> {
    const whole = toHex(command);
    const spoiled = this.#spoiled.find(([beginning]) => whole.startsWith(beginning));
    const answer = spoiled === undefined ? await this.card.transmit(command) : fromHex(spoiled[1]);
    this.entries.push(`${whole.slice(0, 8)} ${command.length} ${answer.length} ${toHex(answer.subarray(-2))}`);
    return answer;
  }
}

let inserted: { readonly journal: Journal; readonly connection: VpcdConnection } | undefined;

async function removeCard(): Promise<void> {
  inserted?.connection.close();
  await inserted?.connection.closed;
  inserted = undefined;
}

/** pcscd looks for cards every 400 ms. One that changes between two looks is the old one to it, and is never given power. */
const LOOK_MS = 600;
const POWER_MS = 3000;
const SWAPS = 5;

async function putCard(options: CardOrder): Promise<void> {
  const card = createPivCard(options);
  for (let swap = 1; swap <= SWAPS; swap++) {
    await removeCard();
    await sleep(swap * LOOK_MS);
    const journal = new Journal(card, options.spoiled);
    inserted = { journal, connection: await insertIntoVpcd(journal, { host: '127.0.0.1', port: PORT, waitMs: 10_000 }) };
    if (await Promise.race([journal.powered.then(() => true), sleep(POWER_MS, false)])) return sleep(LOOK_MS);
  }
  throw new Error(`pcscd noticed none of ${SWAPS} cards`);
}

function run(order: Extract<Order, { op: 'run' }>): Promise<Outcome> {
  const [command = '', ...args] = order.argv;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, ...order.env, HOME: folder, LC_ALL: 'C.UTF-8' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let [stdout, stderr, timedOut] = ['', '', false];
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, order.timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('latin1')));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('latin1')));
    child.on('error', (error) => (stderr += error.message));
    child.stdin.on('error', () => {});
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, stdout, stderr, timedOut });
    });
    child.stdin.end(order.input ?? '');
  });
}

async function obey(order: Order): Promise<Outcome> {
  const done = { code: 0, stdout: '', stderr: '', timedOut: false };
  switch (order.op) {
    case 'card':
      await putCard(order.options);
      return done;
    case 'run':
      return run(order);
    case 'journal': {
      const entries = inserted?.journal.entries ?? [];
      if (inserted !== undefined) inserted.journal.entries = [];
      return { ...done, stdout: entries.join('\n') };
    }
    case 'save':
      return { ...done, stdout: JSON.stringify(inserted?.journal.card.save()) };
    case 'write':
      writeFileSync(path.join(folder, order.file), Buffer.from(order.base64, 'base64'));
      return done;
    case 'read': {
      const file = path.join(folder, order.file);
      return existsSync(file) ? { ...done, stdout: readFileSync(file).toString('base64') } : { ...done, code: 1 };
    }
    case 'log':
      return { ...done, stdout: readFileSync(log, 'latin1') };
  }
}

const pcscd = startPcscd();
const end = (): void => {
  pcscd.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
};
process.once('exit', end);
process.once('SIGTERM', () => process.exit(0));

let queue = Promise.resolve();
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  queue = queue.then(async () => {
    const order = JSON.parse(line) as Order;
    const outcome = await obey(order).catch((error: unknown) => ({ code: -1, stdout: '', stderr: String(error), timedOut: false }));
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
  });
});
lines.on('close', () => process.exit(0));
