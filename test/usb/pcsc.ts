import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Bus } from './bus.ts';
import { shimLibrary } from './shim.ts';

/** A vendor and product id that libccid knows. */
export const KNOWN_READER = { vendorId: 0x08e6, productId: 0x3437 } as const;

const driver = '/usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Linux/libccid.so';

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** pcscd with libccid on an emulated bus, in a mount namespace of its own, so that a pcscd of the machine is not disturbed. Needs root. */
export interface Pcsc {
  /** Runs a program as a client of this pcscd. */
  run(command: string, args: readonly string[], options?: { readonly input?: string }): Promise<Finished>;
  /** A program that stays and answers line by line, as a client of this pcscd. */
  talk(command: string): Talk;
  /** What pcscd and libccid had to say. */
  log(): string;
  stop(): Promise<void>;
}

/** One line in, one line out. */
export interface Talk {
  /** The next line that the program says by itself. */
  line(): Promise<string>;
  say(line: string): Promise<string>;
  end(): Promise<void>;
}

function talkWith(child: ChildProcess): Talk {
  let text = '';
  let failed: Error | undefined;
  const waiting: { readonly resolve: (line: string) => void; readonly reject: (error: Error) => void }[] = [];
  const feed = (): void => {
    for (let end = text.indexOf('\n'); end >= 0 && waiting.length > 0; end = text.indexOf('\n')) {
      waiting.shift()?.resolve(text.slice(0, end));
      text = text.slice(end + 1);
    }
    if (failed !== undefined) for (const each of waiting.splice(0)) each.reject(failed);
  };
  child.stdout?.on('data', (data: Buffer) => {
    text += data.toString('latin1');
    feed();
  });
  let said = '';
  child.stderr?.on('data', (data: Buffer) => (said += data.toString('latin1')));
  const ended = new Promise<void>((resolve) => {
    child.on('close', (status) => {
      failed = new Error(`the client ended with ${status}: ${said}`);
      feed();
      resolve();
    });
  });
  const line = (): Promise<string> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      feed();
    });
  return {
    line,
    say: (words) => {
      child.stdin?.write(`${words}\n`);
      return line();
    },
    end: async () => {
      child.stdin?.end();
      await ended;
    },
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: string, condition: () => boolean, child: ChildProcess): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (condition()) return;
    if (child.exitCode !== null) throw new Error(`pcscd ended with ${child.exitCode} before ${what}`);
    await sleep(50);
  }
  throw new Error(`waited too long for ${what}`);
}

export interface PcscOptions {
  /** Others than those of the known reader must be known to libccid as well. */
  readonly vendorId?: number;
  readonly productId?: number;
  /** True: libccid also logs what it reckons, the time-outs among it. */
  readonly reckons?: boolean;
}

/** Starts pcscd for the device with this number on the bus. */
export async function startPcsc(bus: Bus, deviceNumber: number, options: PcscOptions = {}): Promise<Pcsc> {
  const { vendorId, productId } = { ...KNOWN_READER, ...options };
  const folder = mkdtempSync(path.join(tmpdir(), 'wm-pcsc-'));
  const logFile = path.join(folder, 'log');
  const configuration = path.join(folder, 'reader.conf');
  const id = [vendorId, productId].map((each) => each.toString(16).padStart(4, '0')).join('/');
  const number = String(deviceNumber).padStart(3, '0');
  writeFileSync(configuration, `FRIENDLYNAME "Lab Reader"\nDEVICENAME usb:${id}:libudev:0:/dev/bus/usb/001/${number}\nLIBPATH ${driver}\n`);
  const log = openSync(logFile, 'w');
  const usb = {
    LD_PRELOAD: shimLibrary(),
    FAKEUSB_DIR: bus.folder,
    FAKEUSB_SOCK: bus.socketPath,
    ...(options.reckons === true ? { LIBCCID_ifdLogLevel: '0x000F' } : {}),
  };
  // The preload library is for pcscd alone: sh and mount must not get it.
  const preload = Object.entries(usb)
    .map(([name, value]) => `${name}='${value}'`)
    .join(' ');
  const script = `mount -t tmpfs tmpfs /run && mkdir -p /run/pcscd && exec env ${preload} /usr/sbin/pcscd --foreground --debug --config '${configuration}'`;
  const child = spawn('unshare', ['--mount', 'sh', '-c', script], { stdio: ['ignore', log, log] });
  closeSync(log);
  const said = (): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(5000).then(() => child.kill('SIGKILL'))]);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // The socket is made in the namespace: seen from outside through the process's own root.
    await until('its socket', () => existsSync(path.join('/proc', String(child.pid), 'root', 'run', 'pcscd', 'pcscd.comm')), child);
    await until('the reader', () => /daemon ready/.test(said()), child);
  } catch (error) {
    const text = said();
    await stop();
    throw new Error(`pcscd did not start: ${text.slice(-2000)}`, { cause: error });
  }
  return {
    log: said,
    stop,
    talk: (command) => talkWith(spawn('nsenter', [`--mount=/proc/${child.pid}/ns/mnt`, command], { stdio: ['pipe', 'pipe', 'pipe'] })),
    run: (command, args, options = {}) =>
      new Promise((resolve, reject) => {
        const client = spawn('nsenter', [`--mount=/proc/${child.pid}/ns/mnt`, command, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
        let [stdout, stderr] = ['', ''];
        client.stdout.on('data', (data: Buffer) => (stdout += data.toString('latin1')));
        client.stderr.on('data', (data: Buffer) => (stderr += data.toString('latin1')));
        client.on('error', reject);
        client.on('close', (status) => resolve({ status, stdout, stderr }));
        // One that ends before it has read is judged by its status.
        client.stdin.on('error', () => undefined);
        client.stdin.end(options.input ?? '');
      }),
  };
}
