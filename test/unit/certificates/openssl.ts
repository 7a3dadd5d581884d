import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** OpenSSL as the independent reader. Input by stdin. */
export function openssl(args: readonly string[], input?: Uint8Array | string): string {
  return execFileSync('openssl', args, { ...(input === undefined ? {} : { input }), encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Exit status and both outputs, for commands that report on stderr. */
export function opensslResult(args: readonly string[], input: Uint8Array | string): { readonly status: number; readonly text: string } {
  const result = spawnSync('openssl', args, { input, encoding: 'utf8' });
  return { status: result.status ?? -1, text: `${result.stdout}${result.stderr}` };
}

export const opensslAbsent: string | undefined = spawnSync('openssl', ['version']).status === 0 ? undefined : 'openssl is not installed';

/** Runs `body` with the path of a file that holds `content` and is gone afterwards. */
export function withFile<T>(content: string, body: (file: string) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), 'certificates-'));
  const file = path.join(folder, 'file');
  try {
    writeFileSync(file, content);
    return body(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
