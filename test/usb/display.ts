import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

/** A virtual screen for what headless Chromium has not: the device chooser. */
export interface Display {
  readonly name: string;
  /** Presses keys in the focused window, one after the other. */
  press(...keys: readonly string[]): Promise<void>;
  stop(): void;
}

const run = promisify(execFile);

/** Starts Xvfb on a free display number. */
export function startDisplay(): Promise<Display> {
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const told = child.stdio[3];
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
    told?.once('data', (data: Buffer) => {
      const name = `:${data.toString().trim()}`;
      resolve({
        name,
        press: async (...keys) => {
          await run('xdotool', ['key', '--delay', '150', ...keys], { env: { ...process.env, DISPLAY: name } });
        },
        stop: () => {
          child.removeAllListeners('exit');
          child.kill();
        },
      });
    });
  });
}
