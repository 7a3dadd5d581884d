import { afterAll, beforeAll, describe } from 'vitest';
import { Lab, missingForInterop } from './lab.ts';

/** One tool's runs in a lab of their own. Skipped, with the reason in its name, where packages are missing and CI is not set. */
export function interop(name: string, body: (lab: () => Lab) => void): void {
  const missing = missingForInterop();
  describe.skipIf(missing !== undefined && process.env['CI'] !== 'true')(missing === undefined ? name : `${name}: ${missing}`, () => {
    let lab: Lab | undefined;
    beforeAll(() => {
      if (missing !== undefined) throw new Error(missing);
      lab = new Lab();
    });
    afterAll(() => lab?.end());
    body(() => {
      if (lab === undefined) throw new Error('no lab');
      return lab;
    });
  });
}

export const READER = 'Yubico YubiKey CCID 00 00';
export const PIN = '123456';
export const PUK = '12345678';
export const MANAGEMENT_KEY = '010203040506070801020304050607080102030405060708';

/** Makes `ca.pem` with `ca.key` in the lab's folder, and a request `any.csr` to base certificates on. */
export async function makeAuthority(lab: Lab): Promise<void> {
  await lab.ok([
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=Interop CA',
    '-days',
    '30',
  ]);
  await lab.ok(['openssl', 'req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'soft.key', '-out', 'any.csr', '-subj', '/CN=Holder']);
}

/** A certificate of that authority for the public key in `publicKey`. */
export async function certify(lab: Lab, publicKey: string, certificate: string): Promise<void> {
  await lab.ok([
    'openssl',
    'x509',
    '-req',
    '-in',
    'any.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-force_pubkey',
    publicKey,
    '-days',
    '30',
    '-out',
    certificate,
  ]);
}

/** Makes `digest256` and `digest384` of a file. */
export async function opensslDigests(lab: Lab, data: string): Promise<void> {
  for (const bits of ['256', '384']) await lab.ok(['openssl', 'dgst', `-sha${bits}`, '-binary', '-out', `digest${bits}`, data]);
}

/** Whether OpenSSL takes `signature` as one over `data`; `options` are its `-sigopt`s. */
export async function opensslVerifies(
  lab: Lab,
  publicKey: string,
  signature: string,
  data: string,
  hash = 'sha256',
  options: readonly string[] = [],
): Promise<boolean> {
  const more = options.flatMap((option) => ['-sigopt', option]);
  const { code, stdout, stderr } = await lab.run(['openssl', 'dgst', `-${hash}`, ...more, '-verify', publicKey, '-signature', signature, data]);
  if (code === 0 && stdout.includes('Verified OK')) return true;
  if (stdout.includes('Verification failure') || stderr.includes('Error verifying')) return false;
  throw new Error(`openssl dgst: ${stdout}${stderr}`);
}
