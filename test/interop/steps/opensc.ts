import { createECDH } from 'node:crypto';
import { expect } from 'vitest';
import { toHex } from '../../../src/codec/index.ts';
import { pivProfiles } from '../../../src/simulator/card/index.ts';
import { ecPublicKeyPem } from '../issue.ts';
import { LIBRARIES } from '../lab.ts';
import { issuedSlots, type Station, type Step, type Steps } from '../station.ts';
import { certify, MANAGEMENT_KEY, opensslVerifies, PIN } from '../suite.ts';
import { expectSerials, solid } from './certificates.ts';
import { ecdsaHolds, openScKeySteps } from './opensc-keys.ts';
import { listsObjects, listsObjectsAfterLogin, pkcs11, testsItself } from './pkcs11.ts';

/* OpenSC 0.23 on an issued card: everything but the use of its keys, which is in opensc-keys.ts. */

const module = pkcs11('opensc-pkcs11.so');

const names = (...argv: readonly string[]): Step => {
  return async ({ lab }) => expect(await lab.ok(argv)).toContain('Personal Identity Verification Card');
};

/** piv-tool reads the key of 9B from a file of hexadecimal octets. */
async function asManager({ lab }: Station, key: string, argv: readonly string[]): Promise<ReturnType<typeof lab.run>> {
  await lab.write('9b.key', key.match(/../g)?.join(':') ?? '');
  return lab.run(['piv-tool', ...argv], { env: { PIV_EXT_AUTH_KEY: '9b.key' } });
}

const authenticates = (algorithm: '03' | '0A'): Step => {
  return async (station) => {
    const argv = ['-A', `M:9B:${algorithm}`];
    const right = await asManager(station, MANAGEMENT_KEY, argv);
    expect(right.stderr).not.toContain('failed');
    expect(right.code).toBe(0);
    const wrong = await asManager(station, MANAGEMENT_KEY.replace('02', '12'), argv);
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toContain('admin_mode failed');
  };
};

/** The card's management key by the name that piv-tool has for its cipher. */
const manager = ({ profile }: Station): string => `M:9B:${pivProfiles[profile].managementAlgorithm === 0x0a ? '0A' : '03'}`;

/** Where a test may look and a host may not: the private key of 9A, of which only the card's image tells. */
async function publicKeyMade(station: Station): Promise<string> {
  const { keys } = (await station.lab.save()) as { keys: readonly (readonly [number, { algorithm: number; secret: string }])[] };
  const made = keys.find(([slot]) => slot === 0x9a)?.[1];
  expect(made?.algorithm).toBe(0x11);
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(made?.secret ?? '', 'hex');
  return ecPublicKeyPem(pair.getPublicKey(), '11');
}

export const openScSteps: Steps = {
  ...openScKeySteps,
  'opensc-tool -a': async ({ lab, profile }) => {
    const atr = toHex(pivProfiles[profile].atr).match(/../g)?.join(':') ?? '';
    expect(await lab.ok(['opensc-tool', '-a'])).toContain(atr);
  },
  'opensc-tool -n': names('opensc-tool', '-n'),
  'piv-tool -n': names('piv-tool', '-n'),
  'piv-tool -A M:9B:03': authenticates('03'),
  'piv-tool -A M:9B:0A': authenticates('0A'),
  'pkcs15-tool --dump': async ({ lab }) => {
    const dump = await lab.ok(['pkcs15-tool', '--dump']);
    for (const name of ['PIV AUTH key', 'SIGN key', 'KEY MAN key', 'CARD AUTH key', 'Certificate for PIV Authentication'])
      expect(dump).toContain(`[${name}]`);
  },
  'pkcs15-tool -c': async (station) => {
    const out = await station.lab.ok(['pkcs15-tool', '-c']);
    expect(out.match(/^X\.509 Certificate \[/gm)).toHaveLength(4);
    await expectSerials(station, out);
  },
  'pkcs15-tool --list-public-keys': async (station) => {
    const out = await station.lab.ok(['pkcs15-tool', '--list-public-keys']);
    for (const { id } of issuedSlots(station.profile)) expect(out).toMatch(new RegExp(`^\\tID +: ${id}$`, 'm'));
    for (const { slot, id } of issuedSlots(station.profile))
      expect((await station.lab.ok(['pkcs15-tool', '--read-public-key', id])).replace(/\s/g, '')).toContain(await solid(station, `${slot}.pub`));
  },
  'pkcs15-tool --read-certificate': async (station) => {
    for (const { slot, id } of issuedSlots(station.profile))
      expect((await station.lab.ok(['pkcs15-tool', '--read-certificate', id])).replace(/\s/g, '')).toContain(await solid(station, `${slot}.pem`));
  },
  'pkcs15-tool --verify-pin': async ({ lab }) => {
    expect(await lab.refused(['pkcs15-tool', '--verify-pin', '--pin', '999999'])).toContain('PIN code or key incorrect');
    await lab.ok(['pkcs15-tool', '--verify-pin', '--pin', PIN]);
  },
  'pkcs11-tool -L': async ({ lab }) => {
    const out = await lab.ok(module.call('-L'));
    expect(out).toMatch(/token manufacturer +: piv_II/);
    expect(out).toMatch(/token flags +: login required, .*PIN initialized/);
  },
  'pkcs11-tool -O': (station) => listsObjects(station, module),
  'pkcs11-tool -M': async ({ lab }) => {
    const out = await lab.ok(module.call('-M'));
    for (const mechanism of ['ECDSA', 'ECDH1-COFACTOR-DERIVE', 'RSA-PKCS', 'RSA-PKCS-PSS', 'RSA-PKCS-OAEP'])
      expect(out).toMatch(new RegExp(`^  ${mechanism}, keySize=\\{\\d+,\\d+\\}, hw`, 'm'));
  },
  'pkcs11-tool --login -O': (station) => listsObjectsAfterLogin(station, module),
  'pkcs11-tool --test --login': (station) => testsItself(station, module),
  'ssh-keygen -D': async (station) => {
    const { lab } = station;
    const shown = await lab.ok(['ssh-keygen', '-D', `${LIBRARIES}/opensc-pkcs11.so`]);
    for (const { slot } of issuedSlots(station.profile)) {
      const [type, key] = (await lab.ok(['ssh-keygen', '-i', '-m', 'PKCS8', '-f', `${slot}.pub`])).split(/\s/);
      expect(shown).toContain(`${type} ${key}`);
    }
  },
  'piv-tool -G': async (station) => {
    const before = await station.lab.save();
    const { stderr } = await asManager(station, MANAGEMENT_KEY, ['-A', manager(station), '-G', '9A:11', '-o', 'made']);
    expect(stderr).not.toContain('admin_mode failed');
    expect(await station.lab.save()).not.toEqual(before);
    await station.lab.write('9a.pub', await publicKeyMade(station));
  },
  'piv-tool -C': async (station) => {
    const { lab } = station;
    await lab.write('9a.pub', await publicKeyMade(station));
    await certify(lab, '9a.pub', '9a.pem');
    await asManager(station, MANAGEMENT_KEY, ['-A', manager(station), '-C', '9A', '-i', '9a.pem']);
    expect((await lab.ok(['pkcs15-tool', '--read-certificate', '01'])).replace(/\s/g, '')).toContain(await solid(station, '9a.pem'));
    // The key that -G made and the certificate that -C wrote are used together.
    expect(await ecdsaHolds(station, { slot: '9a', id: '01', algorithm: '11' })).toBe(true);
    expect(await opensslVerifies(lab, '9c.pub', 'signature', 'data')).toBe(false);
  },
};
