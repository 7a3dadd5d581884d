import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { IssueOptions } from '../../../src/app/certificate-authority.ts';
import type { EnrollmentFlow } from '../../../src/app/enrollment/state.ts';
import { fromPem, parseRequest } from '../../../src/crypto/certificates/index.ts';
import type { PivProfileName } from '../../../src/simulator/index.ts';
import { createDemonstrationAuthority } from '../../../web/demonstration-ca.ts';
import { altered, imageOf, keepKeyBehindPin, objectOf } from './card-helpers.ts';
import { testAuthority } from './authority-helpers.ts';
import { at, enroll, FACTORY_KEY, flowBench, planFor, toRequest, typed } from './enrollment-helpers.ts';

/** What stands in the certificate object of 9A, 9C, 9D of the card, found by its tag without our parser: 70 82 len DER. */
function storedDer(bench: ReturnType<typeof flowBench>, tag: number): Buffer {
  const object = Buffer.from(objectOf(imageOf(bench.card), tag) ?? '', 'hex');
  return object.subarray(4, 4 + object.readUInt16BE(2));
}

const CASES: readonly (readonly [PivProfileName, number, 'P-256' | 'P-384' | 'RSA-2048', string, number])[] = [
  ['yubikey-5.7', 0, 'P-256', 'PIV 9A', 0x5fc105],
  ['yubikey-5.7', 1, 'RSA-2048', 'PIV 9C', 0x5fc10a],
  ['yubikey-5.7', 2, 'P-384', 'PIV 9D', 0x5fc10b],
  ['yubikey-5.4', 0, 'P-256', 'PIV 9A', 0x5fc105],
  ['yubikey-5.4', 1, 'P-256', 'PIV 9C', 0x5fc10a],
  ['nist', 0, 'P-256', 'PIV 9A', 0x5fc105],
  ['nist', 1, 'P-256', 'PIV 9C', 0x5fc10a],
  ['nist', 2, 'P-384', 'PIV 9D', 0x5fc10b],
];

describe('whole enrollments', () => {
  it.each(CASES)('%s, container %i, %s', async (profile, index, keyType, place, tag) => {
    const authority = createDemonstrationAuthority();
    const bench = flowBench({ card: { profile }, authorities: [authority] });
    const { flow, simulated } = bench;
    const key = profile === 'nist' ? ({ mode: 'typed', hex: FACTORY_KEY.toUpperCase() } as const) : ({ mode: 'default' } as const);
    await toRequest(flow, planFor(index, keyType, { userPrincipalName: 'ada@example.org', email: 'ada@example.org' }), key);
    const { request } = at(flow, 'request-ready');
    expect(request).toMatchObject({ keyType, place: { place, hasKey: true } });
    await flow.issueCertificate('demonstration');
    const ready = at(flow, 'certificate-ready');
    expect(ready.warnings).toEqual(['demonstration-authority']);
    await flow.writeCertificate();
    const { result } = at(flow, 'done');

    // Judged by OpenSSL in Node: the certificate on the card, its issuer, its names.
    const certificate = new X509Certificate(storedDer(bench, tag));
    expect(Buffer.from(result.certificateDer).equals(certificate.raw)).toBe(true);
    expect(certificate.verify(new X509Certificate(await authority.root()).publicKey)).toBe(true);
    expect(certificate.subject).toBe('O=Example\nCN=Ada Lovelace');
    expect(certificate.subjectAltName).toContain('ada@example.org');
    expect(result.certificate.fingerprintSha256).toBe(certificate.fingerprint256.replace(/:/g, '').toLowerCase());
    const der = fromPem(request.pem)[0]!.der;
    const spki = createPublicKey({ key: Buffer.from(parseRequest(der).spki), format: 'der', type: 'spki' });
    expect(certificate.publicKey.equals(spki)).toBe(true);
    expect(certificate.publicKey.asymmetricKeyType).toBe(keyType === 'RSA-2048' ? 'rsa' : 'ec');
    const read = parseRequest(der);
    expect(verify(keyType === 'P-384' ? 'sha384' : 'sha256', read.toBeSigned, spki, read.signature)).toBe(true);
    expect(read.purposes).toContain('smartcardLogon');
    expect(result).toMatchObject({ simulated: true, place: { place, hasCertificate: true } });

    // The PIN went out as often as was said, and nothing stays unlocked.
    const always = index === 1;
    expect(simulated.journal.verifiesWithData.map(({ sw }) => sw)).toEqual(Array.from({ length: always ? 3 : 1 }, () => 0x9000));
    await flow.connect();
    expect(at(flow, 'overview').card.places[index]).toMatchObject({ hasKey: true, keyType, hasCertificate: true });
    expect(at(flow, 'overview').card.cardId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it('makes the identity of a blank card first, and says so', async () => {
    const bench = flowBench();
    await enroll(bench.flow, planFor(0, 'P-256'));
    expect(bench.shown).toEqual(
      `looking-for-readers opening-reader reading overview choose-key management-key enter-pin checking-pin provisioning generating signing
       request-ready issuing certificate-ready writing verifying done`.split(/\s+/),
    );
    expect(objectOf(imageOf(bench.card), 0x5fc102)).toBeDefined();
    expect(objectOf(imageOf(bench.card), 0x5fc107)).toBeDefined();
    const issued = flowBench({ card: { profile: 'nist' } });
    await enroll(issued.flow, planFor(0, 'P-256'));
    expect(at(issued.flow, 'done')).toBeDefined();
    expect(issued.shown).not.toContain('provisioning');
  });

  it('a second enrollment warns of what it overwrites; back from the warning changes nothing', async () => {
    const { flow, card } = flowBench();
    await enroll(flow, planFor(2, 'P-256', { subject: 'CN=First' }));
    await flow.connect();
    await flow.openKeyChoice();
    const before = JSON.stringify(card.save());
    await flow.chooseKey(planFor(2, 'P-256', { subject: 'CN=Second' }));
    const { warning } = at(flow, 'confirm-overwrite');
    expect(warning).toMatchObject({ decryptionKey: true, place: { place: 'PIV 9D' }, certificate: { subject: 'CN=First' } });
    await flow.back();
    expect(at(flow, 'choose-key').plan?.subject).toBe('CN=Second');
    expect(JSON.stringify(card.save())).toBe(before);
    await flow.chooseKey(planFor(2, 'P-256', { subject: 'CN=Second' }));
    await flow.confirmOverwrite();
    await flow.submitManagementKey({ mode: 'default' });
    await flow.submitPin(typed('123456'));
    await flow.cancel();
    expect(at(flow, 'cancelled')).toMatchObject({
      balance: { key: 'replaced', certificate: 'stale', resumable: true, lostCertificate: { subject: 'CN=First' } },
      request: { subject: 'CN=Second' },
    });
    await flow.connect();
    expect(at(flow, 'overview').card.places[2]).toMatchObject({ certificateMatchesKey: false, certificate: { subject: 'CN=First' } });
    // Going on with the key that is there.
    await flow.openKeyChoice();
    expect(at(flow, 'choose-key').options[2]?.canUseExistingKey).toBe(true);
    await flow.chooseKey({ containerIndex: 2, key: { kind: 'existing' }, subject: 'CN=Second' });
    await flow.submitManagementKey({ mode: 'default' });
    expect(at(flow, 'enter-pin').prompt.uses).toEqual(['sign-request', 'write-certificate', 'test-signature']);
    await flow.submitPin(typed('123456'));
    await flow.issueCertificate('demonstration');
    await flow.writeCertificate();
    expect(at(flow, 'done').result.certificate.subject).toBe('CN=Second');
  });

  it('renews a certificate of an existing key, which stays as it is', async () => {
    for (const profile of ['yubikey-5.7', 'nist'] as const) {
      const bench = flowBench({ card: { profile } });
      await enroll(bench.flow, planFor(1, 'P-256'));
      const first = new X509Certificate(storedDer(bench, 0x5fc10a));
      const plan = { containerIndex: 1, key: { kind: 'existing' }, subject: 'CN=Ada King' } as const;
      await enroll(bench.flow, plan);
      const second = new X509Certificate(storedDer(bench, 0x5fc10a));
      expect(at(bench.flow, 'done').result.certificate.subject).toBe('CN=Ada King');
      expect(second.publicKey.equals(first.publicKey)).toBe(true);
      expect(second.serialNumber).not.toBe(first.serialNumber);
    }
  });

  it('proves a management key that the card keeps behind the PIN', async () => {
    const card = altered({ profile: 'yubikey-5.7' }, (image) => {
      image.management.key = 'a5'.repeat(24);
      keepKeyBehindPin(image);
    });
    const bench = flowBench({ card });
    const { flow } = bench;
    await flow.connect();
    expect(at(flow, 'overview').card.managementKey).toMatchObject({ pinProtected: true, isDefault: false, algorithm: 'AES-192' });
    await flow.openKeyChoice();
    await flow.chooseKey(planFor(0, 'P-256'));
    expect(at(flow, 'enter-pin').prompt.uses[0]).toBe('read-management-key');
    await flow.submitPin(typed('123456'));
    await flow.issueCertificate('demonstration');
    await flow.writeCertificate();
    expect(at(flow, 'done')).toBeDefined();
    expect(bench.shown).not.toContain('management-key');
  });

  it.each([0x03, 0x08, 0x0a, 0x0c])('proves a typed management key, algorithm %i as the card says', async (managementAlgorithm) => {
    const length = { 0x03: 24, 0x08: 16, 0x0a: 24, 0x0c: 32 }[managementAlgorithm] ?? 0;
    const hex = Array.from({ length }, (_, i) => (0x21 + 2 * i).toString(16)).join(':');
    for (const profile of ['yubikey-5.7', 'nist'] as const) {
      const card = altered({ profile, managementAlgorithm }, (image) => {
        image.management.key = hex.replace(/:/g, '');
      });
      const { flow } = flowBench({ card });
      await flow.connect();
      await flow.openKeyChoice();
      await flow.chooseKey(planFor(0, 'P-256'));
      const { prompt } = at(flow, 'management-key');
      expect(prompt.keyBytes).toBe(length);
      await flow.submitManagementKey({ mode: 'typed', hex });
      await flow.submitPin(typed('123456'));
      expect(at(flow, 'request-ready')).toBeDefined();
      await flow.cancel();
    }
  });
});

/** A certificate for the request by another hand: the demonstration authority outside the flow. */
async function certificateFor(
  flow: EnrollmentFlow,
  authority = createDemonstrationAuthority(),
): Promise<{ der: Uint8Array<ArrayBuffer>; pem: string }> {
  const [request] = fromPem(at(flow, 'request-ready').request.pem);
  const { certificate } = await authority.issue(request!.der);
  return { der: certificate, pem: new X509Certificate(certificate).toString() };
}

describe('the room for the certificate', () => {
  // 1856 octets in a container of SP 800-73-5; objects of a YubiKey hold 3052 octets, of which the certificate object needs some.
  it.each([
    ['nist', 1856],
    ['yubikey-5.7', 3052 - 9],
  ] as const)('is told to the authority and to the person before there is one: %s', async (profile, room) => {
    const told: (number | undefined)[] = [];
    const inner = createDemonstrationAuthority();
    const authority = {
      ...inner,
      issue: (der: Uint8Array<ArrayBuffer>, options?: IssueOptions) => (told.push(options?.maxCertificateBytes), inner.issue(der)),
    };
    const { flow } = flowBench({ card: { profile }, authorities: [authority] });
    await toRequest(flow, planFor(0, 'P-256'), { mode: 'typed', hex: FACTORY_KEY });
    expect(at(flow, 'request-ready').request.maxCertificateBytes).toBe(room);
    await flow.issueCertificate(authority.id);
    expect(told).toEqual([room]);
    await flow.cancel();
  });
});

describe('a certificate that the person brings', () => {
  it('as PEM, Base64 or DER goes into the open request', async () => {
    for (const form of ['pem', 'base64', 'der'] as const) {
      const { flow } = flowBench({ authorities: [] });
      await toRequest(flow, planFor(0, 'P-256'));
      expect(at(flow, 'request-ready').authorities).toEqual([]);
      const { der, pem } = await certificateFor(flow);
      await flow.submitCertificate(form === 'pem' ? pem : form === 'der' ? der : Buffer.from(der).toString('base64'));
      expect(at(flow, 'certificate-ready').warnings).toEqual(['issuer-unknown']);
      await flow.writeCertificate();
      expect(at(flow, 'done')).toBeDefined();
    }
  });

  it('on another day belongs to the key that is found on the card; a chain may come in any order', async () => {
    const authority = createDemonstrationAuthority();
    const { flow } = flowBench({ authorities: [] });
    await toRequest(flow, planFor(1, 'P-256'));
    const { pem } = await certificateFor(flow, authority);
    await flow.cancel();
    expect(at(flow, 'cancelled').balance.resumable).toBe(true);
    await flow.connect();
    await flow.openCertificateImport();
    await flow.submitCertificate(new X509Certificate(await authority.root()).toString() + pem);
    expect(at(flow, 'certificate-ready')).toMatchObject({ place: { place: 'PIV 9C' }, warnings: [] });
    await flow.writeCertificate();
    await flow.submitManagementKey({ mode: 'default' });
    expect(at(flow, 'enter-pin').prompt).toMatchObject({ uses: ['write-certificate', 'test-signature'], sends: 2 });
    await flow.submitPin(typed('123456'));
    expect(at(flow, 'done').result.place.place).toBe('PIV 9C');
  });

  it('is refused with a reason when it is for another key, unreadable, or too large; the request stays', async () => {
    const { flow, simulated } = flowBench({ authorities: [] });
    await toRequest(flow, planFor(0, 'P-256'));
    const mine = await certificateFor(flow);
    const other = flowBench({ authorities: [] });
    await toRequest(other.flow, planFor(0, 'P-256'));
    const foreign = await certificateFor(other.flow);
    await other.flow.cancel();
    const sent = simulated.journal.commands.length;
    for (const [input, what] of [
      [foreign.pem, 'certificate-for-other-key'],
      ['-----BEGIN CERTIFICATE-----\nAA', 'certificate-text-bad'],
      ['hello', 'certificate-text-bad'],
      [mine.der.slice(0, 100), 'certificate-unreadable'],
      [new Uint8Array(0), 'certificate-text-bad'],
    ] as const) {
      await flow.submitCertificate(input);
      expect(at(flow, 'request-ready').mistake?.what).toBe(what);
    }
    expect(simulated.journal.commands.length).toBe(sent);
    await flow.submitCertificate(mine.pem);
    await flow.back();
    expect(at(flow, 'request-ready').mistake).toBeUndefined();
    await flow.cancel();
  });

  it('that is too large is not sent', async () => {
    const bench = flowBench({ authorities: [await testAuthority({ fillerBytes: 4000 })] });
    await toRequest(bench.flow, planFor(0, 'P-256'));
    await bench.flow.issueCertificate('test');
    expect(at(bench.flow, 'certificate-ready').certificate.lengthBytes).toBeGreaterThan(3052);
    const puts = bench.simulated.journal.count(0xdb);
    await bench.flow.writeCertificate();
    expect(at(bench.flow, 'request-ready').mistake).toMatchObject({ code: 'E14', what: 'certificate-too-large' });
    expect(bench.simulated.journal.count(0xdb)).toBe(puts);
    expect(objectOf(imageOf(bench.card), 0x5fc105)).toBeUndefined();
    await bench.flow.cancel();
    expect(at(bench.flow, 'cancelled').balance).toMatchObject({ key: 'replaced', certificate: 'unchanged' });
  });

  it('is warned of: name, validity, use', async () => {
    for (const [change, warning] of [
      [{ subject: 'CN=Somebody Else' }, 'subject-differs'],
      [{ notBeforeDays: 5 }, 'not-yet-valid'],
      [{ notAfterDays: -1 }, 'expired'],
      [{ keyUsage: ['keyEncipherment'] }, 'key-usage-unfit'],
      [{ purposes: ['emailProtection'] }, 'no-client-authentication'],
      [{ others: [] }, 'issuer-unknown'],
      [{ demonstration: true }, 'demonstration-authority'],
    ] as const) {
      const { flow } = flowBench({ authorities: [await testAuthority(change)] });
      await toRequest(flow, planFor(0, 'P-256'));
      await flow.issueCertificate('test');
      expect(at(flow, 'certificate-ready').warnings).toEqual([warning]);
      await flow.cancel();
    }
    const { flow } = flowBench({ authorities: [await testAuthority({})] });
    await toRequest(flow, planFor(0, 'P-256'));
    await flow.issueCertificate('test');
    expect(at(flow, 'certificate-ready').warnings).toEqual([]);
    await flow.cancel();
  });

  it('without alternative or extended use is fit for each place', async () => {
    for (const [index, keyType, keyUsage] of [
      [1, 'P-256', ['digitalSignature']],
      [2, 'P-384', ['keyAgreement']],
    ] as const) {
      const { flow } = flowBench({ authorities: [await testAuthority({ keyUsage })] });
      await toRequest(flow, planFor(index, keyType));
      await flow.issueCertificate('test');
      expect(at(flow, 'certificate-ready').warnings).toEqual([]);
      await flow.writeCertificate();
      at(flow, 'done');
    }
  });
});
