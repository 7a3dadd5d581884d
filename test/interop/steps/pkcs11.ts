import { expect } from 'vitest';
import { LIBRARIES } from '../lab.ts';
import type { Station } from '../station.ts';
import { PIN } from '../suite.ts';
import { expectSerials } from './certificates.ts';

/* What pkcs11-tool does with OpenSC's module and with ykcs11 alike. */

export interface Pkcs11 {
  readonly call: (...args: readonly string[]) => readonly string[];
  readonly login: (...args: readonly string[]) => readonly string[];
}

export function pkcs11(library: string): Pkcs11 {
  const call = (...args: readonly string[]): readonly string[] => ['pkcs11-tool', '--module', `${LIBRARIES}/${library}`, ...args];
  return { call, login: (...args) => call('--login', '--pin', PIN, ...args) };
}

export const count = (text: string, what: RegExp): number => [...text.matchAll(what)].length;

/** Certificates and public keys without a PIN. */
export async function listsObjects(station: Station, { call }: Pkcs11): Promise<void> {
  const out = await station.lab.ok(call('-O'));
  await expectSerials(station, out);
  expect(count(out, /^Public Key Object/gm)).toBeGreaterThanOrEqual(4);
}

/** Private keys too after login; a wrong PIN is refused. */
export async function listsObjectsAfterLogin(station: Station, { call, login }: Pkcs11): Promise<void> {
  const out = await station.lab.ok(login('-O'));
  await expectSerials(station, out);
  expect(count(out, /^Private Key Object/gm)).toBeGreaterThanOrEqual(4);
  expect(await station.lab.refused(call('--login', '--pin', '999999', '-O'))).toContain('CKR_PIN_INCORRECT');
}

/** The tool's own test of all mechanisms. */
export async function testsItself({ lab }: Station, { login }: Pkcs11): Promise<void> {
  const { stdout, stderr } = await lab.run(login('--test'), { timeoutMs: 120_000 });
  const out = stdout + stderr;
  expect(out).toMatch(/^No errors$/m);
  expect(out).not.toContain('ERR:');
}
