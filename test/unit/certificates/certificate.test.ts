import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import {
  attestationFacts,
  certificateFingerprints,
  certificatesFrom,
  CertificateError,
  createCertificate,
  decodeFascN,
  encodeSpki,
  formatFascN,
  issuedBy,
  keyIdentifier,
  nameValue,
  parseCertificate,
  parseName,
  toPem,
} from '../../../src/crypto/certificates/index.ts';
import { schemeFor } from '../../../src/crypto/certificates/algorithms.ts';
import { corporaAbsent, corpusJson } from '../../corpora.ts';
import { KEYS, type TestKey } from './keys.ts';
import { openssl, opensslAbsent, opensslResult, withFile } from './openssl.ts';

const NOT_BEFORE = new Date('2026-01-02T03:04:05Z');

async function selfSigned(key: TestKey, notAfter = new Date('2051-06-07T08:09:10Z')): Promise<Uint8Array<ArrayBuffer>> {
  const name = parseName('CN=Tëst Root,DC=example,DC=test');
  const scheme = schemeFor(key.publicKey);
  return createCertificate(
    {
      serialNumber: fromHex('00ff0102'),
      issuer: name,
      subject: name,
      notBefore: NOT_BEFORE,
      notAfter,
      spki: encodeSpki(key.publicKey),
      extensions: {
        basicConstraints: { authority: true, pathLength: 1 },
        keyUsage: ['keyCertSign', 'cRLSign', 'decipherOnly'],
        purposes: ['clientAuth'],
        alternativeNames: [{ kind: 'upn', value: 'root@example.test' }],
        subjectKeyIdentifier: await keyIdentifier(encodeSpki(key.publicKey)),
      },
    },
    scheme,
    (octets) => key.sign(octets, scheme),
  );
}

describe.each(KEYS)('a certificate signed by $name', (key) => {
  test('node:crypto reads the same and verifies it', async () => {
    const der = await selfSigned(key);
    const theirs = new X509Certificate(der);
    const ours = parseCertificate(der);
    expect(theirs.verify(theirs.publicKey)).toBe(true);
    expect(toHex(ours.serialNumber)).toBe('00ff0102');
    expect(theirs.serialNumber).toBe('FF0102');
    expect(ours.notBefore).toEqual(new Date(theirs.validFrom));
    expect(ours.notAfter).toEqual(new Date(theirs.validTo));
    const { sha256, sha1 } = await certificateFingerprints(ours);
    expect(toHex(sha256, ':').toUpperCase()).toBe(theirs.fingerprint256);
    expect(toHex(sha1, ':').toUpperCase()).toBe(theirs.fingerprint);
    expect(copy(theirs.publicKey.export({ type: 'spki', format: 'der' }))).toEqual(ours.spki);
    expect(ours.basicConstraints).toEqual({ authority: true, pathLength: 1 });
    expect(theirs.ca).toBe(true);
    expect(ours.subjectText).toBe('CN=Tëst Root,DC=example,DC=test');
    expect(nameValue(ours.subject, 'CN')).toBe('Tëst Root');
    expect(await issuedBy(ours, ours)).toBe(true);
  });

  test.skipIf(opensslAbsent !== undefined)('OpenSSL accepts it as its own issuer', async () => {
    const pem = toPem('CERTIFICATE', await selfSigned(key));
    const { status, text } = opensslResult(['x509', '-noout', '-text', '-certopt', 'ext_dump'], pem);
    expect(status).toBe(0);
    expect(text).toContain('CA:TRUE, pathlen:1');
    expect(text).toMatch(/Certificate Sign, CRL Sign, Decipher Only/);
  });

  test('one changed octet of the content breaks the signature', async () => {
    const der = await selfSigned(key);
    const at = new TextDecoder('latin1').decode(der).indexOf('root@');
    der[at] = 0x52;
    const changed = parseCertificate(der);
    expect(await issuedBy(changed, changed)).toBe(false);
  });
});

describe('certificates by OpenSSL', () => {
  test.skipIf(opensslAbsent !== undefined)('RSASSA-PSS, many names and an Ed25519 key', async () => {
    const config =
      '[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=e\n[dn]\nCN=A+B\\,C\n[e]\nsubjectAltName=IP:192.0.2.1,IP:2001:db8::1,URI:http://example.test/,dirName:d,otherName:1.2.3.4;UTF8:x\n[d]\nCN=inner\n';
    const pss = withFile(config, (file) =>
      openssl([
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        '/dev/null',
        '-sigopt',
        'rsa_padding_mode:pss',
        '-sigopt',
        'rsa_pss_saltlen:32',
        '-sha384',
        '-config',
        file,
      ]),
    );
    const [der] = certificatesFrom(pss);
    if (der === undefined) throw new Error('no certificate');
    const certificate = parseCertificate(der);
    expect(certificate.signatureScheme).toEqual({ kind: 'rsa-pss', hash: 'SHA-384', saltBytes: 32 });
    expect(await issuedBy(certificate, certificate)).toBe(true);
    expect(certificate.subjectText).toBe('CN=A\\+B\\,C');
    expect(certificate.alternativeNames).toEqual([
      { kind: 'ip', value: '192.0.2.1' },
      { kind: 'ip', value: '2001:0db8:0000:0000:0000:0000:0000:0001' },
      { kind: 'uri', value: 'http://example.test/' },
      { kind: 'directory', value: 'CN=inner' },
      { kind: 'other', value: '1.2.3.4 0c0178' },
    ]);
    const ed = openssl(['req', '-x509', '-newkey', 'ed25519', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=ed']);
    const other = parseCertificate(certificatesFrom(ed)[0] ?? new Uint8Array());
    expect(other.publicKey).toBeUndefined();
    expect(other.signatureScheme).toBeUndefined();
    await expect(issuedBy(other, other)).rejects.toMatchObject({ reason: 'unsupported' });
  });
});

describe.skipIf(corporaAbsent !== undefined)('the certificates of the GSA test cards', () => {
  interface Card {
    readonly certificates: Readonly<
      Record<
        string,
        { readonly derHex: string; readonly subject?: string; readonly issuer?: string; readonly serial?: string; readonly notAfter?: string }
      >
    >;
  }
  const cards = ['01_Golden_PIV', '02_Golden_PIV-I', '12_Certs_not_yet_valid', '13_Certs_are_expired', '16_Card_Authentication_FASCN_mismatch'];

  test.each(cards)('%s', async (name) => {
    const card = corpusJson(`piv-icam-cards/${name}.json`) as Card;
    let read = 0;
    for (const { derHex, subject, issuer, serial, notAfter } of Object.values(card.certificates)) {
      const octets = fromHex(derHex);
      const [der = octets] = octets[0] === 0x30 ? [octets] : certificatesFrom(octets);
      const certificate = parseCertificate(der);
      const theirs = new X509Certificate(der);
      expect(toHex((await certificateFingerprints(certificate)).sha256, ':').toUpperCase()).toBe(theirs.fingerprint256);
      if (subject !== undefined) expect(certificate.subjectText).toBe(subject.replace('2.5.4.5=', 'serialNumber='));
      if (issuer !== undefined) expect(certificate.issuerText).toBe(issuer);
      if (serial !== undefined) expect(BigInt(`0x${toHex(certificate.serialNumber)}`)).toBe(BigInt(serial));
      if (notAfter !== undefined) expect(certificate.notAfter).toEqual(new Date(`${notAfter}Z`));
      read++;
    }
    expect(read).toBeGreaterThan(0);
  });

  test('FASC-N of the golden card', () => {
    const card = corpusJson('piv-icam-cards/01_Golden_PIV.json') as Card & {
      readonly expected: { readonly chuid: { readonly fascn: string; readonly fascnDecoded: { readonly symbols: string } } };
    };
    // Symbols as decoded elsewhere: S4700F0256F001337F1F1F1234567890199991E
    const symbols = card.expected.chuid.fascnDecoded.symbols.replace(/[SE]/g, '').split('F');
    const octets = fromHex(card.expected.chuid.fascn);
    expect(formatFascN(decodeFascN(octets))).toBe(symbols.join('-'));
    octets[5] = (octets[5] ?? 0) ^ 0x10;
    expect(() => decodeFascN(octets)).toThrow(CertificateError);
    const auth = parseCertificate(fromHex(card.certificates['4 - ICAM_PIV_Dig_Sig_SP_800-73-4.crt']?.derHex ?? ''));
    expect(auth.alternativeNames).toContainEqual({ kind: 'fasc-n', value: symbols.join('-') });
  });
});

test('attestation facts of Yubico extensions', async () => {
  const [key] = KEYS;
  if (key === undefined) throw new Error('no key');
  const plain = parseCertificate(await selfSigned(key));
  expect(attestationFacts(plain)).toBeUndefined();
  const of = (fact: number, hex: string): { oid: string; critical: boolean; value: Uint8Array<ArrayBuffer> } => ({
    oid: `1.3.6.1.4.1.41482.3.${fact}`,
    critical: false,
    value: fromHex(hex),
  });
  expect(attestationFacts({ ...plain, extensions: [of(3, '050701'), of(7, '020400bc614e'), of(8, '0302'), of(9, '03')] })).toEqual({
    firmware: '5.7.1',
    serialNumber: 12345678,
    pinPolicy: 'always',
    touchPolicy: 'always',
    formFactor: 3,
  });
  expect(() => attestationFacts({ ...plain, extensions: [of(3, '0507')] })).toThrow(CertificateError);
});

test.each([
  '',
  'hello',
  '-----BEGIN CERTIFICATE-----\nMIIB',
  '-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----',
  '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----',
])('text %j holds no certificate', (text) => {
  expect(() => certificatesFrom(text)).toThrow(expect.objectContaining({ layer: 'certificate', reason: 'bad-pem' }) as Error);
});
