import { expect, it } from 'vitest';
import { type Bytes, concat, copy } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { importCurve25519 } from '../../../src/piv/curve25519.ts';
import { importKey } from '../../../src/piv/keys.ts';
import { authenticateManagement, setManagementKey, typedManagementKey } from '../../../src/piv/management.ts';
import { verifyPin } from '../../../src/piv/pin.ts';
import { changePin, changePuk, unblockPin } from '../../../src/piv/pin-change.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, type PivProfileName } from '../../../src/simulator/card/index.ts';
import { findSecrets, type Secret } from '../../secret-search.ts';
import { FACTORY } from './inspector-bench.ts';
import { terminal } from './transactions.ts';

/* Whatever goes wrong while a secret is on its way to the card, the error that comes of it holds none. */

const SECRETS = {
  pin: fromHex('383736353433'),
  newPin: fromHex('373132333435'),
  puk: fromHex('3938373635343332'),
  managementKey: fromHex('a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718'),
  privateKey: fromHex('77777777112233441122334411223344112233441122334411223344aabbccdd'),
} as const;
const LIST: readonly Secret[] = Object.entries(SECRETS).map(([name, octets]) => ({ name, octets }));
const given = (name: keyof typeof SECRETS): Bytes => copy(SECRETS[name]);

/** Answers to the command with the secret, and a channel that breaks with the command in its own error's reach. */
const ANSWERS = ['63c1', '6983', '6982', '6a80', '6a84', '6581', '6700', '6f00', '6d00', '61', '', 'broken'] as const;

const CALLS: readonly ((piv: PivSession) => Promise<unknown>)[] = [
  (piv) => verifyPin(piv, given('pin')),
  (piv) => verifyPin(piv, concat(given('pin'), given('pin'))),
  (piv) => verifyPin(piv, given('pin').slice(0, 5)),
  (piv) => changePin(piv, given('pin'), given('newPin')),
  (piv) => changePuk(piv, given('puk'), given('puk')),
  (piv) => unblockPin(piv, given('puk'), given('newPin')),
  (piv) => {
    piv.managementAuthenticated = false;
    return authenticateManagement(piv, typedManagementKey(given('managementKey')));
  },
  (piv) => setManagementKey(piv, '3DES', given('managementKey')),
  (piv) => setManagementKey(piv, 'AES-256', given('managementKey')),
  (piv) => importKey(piv, 0x9a, { kind: 'ec', curve: 'P-256', d: given('privateKey') }),
  (piv) => importKey(piv, 0x9a, { kind: 'ec', curve: 'P-256', d: concat(fromHex('77'), given('privateKey')) }),
  (piv) => importCurve25519(piv, 0x9a, 'Ed25519', given('privateKey')),
];

it.each<PivProfileName>(['nist', 'yubikey-4', 'yubikey-5.7'])('no error of a card like %s holds a secret', async (profile) => {
  let errors = 0;
  for (const answer of ANSWERS)
    for (const call of CALLS) {
      const inner = terminal(createPivCard({ profile }));
      let failing = false;
      const transmit: typeof inner.transmit = async (command, options) => {
        if (!failing) return inner.transmit(command, options);
        if (answer === 'broken') throw new TypeError('the reader is gone');
        return fromHex(answer);
      };
      const piv = await PivSession.open(Object.create(inner, { transmit: { value: transmit } }) as typeof inner);
      await authenticateManagement(piv, typedManagementKey(fromHex(FACTORY)));
      failing = true;
      const error: unknown = await call(piv).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect([CALLS.indexOf(call), answer, error instanceof Error]).toEqual([CALLS.indexOf(call), answer, true]);
      expect(findSecrets(error, LIST)).toEqual([]);
      errors++;
    }
  expect(errors).toBe(ANSWERS.length * CALLS.length);
});

it('the search finds a secret in an error, in its cause and in its members', () => {
  expect(findSecrets(new Error(`PIN ${new TextDecoder().decode(SECRETS.pin)} refused`), LIST)).not.toEqual([]);
  expect(findSecrets(new Error('x', { cause: { command: given('managementKey') } }), LIST)).not.toEqual([]);
  expect(findSecrets(Object.assign(new Error('x'), { data: [...SECRETS.privateKey] }), LIST)).not.toEqual([]);
});
