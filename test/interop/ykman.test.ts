import { beforeAll, expect, it } from 'vitest';
import { certify, interop, makeAuthority, MANAGEMENT_KEY, PIN, PUK, READER } from './suite.ts';

/* ykman 4.0.9 on the 5.7 profile, whose management key is AES-192 from the beginning. */

const SLOTS = [
  { slot: '9a', algorithm: 'RSA2048' },
  { slot: '9c', algorithm: 'ECCP256' },
  { slot: '9d', algorithm: 'ECCP384' },
  { slot: '9e', algorithm: 'ECCP256' },
] as const;

interop('ykman', (lab) => {
  const piv = (...args: string[]): string[] => ['ykman', '-r', READER, 'piv', ...args];
  const managed = ['-m', MANAGEMENT_KEY] as const;

  beforeAll(async () => {
    await lab().card({ profile: 'yubikey-5.7', serial: 0x01020304 });
    await makeAuthority(lab());
  });

  it('info of a new card', async () => {
    const info = await lab().ok(piv('info'));
    for (const line of ['PIV version: 5.7.1', 'Using default PIN', '3/3', 'Using default Management key', 'AES192', 'No data available'])
      expect(info).toContain(line);
  });

  it.each(SLOTS)('$algorithm in $slot: key, certificate, request, export, import with check', async ({ slot, algorithm }) => {
    const [pub, crt] = [`${slot}.pub`, `${slot}.pem`];
    await lab().ok(piv('keys', 'generate', ...managed, '-a', algorithm, slot, pub));
    await lab().ok(piv('keys', 'export', slot, 'exported.pub'));
    expect((await lab().read('exported.pub')).toString()).toBe((await lab().read(pub)).toString());
    await lab().ok(piv('certificates', 'generate', ...managed, '-P', PIN, '-s', `CN=Holder ${slot}`, slot, pub));
    await lab().ok(piv('certificates', 'export', slot, 'self.pem'));
    expect(await lab().ok(['openssl', 'verify', '-CAfile', 'self.pem', 'self.pem'])).toContain('OK');
    await lab().ok(piv('certificates', 'request', '-P', PIN, '-s', `CN=Holder ${slot}`, slot, pub, 'request.csr'));
    expect(await lab().ok(['openssl', 'req', '-in', 'request.csr', '-verify', '-noout'])).toMatch(/verify OK/);
    await certify(lab(), pub, crt);
    await lab().ok(piv('certificates', 'import', ...managed, '-P', PIN, '--verify', slot, crt));
    await lab().ok(piv('certificates', 'export', slot, 'back.pem'));
    expect((await lab().read('back.pem')).toString()).toBe((await lab().read(crt)).toString());
    expect(await lab().ok(piv('info'))).toContain(`Slot ${slot}:\n\tAlgorithm:\t${algorithm}`);
  });

  it('a certificate for another key is refused by --verify', async () => {
    expect(await lab().refused(piv('certificates', 'import', ...managed, '-P', PIN, '--verify', '9e', '9c.pem'))).toMatch(
      /not tied|does not match|verification failed|different private key/i,
    );
  });

  it('a generated key is attested, an imported one is not', async () => {
    await lab().ok(piv('keys', 'attest', '9c', 'statement.pem'));
    await lab().ok(piv('certificates', 'export', 'f9', 'authority.pem'));
    expect(await lab().ok(['openssl', 'verify', '-CAfile', 'authority.pem', 'statement.pem'])).toContain('OK');
    await lab().ok(piv('keys', 'import', ...managed, '82', 'soft.key'));
    await lab().refused(piv('keys', 'attest', '82', 'none.pem'));
  });

  it('CHUID and CCC are made and read back, a certificate is deleted', async () => {
    await lab().ok(piv('objects', 'generate', ...managed, 'chuid'));
    await lab().ok(piv('objects', 'generate', ...managed, 'ccc'));
    const info = await lab().ok(piv('info'));
    expect(info).toMatch(/CHUID:\s+3019d4e739/);
    expect(info).toMatch(/CCC:\s+f015a000000116/);
    await lab().ok(piv('objects', 'export', 'chuid', 'chuid.bin'));
    expect((await lab().read('chuid.bin')).subarray(0, 2).toString('hex')).toBe('3019');
    await lab().ok(piv('certificates', 'delete', ...managed, '9e'));
    await lab().refused(piv('certificates', 'export', '9e', '-'));
  });

  it('the management key becomes 3DES, AES-256, AES-128; the old one is refused', async () => {
    const keys = {
      TDES: 'aabbccddeeff00112233445566778899aabbccddeeff0011',
      AES256: '0f'.repeat(32),
      AES128: 'a5'.repeat(16),
      AES192: MANAGEMENT_KEY,
    };
    let current: string = MANAGEMENT_KEY;
    for (const [algorithm, next] of Object.entries(keys)) {
      await lab().ok(piv('access', 'change-management-key', '-m', current, '-n', next, '-a', algorithm, '-f'));
      if (next.length === current.length) await lab().refused(piv('objects', 'generate', '-m', current, 'chuid'));
      await lab().ok(piv('objects', 'generate', '-m', next, 'chuid'));
      expect(await lab().ok(piv('info'))).toContain(algorithm);
      current = next;
    }
  });

  it('the management key is kept on the card behind the PIN', async () => {
    await lab().ok(piv('access', 'change-management-key', ...managed, '-P', PIN, '-a', 'AES256', '--protect', '-f'));
    expect(await lab().ok(piv('info'))).toMatch(/protected by PIN/);
    await lab().ok(piv('objects', 'generate', '-P', PIN, 'chuid'));
    await lab().refused(piv('objects', 'generate', ...managed, 'chuid'));
  });

  it('PIN and PUK are changed, the PIN is blocked and unblocked, the card is reset', async () => {
    await lab().ok(piv('access', 'change-pin', '-P', PIN, '-n', '654321'));
    await lab().ok(piv('access', 'change-puk', '-p', PUK, '-n', '87654321'));
    for (const left of ['2', '1'])
      expect(await lab().refused(piv('access', 'change-pin', '-P', PIN, '-n', '111111'))).toContain(`${left} tries left`);
    expect(await lab().refused(piv('access', 'change-pin', '-P', PIN, '-n', '111111'))).toContain('blocked');
    expect(await lab().ok(piv('info'))).toContain('0/3');
    await lab().ok(piv('access', 'unblock-pin', '-p', '87654321', '-n', PIN));
    expect(await lab().ok(piv('info'))).toContain('3/3');
    await lab().ok(piv('reset', '-f'));
    const info = await lab().ok(piv('info'));
    expect(info).toContain('AES192');
    expect(info).not.toContain('Slot 9a');
  });

  it('a card whose signatures are wrong is caught', async () => {
    await lab().card({ profile: 'yubikey-5.7', defects: ['bad-signature'] });
    await lab().ok(piv('keys', 'generate', ...managed, '-a', 'ECCP256', '9a', 'bad.pub'));
    await lab().ok(piv('certificates', 'request', '-P', PIN, '-s', 'CN=Holder', '9a', 'bad.pub', 'bad.csr'));
    const { stdout, stderr } = await lab().run(['openssl', 'req', '-in', 'bad.csr', '-verify', '-noout']);
    expect(stdout + stderr).not.toMatch(/verify OK/);
    await certify(lab(), 'bad.pub', 'bad.pem');
    await lab().refused(piv('certificates', 'import', ...managed, '-P', PIN, '--verify', '9a', 'bad.pem'));
  });
});
