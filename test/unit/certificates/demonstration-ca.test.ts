import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createRequest, issuedBy, parseCertificate, toPem } from '../../../src/crypto/certificates/index.ts';
import { createDemonstrationAuthority } from '../../../web/demonstration-ca.ts';
import { KEYS } from './keys.ts';
import { openssl, opensslAbsent, withFile } from './openssl.ts';

const names = [
  { kind: 'upn', value: 'ada@example.test' },
  { kind: 'email', value: 'ada@example.test' },
] as const;

describe.each(KEYS)('the demonstration authority and $name', ({ publicKey, sign, spki }) => {
  test('issues for a year what was asked for', async () => {
    const now = new Date('2026-11-24T12:00:00Z');
    const authority = createDemonstrationAuthority({ now: () => now });
    const request = await createRequest(
      {
        subject: 'CN=Ada Lovelace',
        publicKey,
        alternativeNames: names,
        keyUsage: ['digitalSignature', 'keyCertSign'],
        purposes: ['clientAuth', 'smartcardLogon'],
      },
      sign,
    );
    const { certificate: der, chain } = await authority.issue(request);
    const certificate = parseCertificate(der);
    const root = parseCertificate(await authority.root());
    expect(chain).toEqual([root.der]);
    expect(await issuedBy(certificate, root)).toBe(true);
    expect(new X509Certificate(der).checkIssued(new X509Certificate(root.der))).toBe(true);
    expect(new X509Certificate(der).verify(new X509Certificate(root.der).publicKey)).toBe(true);
    expect(certificate.spki).toEqual(spki);
    expect(certificate.subjectText).toBe('CN=Ada Lovelace');
    expect(certificate.alternativeNames).toEqual(names);
    expect(certificate.keyUsage).toEqual(['digitalSignature']);
    expect(certificate.purposes).toEqual(['clientAuth', 'smartcardLogon']);
    expect(certificate.notAfter).toEqual(new Date('2027-11-24T12:00:00Z'));
    expect(certificate.basicConstraints.authority).toBe(false);
    expect(certificate.authorityKeyIdentifier).toEqual(root.subjectKeyIdentifier);
    expect(root.subjectText).toContain('not to be trusted');
  });

  test.skipIf(opensslAbsent !== undefined)('OpenSSL builds the chain', async () => {
    const authority = createDemonstrationAuthority();
    const { certificate } = await authority.issue(await createRequest({ subject: 'CN=Ada', publicKey, alternativeNames: names }, sign));
    const answer = withFile(toPem('CERTIFICATE', await authority.root()), (file) =>
      openssl(['verify', '-x509_strict', '-CAfile', file], toPem('CERTIFICATE', certificate)),
    );
    expect(answer).toContain('OK');
  });
});

test('keeps its key in the store and replaces what does not read', async () => {
  let stored: string | undefined;
  const store = { load: () => stored, save: (text: string) => void (stored = text) };
  const first = await createDemonstrationAuthority({ store }).root();
  expect(await createDemonstrationAuthority({ store }).root()).toEqual(first);
  for (const rubbish of ['', '{}', '{"version":1,"privateKey":{},"certificate":"AAAA"}', 'null']) {
    stored = rubbish;
    expect(await createDemonstrationAuthority({ store }).root()).not.toEqual(first);
    expect(stored).not.toBe(rubbish);
  }
});

test('refuses a request that its key did not sign, and one that names nobody', async () => {
  const [key, other] = KEYS;
  if (key === undefined || other === undefined) throw new Error('no key');
  const authority = createDemonstrationAuthority();
  const request = await createRequest({ subject: 'CN=Ada', publicKey: key.publicKey }, key.sign);
  request[request.length - 1] = (request.at(-1) ?? 0) ^ 1;
  await expect(authority.issue(request)).rejects.toMatchObject({ reason: 'bad-signature' });
  await expect(authority.issue(await createRequest({ subject: '', publicKey: key.publicKey }, key.sign))).rejects.toMatchObject({
    reason: 'bad-name',
  });
});
