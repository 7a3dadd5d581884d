import { expect } from 'vitest';
import { pivProfiles } from '../../../src/simulator/card/index.ts';
import type { Steps } from '../station.ts';
import { certify, PUK } from '../suite.ts';
import { managed, signatureHolds, signing, tool, verified } from './yubico-calls.ts';
import { yubicoCodeSteps } from './yubico-codes.ts';
import { importSteps } from './yubico-import.ts';

/* yubico-piv-tool 2.2.0 on a new card: what it reads, and keys that the card makes. */

const SLOTS = [
  { slot: '9a', algorithm: 'RSA2048', hash: 'SHA256' },
  { slot: '9c', algorithm: 'ECCP256', hash: 'SHA256' },
  { slot: '9d', algorithm: 'ECCP384', hash: 'SHA384' },
  { slot: '9e', algorithm: 'ECCP256', hash: 'SHA256' },
] as const;

/** How OpenSSL names the key of a public key file. */
const NAMES = { RSA2048: '(2048 bit)', ECCP256: 'prime256v1', ECCP384: 'secp384r1' } as const;

export const yubicoPivToolSteps: Steps = {
  ...yubicoCodeSteps,
  ...importSteps,
  status: async ({ lab, profile, tries }) => {
    const status = await lab.ok(tool('-a', 'status'));
    const { firmware, vendorCommands } = pivProfiles[profile];
    const serial = vendorCommands.includes('serial') ? '12345678' : 'No data available';
    const lines = [`Version:\t${firmware.join('.')}`, `Serial Number:\t${serial}`, 'CHUID:\tNo data available', `PIN tries left:\t${tries.pin}`];
    for (const line of lines) expect(status).toContain(`${line}\n`);
  },
  version: async ({ lab, profile }) => {
    expect(await lab.ok(tool('-a', 'version'))).toContain(`Application version ${pivProfiles[profile].firmware.join('.')} found.`);
  },
  'set-chuid': async (station) => {
    await station.lab.ok(managed(station, '-a', 'set-chuid'));
    expect(await station.lab.ok(tool('-a', 'status'))).toMatch(/CHUID:\t3019d4e739/);
  },
  'set-ccc': async (station) => {
    await station.lab.ok(managed(station, '-a', 'set-ccc'));
    expect(await station.lab.ok(tool('-a', 'status'))).toMatch(/CCC:\tf015a000000116/);
  },
  generate: async (station) => {
    for (const { slot, algorithm } of SLOTS) {
      await station.lab.ok(managed(station, '-a', 'generate', '-s', slot, '-A', algorithm, '-o', `${slot}.pub`));
      const seen = await station.lab.ok(['openssl', 'pkey', '-pubin', '-in', `${slot}.pub`, '-noout', '-text']);
      expect(seen).toContain(NAMES[algorithm]);
    }
  },
  'import-certificate': async (station) => {
    for (const { slot } of SLOTS) {
      await certify(station.lab, `${slot}.pub`, `${slot}.pem`);
      await station.lab.ok(managed(station, '-a', 'import-certificate', '-s', slot, '-i', `${slot}.pem`));
      await station.lab.ok(tool('-a', 'read-certificate', '-s', slot, '-o', 'read.pem'));
      expect((await station.lab.read('read.pem')).toString()).toBe((await station.lab.read(`${slot}.pem`)).toString());
    }
  },
  sign: async (station) => {
    expect(await station.lab.refused(tool('-a', 'version', ...signing(SLOTS[0])))).toContain('Failed signing');
    for (const each of SLOTS) expect(await signatureHolds(station, each)).toBe(true);
  },
  'test-signature': async ({ lab }) => {
    for (const { slot } of SLOTS)
      expect(await lab.ok(verified('-a', 'test-signature', '-s', slot, '-i', `${slot}.pem`))).toMatch(/Successful (RSA|ECDSA) verification/);
  },
  'test-decipher': async ({ lab }) => {
    // 9C asks for a PIN of its own before every use, which the tool does not give here.
    for (const { slot } of SLOTS.filter((each) => each.slot !== '9c'))
      expect(await lab.ok(verified('-a', 'test-decipher', '-s', slot, '-i', `${slot}.pem`))).toMatch(/Successfully performed/);
  },
  attest: async ({ lab }) => {
    await lab.ok(tool('-a', 'attest', '-s', '9a', '-o', 'statement.pem'));
    await lab.ok(tool('-a', 'read-certificate', '-s', 'f9', '-o', 'authority.pem'));
    expect(await lab.ok(['openssl', 'verify', '-CAfile', 'authority.pem', 'statement.pem'])).toContain('statement.pem: OK');
    await lab.ok(['openssl', 'x509', '-in', 'statement.pem', '-pubkey', '-noout', '-out', 'attested.pub']);
    expect((await lab.read('attested.pub')).toString()).toBe((await lab.read('9a.pub')).toString());
    expect(await lab.refused(tool('-a', 'attest', '-s', '82'))).toContain('Failed to attest');
  },
  'set-mgm-key': async (station) => {
    const { lab, managementKey: old } = station;
    const key = 'aabbccddeeff00112233445566778899aabbccddeeff0011';
    await lab.ok(managed(station, '-a', 'set-mgm-key', '-n', key));
    expect(await lab.refused(managed(station, '-a', 'set-chuid'))).toContain('Failed authentication');
    station.managementKey = key;
    await lab.ok(managed(station, '-a', 'set-chuid'));
    await lab.ok(managed(station, '-a', 'set-mgm-key', '-n', old));
    station.managementKey = old;
  },
  reset: async (station) => {
    const { lab, profile } = station;
    await lab.ok(tool('-a', 'reset'));
    const status = await lab.ok(tool('-a', 'status'));
    expect(status).toContain('CHUID:\tNo data available');
    expect(status).toContain(`PIN tries left:\t${pivProfiles[profile].retries}`);
    await lab.ok(verified());
    await lab.ok(tool('-a', 'change-puk', '-P', PUK, '-N', PUK));
  },
};
