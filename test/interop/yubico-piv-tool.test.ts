import { beforeAll, expect, it } from 'vitest';
import type { Lab } from './lab.ts';
import { certify, interop, makeAuthority, opensslVerifies, PIN, READER } from './suite.ts';

/* yubico-piv-tool 2.2.0 knows only 3DES management keys, so it meets the 5.4 profile. Its selfsign and request actions fail by themselves. */

const SLOTS = [
  { slot: '9a', algorithm: 'RSA2048', hash: 'SHA256' },
  { slot: '9c', algorithm: 'ECCP256', hash: 'SHA256' },
  { slot: '9d', algorithm: 'ECCP384', hash: 'SHA384' },
  { slot: '9e', algorithm: 'ECCP256', hash: 'SHA256' },
] as const;

interop('yubico-piv-tool', (lab) => {
  const tool = (...args: string[]): string[] => ['yubico-piv-tool', '-r', READER, ...args];
  const verified = (...args: string[]): string[] => tool('-a', 'verify-pin', '-P', PIN, ...args);

  async function signatureHolds(on: Lab, { slot, algorithm, hash }: (typeof SLOTS)[number]): Promise<boolean> {
    await on.ok(verified('--sign', '-s', slot, '-A', algorithm, '-H', hash, '-i', 'data', '-o', 'signature'));
    return opensslVerifies(on, `${slot}.pub`, 'signature', 'data', hash.toLowerCase());
  }

  beforeAll(async () => {
    await lab().card({ profile: 'yubikey-5.4', serial: 12345678 });
    await makeAuthority(lab());
    await lab().write('data', 'what the card signs\n');
  });

  it('status of a new card, CHUID and CCC', async () => {
    const status = await lab().ok(tool('-a', 'status'));
    for (const line of ['5.4.3', '12345678', 'CHUID:\tNo data available', 'PIN tries left:\t3']) expect(status).toContain(line);
    await lab().ok(tool('-a', 'set-chuid', '-a', 'set-ccc'));
    expect(await lab().ok(tool('-a', 'status'))).toMatch(/CHUID:\t3019d4e739/);
  });

  it.each(SLOTS)('$algorithm in $slot: generate, import the certificate, sign, test', async (row) => {
    const { slot, algorithm } = row;
    await lab().ok(tool('-a', 'generate', '-s', slot, '-A', algorithm, '-o', `${slot}.pub`));
    await certify(lab(), `${slot}.pub`, `${slot}.pem`);
    await lab().ok(tool('-a', 'import-certificate', '-s', slot, '-i', `${slot}.pem`));
    await lab().ok(tool('-a', 'read-certificate', '-s', slot, '-o', 'read.pem'));
    expect((await lab().read('read.pem')).toString()).toBe((await lab().read(`${slot}.pem`)).toString());
    expect(await signatureHolds(lab(), row)).toBe(true);
    expect(await lab().ok(verified('-a', 'test-signature', '-s', slot, '-i', `${slot}.pem`))).toMatch(/Successful (RSA|ECDSA) verification/);
    if (slot !== '9c') expect(await lab().ok(verified('-a', 'test-decipher', '-s', slot, '-i', `${slot}.pem`))).toMatch(/Successfully performed/);
  });

  it('a key cannot be used without the PIN', async () => {
    const sign = `0087119c267c2482008120${'00'.repeat(32)}00`;
    const out = await lab().ok(['opensc-tool', '-r', '0', '-s', '00a4040005a000000308', '-s', sign]);
    expect(out).toContain('SW1=0x69, SW2=0x82');
  });

  it('a wrong PIN counts, the right one resets the count', async () => {
    expect(await lab().refused(tool('-a', 'verify-pin', '-P', '111111'))).toContain('2 tries left');
    expect(await lab().refused(tool('-a', 'verify-pin', '-P', '222222'))).toContain('1 tries left');
    await lab().ok(tool('-a', 'verify-pin', '-P', PIN));
    expect(await lab().ok(tool('-a', 'status'))).toContain('PIN tries left:\t3');
  });

  it('imported keys work and are not attested; generated ones are, by a certificate that OpenSSL accepts', async () => {
    await lab().ok(tool('-a', 'import-key', '-s', '82', '-i', 'soft.key', '--pin-policy', 'once'));
    await lab().ok(['openssl', 'pkey', '-in', 'soft.key', '-pubout', '-out', '82.pub']);
    await lab().ok(verified('--sign', '-s', '82', '-A', 'RSA2048', '-H', 'SHA256', '-i', 'data', '-o', 'signature'));
    expect(await opensslVerifies(lab(), '82.pub', 'signature', 'data')).toBe(true);
    expect(await lab().refused(tool('-a', 'attest', '-s', '82'))).toContain('Failed to attest');
    await lab().ok(tool('-a', 'attest', '-s', '9a', '-o', 'statement.pem'));
    await lab().ok(tool('-a', 'read-certificate', '-s', 'f9', '-o', 'authority.pem'));
    expect(await lab().ok(['openssl', 'verify', '-CAfile', 'authority.pem', 'statement.pem'])).toContain('statement.pem: OK');
    await lab().ok(['openssl', 'x509', '-in', 'statement.pem', '-pubkey', '-noout', '-out', 'attested.pub']);
    expect((await lab().read('attested.pub')).toString()).toBe((await lab().read('9a.pub')).toString());
  });

  it('a new 3DES management key replaces the old one', async () => {
    const key = 'aabbccddeeff00112233445566778899aabbccddeeff0011';
    await lab().ok(tool('-a', 'set-mgm-key', '-n', key));
    expect(await lab().refused(tool('-a', 'generate', '-s', '9e', '-A', 'ECCP256'))).toContain('Failed authentication');
    await lab().ok(tool(`-k${key}`, '-a', 'generate', '-s', '83', '-A', 'ECCP256', '-o', 'ignored'));
  });

  it('PIN and PUK: change, unblock, retries, reset only when both are blocked', async () => {
    await lab().card({ profile: 'yubikey-5.4' });
    await lab().ok(tool('-a', 'change-pin', '-P', PIN, '-N', '654321'));
    await lab().ok(tool('-a', 'change-puk', '-P', '12345678', '-N', '87654321'));
    for (let i = 0; i < 3; i++) await lab().refused(tool('-a', 'verify-pin', '-P', PIN));
    expect(await lab().refused(tool('-a', 'verify-pin', '-P', '654321'))).toContain('blocked');
    await lab().ok(tool('-a', 'unblock-pin', '-P', '87654321', '-N', PIN));
    await lab().ok(verified('-a', 'pin-retries', '--pin-retries', '5', '--puk-retries', '2'));
    expect(await lab().ok(tool('-a', 'status'))).toContain('PIN tries left:\t5');
    for (let i = 0; i < 5; i++) await lab().refused(tool('-a', 'verify-pin', '-P', '111111'));
    expect(await lab().refused(tool('-a', 'reset'))).toContain('Reset failed');
    for (let i = 0; i < 2; i++) await lab().refused(tool('-a', 'change-puk', '-P', '00000000', '-N', '11111111'));
    await lab().ok(tool('-a', 'reset'));
    expect(await lab().ok(tool('-a', 'status'))).toContain('PIN tries left:\t3');
  });

  it('a card whose signatures are wrong, or whose PIN is not counted, is caught', async () => {
    await lab().card({ profile: 'yubikey-5.4', defects: ['bad-signature', 'uncounted-pin'] });
    for (const row of SLOTS.slice(0, 2)) {
      await lab().ok(tool('-a', 'generate', '-s', row.slot, '-A', row.algorithm, '-o', `${row.slot}.pub`));
      expect(await signatureHolds(lab(), row)).toBe(false);
    }
    // The first wrong PIN of three leaves two, and the tool tells what the card says.
    expect(await lab().refused(tool('-a', 'verify-pin', '-P', '111111'))).toContain('3 tries left');
  });
});
