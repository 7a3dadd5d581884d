import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { certificatesFrom, toPem } from '../../../src/crypto/certificates/index.ts';
import { buildCertificateBag, parseCertificateBag, readCertificateChain, writeCertificateChain } from '../../../src/piv/certificate-chain.ts';
import { buildCertificateObject, parseCertificateObject } from '../../../src/piv/certificate-object.ts';
import { maxCertificateBytes, readCertificate, writeCertificate } from '../../../src/piv/data-objects.ts';
import { authenticateManagement, typedManagementKey } from '../../../src/piv/management.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard } from '../../../src/simulator/card/index.ts';
import { opensslAbsent, withFile } from '../certificates/openssl.ts';
import { terminal } from './transactions.ts';

const openssl = (args: readonly string[], input?: Uint8Array | string): Buffer =>
  execFileSync('openssl', args, { ...(input === undefined ? {} : { input }), stdio: ['pipe', 'pipe', 'ignore'] });

/** Certificates of OpenSSL; `padding` makes them long, and compressible. */
function made(count: number, padding = 0): Bytes[] {
  return Array.from({ length: count }, (_, i) => {
    const extension = padding === 0 ? [] : ['-addext', `1.2.3.4=ASN1:UTF8String:${'x'.repeat(padding)}`];
    const pem = openssl([
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      '/dev/null',
      '-subj',
      `/CN=authority ${i}`,
      ...extension,
    ]);
    return copy(certificatesFrom(pem)[0]!);
  });
}

async function administrated(): Promise<PivSession> {
  const piv = await PivSession.open(terminal(createPivCard({ profile: 'yubikey-5.7' })));
  await authenticateManagement(piv, typedManagementKey(fromHex('010203040506070801020304050607080102030405060708')));
  return piv;
}

describe.skipIf(opensslAbsent !== undefined)('certificates on the card', () => {
  it('OpenSSL reads the bag, and its own is read', () => {
    const list = made(3);
    const text = openssl(['pkcs7', '-inform', 'DER', '-print_certs'], buildCertificateBag(list)).toString();
    expect(certificatesFrom(Buffer.from(text)).map((each) => toHex(each))).toEqual(list.map((each) => toHex(each)));
    const pem = list.map((each) => toPem('CERTIFICATE', each)).join('');
    const theirs = withFile(pem, (file) => copy(openssl(['crl2pkcs7', '-nocrl', '-certfile', file, '-outform', 'DER'])));
    expect(
      parseCertificateBag(theirs)
        .map((each) => toHex(each))
        .sort(),
    ).toEqual(list.map((each) => toHex(each)).sort());
    expect(() => parseCertificateBag(theirs.slice(0, 40))).toThrow();
  });

  it('a chain is stored and read back, compressed where it would not fit', async () => {
    const piv = await administrated();
    expect(await readCertificateChain(piv)).toBeUndefined();
    const list = made(2);
    await writeCertificateChain(piv, list);
    expect((await readCertificateChain(piv))?.map((each) => toHex(each))).toEqual(list.map((each) => toHex(each)));
    const long = made(6, 4000);
    await writeCertificateChain(piv, long);
    expect((await readCertificateChain(piv))?.map((each) => toHex(each))).toEqual(long.map((each) => toHex(each)));
  });

  it('gzip both ways: gunzip reads ours, we read gzip’s', async () => {
    const [der = bytes(0)] = made(1, 4000);
    const piv = await administrated();
    expect(der.length).toBeGreaterThan(maxCertificateBytes(piv));
    await writeCertificate(piv, 0x5fc105, der);
    expect(toHex((await readCertificate(piv, 0x5fc105))!)).toBe(toHex(der));
    const content = await buildCertificateObject(der, true);
    const stored = content.slice(content[1] === 0x82 ? 4 : content[1] === 0x81 ? 3 : 2, content.length - 5);
    expect(toHex(copy(execFileSync('gzip', ['-dc'], { input: stored })))).toBe(toHex(der));
    const theirs = copy(execFileSync('gzip', ['-9c'], { input: der }));
    const object = copy(
      Buffer.concat([Buffer.from([0x70, 0x82, theirs.length >> 8, theirs.length & 0xff]), theirs, Buffer.from('710101fe00', 'hex')]),
    );
    expect(toHex((await parseCertificateObject(object))!)).toBe(toHex(der));
  });
});
