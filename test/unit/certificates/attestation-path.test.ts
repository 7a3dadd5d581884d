import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attestationFacts,
  type EnrollmentPolicy,
  type EnrollmentVerdict,
  parseCertificate,
  verifyEnrollment,
} from '../../../src/crypto/certificates/index.ts';
import { opensslAbsent } from './openssl.ts';
import { authority, facts, OpensslPaths } from './openssl-paths.ts';

/* The path from a statement to its anchor: what RFC 5280, 6.1 asks for is enforced or refused; OpenSSL is the judge. */

/** Certificates are made after this file is loaded. */
const NOW = new Date(Date.now() + 600_000);
const DAY = 86_400_000;

describe.skipIf(opensslAbsent !== undefined)('the path of a statement', () => {
  const lab = new OpensslPaths();
  beforeAll(() => {
    lab.certificate('root', undefined, authority());
    lab.newRequest('user');
  });
  afterAll(() => lab.remove());

  /** A statement by `issuer` about the user's key; its name. */
  function statement(issuer: string, more = '', days = '30'): string {
    lab.certificate(`by-${issuer}`, issuer, facts('05:07:01', '03:02', more), { key: 'user', days });
    return `by-${issuer}`;
  }

  const verdictOn = (leaf: string, chain: readonly string[], anchor = 'root', more: Partial<EnrollmentPolicy> = {}): Promise<EnrollmentVerdict> =>
    verifyEnrollment(
      { request: lab.request('user'), statement: lab.der(leaf), intermediates: chain.map((name) => lab.der(name)) },
      { trustAnchors: [lab.der(anchor)], now: NOW, ...more },
    );

  it.each([
    ['unknown', `${authority()}1.2.3.4.5=critical,DER:0500\n`, 'chain-unknown-critical'],
    ['policies-required', `${authority()}policyConstraints=critical,requireExplicitPolicy:0\n`, 'chain-unknown-critical'],
    ['names', `${authority()}nameConstraints=critical,permitted;dirName:dn\n[dn]\nCN=nobody\n`, 'chain-name-constraints'],
    ['names-not-critical', `${authority()}nameConstraints=permitted;dirName:dn\n[dn]\nCN=nobody\n`, 'chain-name-constraints'],
  ] as const)('a critical extension that is not enforced is refused: %s', async (name, extensions, problem) => {
    lab.certificate(name, 'root', extensions);
    const leaf = statement(name);
    // An explicit policy is wanted by nobody's options here but by the extension itself, which OpenSSL looks at when asked to check policies.
    expect(lab.opensslAccepts([name], 'root', leaf, ['-policy_check'])).toBe(false);
    expect(await verdictOn(leaf, [name])).toMatchObject({ accepted: false, keyAttested: false, problems: [problem] });
  });

  it('in the statement and in the anchor as well', async () => {
    const leaf = statement('root', '1.2.3.4.5=critical,DER:0500\n');
    expect(lab.opensslAccepts([], 'root', leaf)).toBe(false);
    expect((await verdictOn(leaf, [])).problems).toEqual(['chain-unknown-critical']);
    lab.certificate('odd-root', undefined, `${authority()}1.2.3.4.5=critical,DER:0500\n`);
    expect(lab.opensslAccepts([], 'odd-root', statement('odd-root'))).toBe(false);
    expect((await verdictOn('by-odd-root', [], 'odd-root')).problems).toEqual(['chain-unknown-critical']);
  });

  it('critical extensions that are enforced, or take nothing away here, and those that are not critical, are no fault', async () => {
    lab.certificate('usual', 'root', `${authority()}certificatePolicies=critical,1.2.3.4\nsubjectAltName=critical,DNS:a.test\n1.2.3.4.5=DER:0500\n`);
    const leaf = statement('usual');
    expect(lab.opensslAccepts(['usual'], 'root', leaf)).toBe(true);
    expect((await verdictOn(leaf, ['usual'])).problems).toEqual([]);
    // A statement's own facts are read here, so they may be critical; OpenSSL does not know them.
    lab.certificate('fips', 'root', '1.3.6.1.4.1.41482.3.3=critical,DER:05:07:01\n1.3.6.1.4.1.41482.3.10=critical,DER:01\n', { key: 'user' });
    expect(lab.opensslAccepts([], 'root', 'fips')).toBe(false);
    expect(lab.opensslAccepts([], 'root', 'fips', ['-ignore_critical'])).toBe(true);
    expect((await verdictOn('fips', [], 'root', { fipsRequired: true })).problems).toEqual([]);
  });

  it('the period of the statement itself counts, that of the anchor does not', async () => {
    lab.certificate('sub', 'root', authority());
    const leaf = statement('sub', '', '-1');
    expect(lab.opensslAccepts(['sub'], 'root', leaf)).toBe(false);
    expect((await verdictOn(leaf, ['sub'])).problems).toEqual(['chain-expired']);
    lab.certificate('old-root', undefined, authority(), { days: '-1' });
    expect((await verdictOn(statement('old-root'), [], 'old-root')).problems).toEqual([]);
  });

  it('an anchor that may sign no certificate is none', async () => {
    lab.certificate('leaf-root', undefined, 'basicConstraints=critical,CA:FALSE\n');
    lab.certificate('crl-root', undefined, 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign\n');
    for (const anchor of ['leaf-root', 'crl-root']) {
      const leaf = statement(anchor);
      expect(lab.opensslAccepts([], anchor, leaf)).toBe(false);
      expect((await verdictOn(leaf, [], anchor)).problems).toEqual(['chain-issuer-no-authority']);
    }
  });

  it('seven authorities between statement and anchor, and no eighth', async () => {
    const chain: string[] = [];
    for (let i = 1; i <= 8; i++) {
      lab.certificate(`level-${i}`, chain.at(-1) ?? 'root', authority());
      chain.push(`level-${i}`);
    }
    for (const [count, whole] of [
      [7, true],
      [8, false],
    ] as const) {
      const between = chain.slice(0, count);
      const leaf = statement(`level-${count}`);
      expect(lab.opensslAccepts(between, 'root', leaf, ['-verify_depth', '7'])).toBe(whole);
      expect((await verdictOn(leaf, between)).problems).toEqual(whole ? [] : ['chain-too-long']);
    }
  });

  it('a policy that could refuse nothing is an error of the caller', async () => {
    const leaf = statement('root');
    for (const least of ['v9.9.9', '', '5.x', '5.7.1.2', '5..7', ' 5.7', '-1', '1e3'])
      await expect(verdictOn(leaf, [], 'root', { leastFirmware: least })).rejects.toMatchObject({ layer: 'certificate', reason: 'malformed' });
    for (const odd of [{ now: new Date(NaN) }, { leastRsaBits: NaN }])
      await expect(verdictOn(leaf, [], 'root', odd)).rejects.toMatchObject({ layer: 'certificate', reason: 'malformed' });
    for (const [least, problems] of [
      ['5', []],
      ['5.7', []],
      ['5.7.1', []],
      ['5.8', ['firmware-too-old']],
      ['10', ['firmware-too-old']],
    ] as const)
      expect((await verdictOn(leaf, [], 'root', { leastFirmware: least })).problems).toEqual(problems);
    expect((await verdictOn(leaf, [], 'root', { now: new Date(NOW.getTime() + 40 * DAY) })).problems).toEqual(['chain-expired']);
  });

  it('certifications are told: FIPS and CSPN, each alone', () => {
    for (const [name, extension, certified] of [
      ['cspn', '1.3.6.1.4.1.41482.3.11=DER:01\n', { cspn: true }],
      ['fips-alone', '1.3.6.1.4.1.41482.3.10=DER:01\n', { fips: true }],
      ['neither', '', {}],
    ] as const) {
      lab.certificate(name, 'root', facts('05:07:01', '03:02', extension), { key: 'user' });
      expect(attestationFacts(parseCertificate(lab.der(name)))).toEqual({
        firmware: '5.7.1',
        serialNumber: 0x01020304,
        pinPolicy: 'always',
        touchPolicy: 'always',
        formFactor: 1,
        ...certified,
      });
    }
  });
});
