import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRequest, type EnrollmentPolicy, verifyEnrollment } from '../../../src/crypto/certificates/index.ts';
import { ecdsaRawToDer } from '../../../src/crypto/ec.ts';
import { digest } from '../../../src/crypto/digest.ts';
import { openPivEdge } from '../../../src/piv/card-edge.ts';
import { typedManagementKey } from '../../../src/piv/management.ts';
import { createPivCard } from '../../../src/simulator/card/index.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { terminal } from '../piv/transactions.ts';
import { opensslAbsent } from './openssl.ts';
import { authority, facts, OpensslPaths } from './openssl-paths.ts';

/* Chains, requests and statements made by OpenSSL; the verdicts of `openssl verify` stand beside ours. */

/** Certificates are made after this file is loaded. */
const NOW = new Date(Date.now() + 600_000);

describe.skipIf(opensslAbsent !== undefined)('evidence of an enrollment', () => {
  const lab = new OpensslPaths();
  const certificate = lab.certificate.bind(lab);
  const opensslAccepts = lab.opensslAccepts.bind(lab);
  const run = lab.run.bind(lab);
  const der = lab.der.bind(lab);
  const request = lab.request.bind(lab);

  beforeAll(() => {
    certificate('root', undefined, authority());
    certificate('sub', 'root', authority(1));
    certificate('f9', 'sub', authority(0));
    lab.newRequest('user');
    lab.newRequest('stranger');
    certificate('statement', 'f9', facts(), { key: 'user' });
  });
  afterAll(() => lab.remove());

  const policy = (more: Partial<EnrollmentPolicy> = {}): EnrollmentPolicy => ({ trustAnchors: [der('root')], now: NOW, ...more });
  const evidence = (more: object = {}) => ({
    request: request('user'),
    statement: der('statement'),
    intermediates: [der('f9'), der('sub')],
    ...more,
  });

  test('a genuine request with a whole chain', async () => {
    expect(opensslAccepts(['f9', 'sub'], 'root', 'statement')).toBe(true);
    const verdict = await verifyEnrollment(evidence(), policy({ pinPolicies: ['always'], touchPolicies: ['always'], leastFirmware: '5.7.0' }));
    expect(verdict.problems).toEqual([]);
    expect(verdict).toMatchObject({
      accepted: true,
      keyAttested: true,
      facts: { firmware: '5.7.1', serialNumber: 0x01020304, pinPolicy: 'always', touchPolicy: 'always' },
    });
    expect(verdict.chain.map((each) => each.subjectText)).toEqual(['CN=statement', 'CN=f9', 'CN=sub', 'CN=root']);
    // Any order, and certificates that do not belong.
    expect((await verifyEnrollment(evidence({ intermediates: [der('root'), der('sub'), der('statement'), der('f9')] }), policy())).problems).toEqual(
      [],
    );
  });

  test('policies of the key', async () => {
    const asks: readonly (readonly [Partial<EnrollmentPolicy>, string])[] = [
      [{ pinPolicies: ['once'] }, 'pin-policy-refused'],
      [{ touchPolicies: ['cached'] }, 'touch-policy-refused'],
      [{ leastFirmware: '5.7.2' }, 'firmware-too-old'],
      [{ leastFirmware: '10.0.0' }, 'firmware-too-old'],
      [{ fipsRequired: true }, 'not-fips'],
    ];
    for (const [ask, problem] of asks) {
      const verdict = await verifyEnrollment(evidence(), policy(ask));
      expect(verdict).toMatchObject({ accepted: false, keyAttested: true, problems: [problem] });
    }
    certificate('fips', 'f9', facts('05:04:03', '02:01', '1.3.6.1.4.1.41482.3.10=DER:01\n'), { key: 'user' });
    expect((await verifyEnrollment(evidence({ statement: der('fips') }), policy({ fipsRequired: true, pinPolicies: ['once'] }))).accepted).toBe(true);
  });

  test('another key, a damaged request, no statement', async () => {
    expect((await verifyEnrollment(evidence({ request: request('stranger') }), policy())).problems).toEqual(['attestation-of-another-key']);
    const damaged = request('user');
    damaged[damaged.length - 5] = (damaged[damaged.length - 5] ?? 0) ^ 1;
    expect((await verifyEnrollment(evidence({ request: damaged }), policy())).problems).toEqual(['request-not-genuine']);
    expect((await verifyEnrollment(evidence({ request: damaged.slice(0, 40) }), policy())).problems).toContain('request-malformed');
    expect((await verifyEnrollment({ request: request('user') }, policy())).problems).toEqual(['attestation-missing']);
    expect((await verifyEnrollment({ request: request('user') }, policy({ attestationRequired: false }))).accepted).toBe(true);
    run('req', '-new', '-newkey', 'rsa:1024', '-nodes', '-keyout', 'short.key', '-subj', '/CN=Holder', '-out', 'short.csr');
    expect((await verifyEnrollment({ request: request('short') }, policy({ attestationRequired: false }))).problems).toEqual(['rsa-key-too-short']);
  });

  test.each<Partial<EnrollmentPolicy>>([
    { pinPolicies: ['always'] },
    { touchPolicies: ['always'] },
    { leastFirmware: '5.7' },
    { fipsRequired: true },
  ])('a policy that only a statement can show to be kept is not kept without one: %j', async (only) => {
    const verdict = await verifyEnrollment({ request: request('user') }, policy({ attestationRequired: false, ...only }));
    expect(verdict).toMatchObject({ accepted: false, problems: ['attestation-missing'] });
  });

  test('chains that do not hold: the same verdict as OpenSSL', async () => {
    certificate('other-root', undefined, authority(), { subject: 'root' });
    certificate('stranger-root', undefined, authority());
    certificate('leaf-issuer', 'root', 'basicConstraints=critical,CA:FALSE\n');
    certificate('not-signer', 'root', 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign\n');
    certificate('deep', 'f9', authority());
    certificate('expired', 'root', authority(), { days: '-1' });
    const by = (issuer: string): string => {
      certificate(`by-${issuer}`, issuer, facts(), { key: 'user' });
      return `by-${issuer}`;
    };
    const cases: readonly (readonly [string, readonly string[], string, string])[] = [
      ['statement', ['f9'], 'root', 'chain-broken'],
      ['statement', ['f9', 'sub'], 'other-root', 'chain-signature-wrong'],
      // The path ends in a root that signed itself and that nobody trusts.
      ['statement', ['f9', 'sub', 'root'], 'stranger-root', 'chain-broken'],
      [by('leaf-issuer'), ['leaf-issuer'], 'root', 'chain-issuer-no-authority'],
      [by('not-signer'), ['not-signer'], 'root', 'chain-issuer-no-authority'],
      [by('deep'), ['deep', 'f9', 'sub'], 'root', 'chain-too-long'],
      [by('expired'), ['expired'], 'root', 'chain-expired'],
    ];
    for (const [leaf, chain, anchor, problem] of cases) {
      expect([leaf, opensslAccepts(chain, anchor, leaf)]).toEqual([leaf, false]);
      const verdict = await verifyEnrollment(
        evidence({ statement: der(leaf), intermediates: chain.map(der) }),
        policy({ trustAnchors: [der(anchor)] }),
      );
      expect([leaf, verdict.problems, verdict.keyAttested]).toEqual([leaf, [problem], false]);
    }
    certificate('plain', 'f9', 'keyUsage=digitalSignature\n', { key: 'user' });
    expect((await verifyEnrollment(evidence({ statement: der('plain') }), policy())).problems).toEqual(['attestation-without-facts']);
    const future = await verifyEnrollment(evidence(), policy({ now: new Date(NOW.getTime() - 5 * 86_400_000) }));
    expect(future.problems).toEqual(['chain-not-yet-valid']);
  });

  test('hostile evidence: bounded, and never an exception', async () => {
    const many = Array.from({ length: 40 }, () => der('f9'));
    expect((await verifyEnrollment(evidence({ intermediates: many }), policy())).problems).toContain('chain-malformed');
    for (let length = 0; length < 200; length += 7)
      expect((await verifyEnrollment(evidence({ statement: der('statement').slice(0, length) }), policy())).problems).toContain(
        'attestation-malformed',
      );
    // Two authorities that sign each other make no endless path.
    certificate('a', undefined, authority());
    certificate('b', 'a', authority());
    run('x509', '-req', '-in', 'a.tmp', '-CA', 'b.pem', '-CAkey', 'b.key', '-CAcreateserial', '-days', '30', '-extfile', 'b.ext', '-out', 'a2.pem');
    certificate('loop', 'a', facts(), { key: 'user' });
    const verdict = await verifyEnrollment(evidence({ statement: der('loop'), intermediates: [der('a2'), der('b')] }), policy());
    expect(verdict.accepted).toBe(false);
    await expect(verifyEnrollment(evidence(), policy({ trustAnchors: [Uint8Array.of(1, 2)] }))).rejects.toMatchObject({ layer: 'certificate' });
  });

  test('a key made by the simulated card', async () => {
    const card = terminal(createPivCard({ profile: 'yubikey-5.7' }));
    const edge = await openPivEdge(card, {
      atr: card.atr,
      managementKey: () => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708')),
    });
    await edge.verifyPin(1, fromHex('313233343536'));
    const publicKey = await edge.generate({ containerIndex: 0, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'signature', pinId: 3 });
    const csr = await createRequest({ subject: 'CN=Holder', publicKey }, async (octets) => {
      await edge.verifyPin(3, fromHex('313233343536'));
      return ecdsaRawToDer('P-256', await edge.ecdsaSign(0, await digest('SHA-256', octets)));
    });
    const { statement, issuer } = await edge.attest!(0);
    const verdict = await verifyEnrollment({ request: csr, statement }, { trustAnchors: [issuer!], now: NOW, pinPolicies: ['always'] });
    expect(verdict).toMatchObject({ accepted: true, keyAttested: true, facts: { firmware: '5.7.1', pinPolicy: 'always' } });
  });
});
