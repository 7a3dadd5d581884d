import { expect } from 'vitest';
import { pivProfiles } from '../../../src/simulator/card/index.ts';
import type { Lab } from '../lab.ts';
import type { Steps } from '../station.ts';
import { certify, PIN, PUK } from '../suite.ts';
import { managed, managementNames, piv } from './ykman-calls.ts';
import { ykmanCodeSteps } from './ykman-codes.ts';

/* ykman 4.0.9 on a new card: keys, certificates, objects. */

const SLOTS = [
  { slot: '9a', algorithm: 'RSA2048' },
  { slot: '9c', algorithm: 'ECCP256' },
  { slot: '9d', algorithm: 'ECCP384' },
  { slot: '9e', algorithm: 'ECCP256' },
] as const;

/** That `request.csr` is signed by the key of that file, and holds it. */
async function expectRequest(lab: Lab, publicKey: string): Promise<void> {
  const { stdout, stderr } = await lab.run(['openssl', 'req', '-in', 'request.csr', '-verify', '-noout']);
  expect(stdout + stderr).toMatch(/verify OK/);
  expect(await lab.ok(['openssl', 'req', '-in', 'request.csr', '-pubkey', '-noout'])).toBe((await lab.read(publicKey)).toString());
}

export const ykmanSteps: Steps = {
  ...ykmanCodeSteps,
  info: async ({ lab, profile, tries }) => {
    const info = await lab.ok(piv('info'));
    const { firmware, managementAlgorithm, vendorCommands } = pivProfiles[profile];
    expect(info).toContain(`PIV version: ${firmware.join('.')}\n`);
    expect(info).toMatch(new RegExp(`PIN tries remaining: ${tries.pin}(/${tries.pin})?\\n`));
    expect(info).toContain(`Management key algorithm: ${managementNames[managementAlgorithm]}\n`);
    for (const warning of ['Using default PIN!', 'Using default Management key!'])
      expect(info.includes(warning)).toBe(vendorCommands.includes('metadata'));
    expect(info).toMatch(/CHUID:\s+No data available/);
  },
  'keys generate': async (station) => {
    const { lab } = station;
    for (const { slot, algorithm } of SLOTS) await lab.ok(piv('keys', 'generate', ...managed(station), '-a', algorithm, slot, `${slot}.pub`));
    await lab.ok(piv('keys', 'export', '9d', 'exported.pub'));
    expect((await lab.read('exported.pub')).toString()).toBe((await lab.read('9d.pub')).toString());
  },
  'certificates generate': async (station) => {
    const { lab } = station;
    for (const { slot } of SLOTS)
      await lab.ok(piv('certificates', 'generate', ...managed(station), '-P', PIN, '-s', `CN=Self ${slot}`, slot, `${slot}.pub`));
    const info = await lab.ok(piv('info'));
    for (const { slot, algorithm } of SLOTS) expect(info).toContain(`Slot ${slot}:\n\tAlgorithm:\t${algorithm}\n\tSubject DN:\tCN=Self ${slot}\n`);
  },
  request: async ({ lab }) => {
    for (const { slot } of SLOTS) {
      await lab.ok(piv('certificates', 'request', '-P', PIN, '-s', `CN=Holder ${slot}`, slot, `${slot}.pub`, 'request.csr'));
      await expectRequest(lab, `${slot}.pub`);
    }
  },
  export: async ({ lab }) => {
    for (const { slot } of SLOTS) {
      await lab.ok(piv('certificates', 'export', slot, 'self.pem'));
      expect(await lab.ok(['openssl', 'verify', '-check_ss_sig', '-CAfile', 'self.pem', 'self.pem'])).toContain('self.pem: OK');
      expect(await lab.ok(['openssl', 'x509', '-in', 'self.pem', '-pubkey', '-noout'])).toBe((await lab.read(`${slot}.pub`)).toString());
    }
  },
  'import --verify': async (station) => {
    const { lab } = station;
    const take = (slot: string, file: string): readonly string[] =>
      piv('certificates', 'import', ...managed(station), '-P', PIN, '--verify', slot, file);
    for (const { slot } of SLOTS) {
      await certify(lab, `${slot}.pub`, `${slot}.pem`);
      await lab.ok(take(slot, `${slot}.pem`));
      await lab.ok(piv('certificates', 'export', slot, 'back.pem'));
      expect((await lab.read('back.pem')).toString()).toBe((await lab.read(`${slot}.pem`)).toString());
    }
    expect(await lab.refused(take('9e', '9c.pem'))).toMatch(/not tied|does not match|verification failed|different private key/i);
  },
  'key import': async (station) => {
    const { lab } = station;
    await lab.ok(piv('keys', 'import', ...managed(station), '82', 'soft.key'));
    await lab.ok(piv('certificates', 'request', '-P', PIN, '-s', 'CN=Holder', '82', 'soft.pub', 'request.csr'));
    await expectRequest(lab, 'soft.pub');
  },
  'certificate delete': async (station) => {
    const { lab } = station;
    await certify(lab, 'soft.pub', 'soft.pem');
    await lab.ok(piv('certificates', 'import', ...managed(station), '9e', 'soft.pem'));
    await lab.ok(piv('certificates', 'export', '9e', 'back.pem'));
    await lab.ok(piv('certificates', 'delete', ...managed(station), '9e'));
    expect(await lab.refused(piv('certificates', 'export', '9e', '-'))).toMatch(/No certificate found|not find|no certificate/i);
  },
  'objects generate CHUID and CCC': async (station) => {
    const { lab } = station;
    await lab.ok(piv('objects', 'generate', ...managed(station), 'chuid'));
    await lab.ok(piv('objects', 'generate', ...managed(station), 'ccc'));
    const info = await lab.ok(piv('info'));
    expect(info).toMatch(/CHUID:\s+3019d4e739/);
    expect(info).toMatch(/CCC:\s+f015a000000116/);
  },
  'objects export': async (station) => {
    const { lab } = station;
    // Octets of our own, so that a change of any of them is seen; 5FFF15 is none of Yubico's objects.
    const octets = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 7) & 0xff));
    await lab.write('object.bin', octets);
    await lab.ok(piv('objects', 'import', ...managed(station), '5fff15', 'object.bin'));
    await lab.ok(piv('objects', 'export', '5fff15', 'object.out'));
    expect((await lab.read('object.out')).equals(octets)).toBe(true);
  },
  attest: async ({ lab }) => {
    await lab.ok(piv('keys', 'attest', '9c', 'statement.pem'));
    await lab.ok(piv('certificates', 'export', 'f9', 'authority.pem'));
    expect(await lab.ok(['openssl', 'verify', '-CAfile', 'authority.pem', 'statement.pem'])).toContain('statement.pem: OK');
    const attested = await lab.ok(['openssl', 'x509', '-in', 'statement.pem', '-pubkey', '-noout']);
    expect(attested.trim()).toBe((await lab.read('9c.pub')).toString().trim());
    await lab.refused(piv('keys', 'attest', '82', 'none.pem'));
  },
  reset: async ({ lab, profile }) => {
    await lab.ok(piv('access', 'change-pin', '-P', PIN, '-n', '654321'));
    await lab.ok(piv('reset', '-f'));
    const info = await lab.ok(piv('info'));
    const { managementAlgorithm, retries } = pivProfiles[profile];
    expect(info).toContain(`Management key algorithm: ${managementNames[managementAlgorithm]}\n`);
    expect(info).toMatch(new RegExp(`PIN tries remaining: ${retries}(/${retries})?\\n`));
    expect(info).not.toContain('Slot 9a');
    await lab.ok(piv('access', 'change-pin', '-P', PIN, '-n', PIN));
    await lab.ok(piv('access', 'change-puk', '-p', PUK, '-n', PUK));
  },
};
