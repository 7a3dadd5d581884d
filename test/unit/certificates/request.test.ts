import { describe, expect, test } from 'vitest';
import { copy } from '../../../src/codec/bytes.ts';
import { CertificateError, createRequest, encodeSpki, parseRequest, requestIsGenuine, toPem } from '../../../src/crypto/certificates/index.ts';
import { KEYS } from './keys.ts';
import { opensslAbsent, opensslResult } from './openssl.ts';

const content = {
  subject: 'CN=Ada Lovelace\\, Countess,OU=Café Müller,O=Example,C=GB',
  alternativeNames: [
    { kind: 'upn', value: 'ada@exämple.test' },
    { kind: 'email', value: 'ada@example.test' },
    { kind: 'dns', value: 'ada.example.test' },
    { kind: 'uri', value: 'urn:uuid:7b13d0e6-1f6e-478e-a0aa-be0f9ad64a6c' },
  ],
  keyUsage: ['digitalSignature', 'nonRepudiation'],
  purposes: ['clientAuth', 'smartcardLogon', '1.2.3.4.99999'],
} as const;

describe.each(KEYS)('PKCS#10 with $name', ({ publicKey, sign, spki }) => {
  test.skipIf(opensslAbsent !== undefined)('OpenSSL verifies and reads it', async () => {
    const der = await createRequest({ ...content, publicKey }, sign);
    const { status, text } = opensslResult(
      ['req', '-verify', '-noout', '-text', '-nameopt', 'RFC2253,utf8,-esc_msb'],
      toPem('CERTIFICATE REQUEST', der),
    );
    expect(status, text).toBe(0);
    expect(text).toContain('verify OK');
    expect(text).toContain('CN=Ada Lovelace\\, Countess,OU=Café Müller,O=Example,C=GB');
    expect(text).toMatch(/UPN:+ada@ex.*mple\.test/);
    expect(text).toContain('email:ada@example.test, DNS:ada.example.test, URI:urn:uuid:7b13d0e6');
    expect(text).toContain('Digital Signature, Non Repudiation');
    expect(text).toMatch(/TLS Web Client Authentication, Microsoft Smart ?card Login, 1\.2\.3\.4\.99999/i);
  });

  test('is read back as it was asked for', async () => {
    const request = parseRequest(await createRequest({ ...content, publicKey }, sign));
    expect(request.subjectText).toBe(content.subject);
    expect(request.alternativeNames).toEqual(content.alternativeNames);
    expect(request.keyUsage).toEqual(content.keyUsage);
    expect(request.purposes).toEqual(content.purposes);
    expect(request.spki).toEqual(spki);
    expect(await requestIsGenuine(request)).toBe(true);
  });

  test('a signature by another key is refused before anything is handed out', async () => {
    const wrong = (octets: Uint8Array<ArrayBuffer>): ReturnType<typeof sign> =>
      sign(copy([...octets, 0].length > 0 ? Uint8Array.from([...octets, 0]) : octets), schemeOf());
    const schemeOf = (): Parameters<typeof sign>[1] =>
      publicKey.kind === 'rsa' ? { kind: 'rsa-pkcs1', hash: 'SHA-256' } : { kind: 'ecdsa', hash: 'SHA-256', form: 'der' };
    await expect(createRequest({ ...content, publicKey }, wrong)).rejects.toMatchObject({ layer: 'certificate', reason: 'bad-signature' });
  });

  test('public key encoding equals node:crypto', () => {
    expect(encodeSpki(publicKey)).toEqual(spki);
  });
});

test('a changed request is not genuine', async () => {
  const [key] = KEYS;
  if (key === undefined) throw new Error('no key');
  const der = await createRequest({ ...content, publicKey: key.publicKey }, key.sign);
  const at = new TextDecoder('latin1').decode(der).indexOf('Lovelace');
  der[at] = 0x4d;
  expect(await requestIsGenuine(parseRequest(der))).toBe(false);
});

test.each([
  'CN',
  'CN=',
  'CN=a,',
  '=a',
  'XX=a',
  'CN=a;b',
  'CN="a"',
  'C=Germany',
  'CN=a\\',
  'CN=\\ff',
  'CN=#0500ff',
  `CN=${'a'.repeat(5000)}`,
  'serialNumber=ä',
  'DC=ä',
])('subject %j is refused', async (subject) => {
  const [key] = KEYS;
  if (key === undefined) throw new Error('no key');
  const failure = await createRequest({ subject, publicKey: key.publicKey }, key.sign).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CertificateError);
  expect(failure).toMatchObject({ reason: 'bad-name' });
});
