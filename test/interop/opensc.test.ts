import { beforeAll, describe, expect, it } from 'vitest';
import { issueCard, type IssuedSlot } from './issue.ts';
import type { Lab } from './lab.ts';
import { interop, makeAuthority, opensslVerifies, PIN } from './suite.ts';

/* OpenSC 0.23 on a plain PIV card, which has nothing but the standard, and on the 5.7 profile. */

const SLOTS: readonly IssuedSlot[] = [
  { slot: '9a', algorithm: '07', object: '5fc105' },
  { slot: '9c', algorithm: '11', object: '5fc10a' },
  { slot: '9d', algorithm: '07', object: '5fc10b' },
  { slot: '9e', algorithm: '14', object: '5fc101' },
];

/** PKCS#11 ids that OpenSC gives the slots. */
const ID = { '9a': '01', '9c': '02', '9d': '03', '9e': '04' } as const;

/** DigestInfo of SHA-256 up to the digest (RFC 8017, 9.2 note 1). */
const SHA256_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

const pkcs11 = (...args: string[]): string[] => ['pkcs11-tool', '--module', 'opensc-pkcs11.so', ...args];
const login = (...args: string[]): string[] => pkcs11('--login', '--pin', PIN, ...args);

async function rsaHolds(lab: Lab, mechanism: 'RSA-PKCS' | 'SHA256-RSA-PKCS'): Promise<boolean> {
  const input = mechanism === 'RSA-PKCS' ? 'info' : 'data';
  await lab.ok(login('--sign', '--id', ID['9a'], '-m', mechanism, '-i', input, '-o', 'signature'));
  return opensslVerifies(lab, '9a.pub', 'signature', 'data');
}

async function ecdsaHolds(lab: Lab, slot: '9c' | '9e', digest: string, hash: string): Promise<boolean> {
  await lab.ok(login('--sign', '--id', ID[slot], '-m', 'ECDSA', '--signature-format', 'openssl', '-i', digest, '-o', 'signature'));
  return opensslVerifies(lab, `${slot}.pub`, 'signature', 'data', hash);
}

interop('OpenSC', (lab) => {
  describe.each(['nist', 'yubikey-5.7'] as const)('%s', (profile) => {
    let image: unknown;

    beforeAll(async () => {
      await makeAuthority(lab());
      await lab().write('data', 'what the card signs\n');
      await lab().ok(['openssl', 'dgst', '-sha256', '-binary', '-out', 'digest256', 'data']);
      await lab().ok(['openssl', 'dgst', '-sha384', '-binary', '-out', 'digest384', 'data']);
      await lab().write('info', Buffer.concat([SHA256_INFO, await lab().read('digest256')]));
      image = await issueCard(lab(), profile, SLOTS);
      await lab().card({ profile, image });
    });

    it('opensc-tool names the card and reads its answer to reset', async () => {
      expect(await lab().ok(['opensc-tool', '-n'])).toMatch(/Personal Identity Verification Card/);
      expect(await lab().ok(['opensc-tool', '-a'])).toMatch(profile === 'nist' ? /3b:89:81:31:fe:45/ : /3b:fd:13:00:00:81:31:fe:15/);
    });

    it('pkcs15-tool dumps the keys and certificates, and the certificates come out whole', async () => {
      const dump = await lab().ok(['pkcs15-tool', '--dump']);
      for (const name of ['PIV AUTH key', 'SIGN key', 'KEY MAN key', 'CARD AUTH key']) expect(dump).toContain(name);
      for (const { slot } of SLOTS) {
        const out = await lab().ok(['pkcs15-tool', '--read-certificate', ID[slot as keyof typeof ID]]);
        expect(out.replace(/\s/g, '')).toContain((await lab().read(`${slot}.pem`)).toString().replace(/\s/g, ''));
      }
      expect(dump).toContain('Certificate for PIV Authentication');
    });

    it('pkcs11-tool logs in and lists the objects', async () => {
      const out = await lab().ok(login('-O'));
      expect(out.match(/Private Key Object/g)).toHaveLength(4);
      expect(out.match(/Certificate Object/g)).toHaveLength(4);
    });

    it('signs with RSA and ECDSA', async () => {
      expect(await rsaHolds(lab(), 'RSA-PKCS')).toBe(true);
      expect(await rsaHolds(lab(), 'SHA256-RSA-PKCS')).toBe(true);
      expect(await ecdsaHolds(lab(), '9c', 'digest256', 'sha256')).toBe(true);
      expect(await ecdsaHolds(lab(), '9e', 'digest384', 'sha384')).toBe(true);
    });

    it('deciphers PKCS#1 v1.5 and OAEP', async () => {
      const cases = [
        { mechanism: 'RSA-PKCS', padding: 'pkcs1', more: [] },
        { mechanism: 'RSA-PKCS-OAEP', padding: 'oaep', more: ['--hash-algorithm', 'SHA-1'] },
      ];
      for (const { mechanism, padding, more } of cases) {
        await lab().ok([
          'openssl',
          'pkeyutl',
          '-encrypt',
          '-pubin',
          '-inkey',
          '9d.pub',
          '-pkeyopt',
          `rsa_padding_mode:${padding}`,
          '-in',
          'data',
          '-out',
          'cipher',
        ]);
        await lab().ok(login('--decrypt', '--id', ID['9d'], '-m', mechanism, ...more, '-i', 'cipher', '-o', 'plain'));
        expect((await lab().read('plain')).toString()).toBe('what the card signs\n');
      }
    });

    it("pkcs11-tool's own test finds no error", async () => {
      const out = await lab().ok(login('--test'), { timeoutMs: 120_000 });
      // For random numbers OpenSC asks 9B for a 3DES challenge, which a card with an AES management key refuses (6A86).
      const errors = [...out.matchAll(/ERR: (.*)/g)].map((found) => found[1]);
      expect(errors).toEqual(profile === 'nist' ? [] : ['C_GenerateRandom failed: CKR_FUNCTION_NOT_SUPPORTED (0x54)']);
      expect(out).toContain(profile === 'nist' ? 'No errors' : '1 errors');
    });

    it('a wrong PIN is refused', async () => {
      expect(await lab().refused(pkcs11('--login', '--pin', '999999', '-O'))).toContain('CKR_PIN_INCORRECT');
      await lab().ok(login('-O'));
    });

    it('a card whose signatures are wrong, or whose certificates are damaged, is caught', async () => {
      await lab().card({ profile, image, defects: ['bad-signature', 'garbled-certificate'] });
      expect(await rsaHolds(lab(), 'SHA256-RSA-PKCS')).toBe(false);
      expect(await ecdsaHolds(lab(), '9c', 'digest256', 'sha256')).toBe(false);
      // The tool hands out what it read, damaged: it is there, and is another one.
      const stdout = await lab().ok(['pkcs15-tool', '--read-certificate', ID['9a']]);
      expect(stdout).toContain('-----BEGIN CERTIFICATE-----');
      expect(stdout.replace(/\s/g, '')).not.toContain((await lab().read('9a.pem')).toString().replace(/\s/g, ''));
    });
  });
});
