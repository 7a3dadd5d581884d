import { expect } from 'vitest';
import { issuedSlots, type Station, type Step, type Steps } from '../station.ts';
import { opensslVerifies, PIN } from '../suite.ts';
import { pkcs11 } from './pkcs11.ts';

/* OpenSC's use of the keys: signatures that OpenSSL verifies, and data that OpenSSL encrypted. */

const { login } = pkcs11('opensc-pkcs11.so');

/** DigestInfo of SHA-256 up to the digest (RFC 8017, 9.2 note 1). */
const SHA256_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

const bits = (algorithm: string): '256' | '384' => (algorithm === '14' ? '384' : '256');

async function rsaHolds({ lab }: Station, mechanism: readonly string[], input: string, options: readonly string[] = []): Promise<boolean> {
  await lab.ok(login('--sign', '--id', '01', '-m', ...mechanism, '-i', input, '-o', 'signature'));
  return opensslVerifies(lab, '9a.pub', 'signature', 'data', 'sha256', options);
}

export interface EcKey {
  readonly slot: string;
  readonly id: string;
  readonly algorithm: string;
}

export async function ecdsaHolds({ lab }: Station, { slot, id, algorithm }: EcKey): Promise<boolean> {
  const digest = bits(algorithm);
  await lab.ok(login('--sign', '--id', id, '-m', 'ECDSA', '--signature-format', 'openssl', '-i', `digest${digest}`, '-o', 'signature'));
  return opensslVerifies(lab, `${slot}.pub`, 'signature', 'data', `sha${digest}`);
}

const keyOf = ({ profile }: Station, slot: string): EcKey => {
  const found = issuedSlots(profile).find((each) => each.slot === slot);
  if (found === undefined) throw new Error(`no key ${slot}`);
  return found;
};

async function encrypt({ lab }: Station, padding: 'pkcs1' | 'oaep'): Promise<void> {
  const argv = ['-encrypt', '-pubin', '-inkey', '9d.pub', '-pkeyopt', `rsa_padding_mode:${padding}`, '-in', 'data', '-out', 'cipher'];
  await lab.ok(['openssl', 'pkeyutl', ...argv]);
  await lab.write('plain', '');
}

async function expectPlain({ lab }: Station): Promise<void> {
  expect((await lab.read('plain')).toString()).toBe((await lab.read('data')).toString());
}

const decrypts = (padding: 'pkcs1' | 'oaep', ...mechanism: readonly string[]): Step => {
  return async (station) => {
    await encrypt(station, padding);
    await station.lab.ok(login('--decrypt', '--id', '03', '-m', ...mechanism, '-i', 'cipher', '-o', 'plain'));
    await expectPlain(station);
  };
};

const PSS = ['rsa_padding_mode:pss', 'rsa_pss_saltlen:32'];

export const openScKeySteps: Steps = {
  'sign RSA-PKCS': async (station) => {
    await station.lab.write('info', Buffer.concat([SHA256_INFO, await station.lab.read('digest256')]));
    expect(await rsaHolds(station, ['RSA-PKCS'], 'info')).toBe(true);
  },
  'sign SHA256-RSA-PKCS': async (station) => expect(await rsaHolds(station, ['SHA256-RSA-PKCS'], 'data')).toBe(true),
  'sign RSA-PSS': async (station) => {
    expect(await rsaHolds(station, ['SHA256-RSA-PKCS-PSS'], 'data', PSS)).toBe(true);
    const mechanism = ['RSA-PKCS-PSS', '--hash-algorithm', 'SHA256', '--mgf', 'MGF1-SHA256'];
    expect(await rsaHolds(station, mechanism, 'digest256', PSS)).toBe(true);
    // The same signature is none of PKCS #1 v1.5.
    expect(await opensslVerifies(station.lab, '9a.pub', 'signature', 'data')).toBe(false);
  },
  'sign ECDSA on 9e': async (station) => expect(await ecdsaHolds(station, keyOf(station, '9e'))).toBe(true),
  'sign ECDSA on 9c with context login': async (station) => {
    await station.lab.journal();
    expect(await ecdsaHolds(station, keyOf(station, '9c'))).toBe(true);
    // The login of its own that PIN-always asks for comes right before the signature (SP 800-73-4 part 1, 5.5).
    const commands = (await station.lab.journal()).map((line) => line.split(' '));
    const at = commands.findIndex(([header]) => header === '0087119c');
    expect(commands[at - 1]).toEqual(['00200080', expect.any(String), '2', '9000']);
    expect(commands.filter(([header, length, , sw]) => header === '00200080' && Number(length) > 5 && sw === '9000')).toHaveLength(2);
  },
  'decrypt RSA-PKCS': decrypts('pkcs1', 'RSA-PKCS'),
  'decrypt OAEP': decrypts('oaep', 'RSA-PKCS-OAEP', '--hash-algorithm', 'SHA-1'),
  'pkcs15-crypt --sign': async ({ lab }) => {
    const sign = ['pkcs15-crypt', '--sign', '--pin', PIN, '--sha-256', '-i', 'digest256', '-o', 'signature'];
    await lab.ok([...sign, '--key', '01', '--pkcs1']);
    expect(await opensslVerifies(lab, '9a.pub', 'signature', 'data')).toBe(true);
    await lab.ok([...sign, '--key', '02', '--signature-format', 'openssl']);
    expect(await opensslVerifies(lab, '9c.pub', 'signature', 'data')).toBe(true);
  },
  'pkcs15-crypt --decipher': async (station) => {
    await encrypt(station, 'pkcs1');
    await station.lab.ok(['pkcs15-crypt', '--decipher', '--key', '03', '--pkcs1', '--raw', '--pin', PIN, '-i', 'cipher', '-o', 'plain']);
    await expectPlain(station);
  },
};
