import { expect } from 'vitest';
import type { Steps } from '../station.ts';
import { opensslVerifies } from '../suite.ts';
import { managed, signatureHolds, signing, tool } from './yubico-calls.ts';

/* Keys that yubico-piv-tool brings to the card, each with another PIN policy, and what the policy does. */

const IMPORTED = [
  { slot: '82', algorithm: 'RSA2048', hash: 'SHA256', policy: 'once', make: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'] },
  { slot: '83', algorithm: 'ECCP256', hash: 'SHA256', policy: 'never', make: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'] },
  { slot: '84', algorithm: 'ECCP384', hash: 'SHA384', policy: 'always', make: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'] },
] as const;

const SELECT = '00a4040005a000000308';
const VERIFY = '0020008008313233343536ffff';
/** GENERAL AUTHENTICATE: P-384 in 84, a digest of 48 octets, an answer wanted. */
const SIGN_384 = `0087148436 7c34 8200 8130 ${'5a'.repeat(48)} 00`.replaceAll(' ', '');

export const importSteps: Steps = {
  'import-key': async (station) => {
    const { lab } = station;
    for (const each of IMPORTED) {
      const { slot, policy, make } = each;
      await lab.ok(['openssl', 'genpkey', ...make, '-out', `${slot}.key`]);
      await lab.ok(['openssl', 'pkey', '-in', `${slot}.key`, '-pubout', '-out', `${slot}.pub`]);
      await lab.ok(managed(station, '-a', 'import-key', '-s', slot, '-i', `${slot}.key`, '--pin-policy', policy));
      expect(await signatureHolds(station, each)).toBe(true);
      expect(await opensslVerifies(lab, '9a.pub', 'signature', 'data', each.hash.toLowerCase())).toBe(false);
      const unasked = tool('-a', 'version', ...signing(each));
      if (policy === 'never') await lab.ok(unasked);
      else expect(await lab.refused(unasked)).toContain('Failed signing');
    }
    // `always` serves one signature where `once` would serve both; the tool cannot make two in one run.
    const said = await lab.ok(['opensc-tool', ...[SELECT, VERIFY, SIGN_384, SIGN_384].flatMap((apdu) => ['-s', apdu])]);
    expect([...said.matchAll(/SW1=0x(..), SW2=0x(..)/g)].map(([, one, two]) => `${one}${two}`)).toEqual(['9000', '9000', '9000', '6982']);
  },
};
