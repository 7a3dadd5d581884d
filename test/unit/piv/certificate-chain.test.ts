import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, copy, equal } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { certificatesFrom, toPem } from '../../../src/crypto/certificates/index.ts';
import { buildCertificateBag, parseCertificateBag, readCertificateChain, writeCertificateChain } from '../../../src/piv/certificate-chain.ts';
import { buildCertificateObject, parseCertificateObject } from '../../../src/piv/certificate-object.ts';
import { maxCertificateBytes, putData, readCertificate, writeCertificate } from '../../../src/piv/data-objects.ts';
import { inspectPiv } from '../../../src/piv/inspector/inspect.ts';
import { authenticateManagement, typedManagementKey } from '../../../src/piv/management.ts';
import { TAG } from '../../../src/piv/objects.ts';
import { readRootCertificates, writeRootCertificates } from '../../../src/piv/root-certificates.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard } from '../../../src/simulator/card/index.ts';
import { opensslAbsent, withFile } from '../certificates/openssl.ts';
import { FACTORY } from './inspector-bench.ts';
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
  await authenticateManagement(piv, typedManagementKey(fromHex(FACTORY)));
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

  it.each([
    ['gzip that is cut off', '82061f8b08000102'],
    ['a bag that is none', '8203010203'],
    ['no last chunk', '830101'],
    ['no chunk', '9900'],
    ['half a value', '99'],
  ])('%s in the first object: a bad answer, and the inspector finds it', async (_name, content) => {
    const piv = await administrated();
    await putData(piv, TAG.ROOTS_FIRST, fromHex(content));
    await expect(readCertificateChain(piv)).rejects.toMatchObject({ layer: 'card', reason: 'bad-answer' });
    const found = await inspectPiv(piv, { now: new Date('2026-03-01T00:00:00Z') });
    expect(found.objects.find((each) => each.tag === TAG.ROOTS_FIRST)).toMatchObject({ state: 'malformed' });
    expect(found.findings).toContainEqual(expect.objectContaining({ code: 'malformed-object', place: 'Root certificates (Yubico)' }));
  });

  it.each([
    [6000, 9000],
    [9000, 6000],
    [6000, 900],
    [900, 6000],
  ])('a cut while %i bytes are written over by %i leaves one of both or none, never a mixture', async (before, after) => {
    const old = bytes(before).fill(1);
    const fresh = bytes(after).fill(2);
    const left = async (cutAt: number, during: 'before' | 'after'): Promise<string> => {
      const card = terminal(createPivCard({ profile: 'yubikey-5.7' }));
      const other = await PivSession.open(card);
      await authenticateManagement(other, typedManagementKey(fromHex(FACTORY)));
      await writeRootCertificates(other, old);
      let count = 0;
      const transmit = card.transmit.bind(card);
      card.transmit = async (...command) => {
        const cut = count++ === cutAt;
        if (cut && during === 'before') throw new Error('cut');
        const answer = await transmit(...command);
        if (cut) throw new Error('cut');
        return answer;
      };
      const whole = await writeRootCertificates(other, fresh).then(
        () => true,
        () => false,
      );
      card.transmit = transmit;
      const file = await readRootCertificates(await PivSession.open(card));
      const shown = file === undefined ? 'none' : equal(file, old) ? 'old' : equal(file, fresh) ? 'new' : 'mixture';
      return whole ? `whole, ${shown}` : shown;
    };
    const seen = new Set<string>();
    for (let cutAt = 0; !seen.has('whole, new'); cutAt++) for (const during of ['before', 'after'] as const) seen.add(await left(cutAt, during));
    expect([...seen].sort()).toEqual(after < 3000 ? ['new', 'old', 'whole, new'] : ['new', 'none', 'old', 'whole, new']);
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
