import { describe, expect, it } from 'vitest';
import { type Bytes, bytes } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { importCurve25519 } from '../../../src/piv/curve25519.ts';
import { getData, putAndCompare } from '../../../src/piv/data-objects.ts';
import { verifyFingerprintForPin } from '../../../src/piv/fingerprint.ts';
import { ecdh, generateKey, importKey, rsaPrivate } from '../../../src/piv/keys.ts';
import { authenticateManagement, setManagementKey, typedManagementKey } from '../../../src/piv/management.ts';
import { TAG } from '../../../src/piv/objects.ts';
import { verifyPin } from '../../../src/piv/pin.ts';
import { changePin, changePuk, unblockPin } from '../../../src/piv/pin-change.ts';
import { protectedManagementKey, protectManagementKey, recoverProtectedKey } from '../../../src/piv/protected-key.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard } from '../../../src/simulator/card/index.ts';
import { terminal } from './transactions.ts';

/* What is left in memory after a command with a secret: command and answer at the channel, data and body at the session. */

const PIN = '313233343536';
const NEXT = '363534333231';
const PUK = '3132333435363738';

interface Bench {
  readonly piv: PivSession;
  /** How many of the buffers that passed by hold these octets. */
  readonly holding: (secret: string) => number;
}

async function bench(): Promise<Bench> {
  const kept: Bytes[] = [];
  const inner = terminal(createPivCard({ profile: 'yubikey-5.7', fingerprint: { enrolled: true, finger: () => true } }));
  const piv = await PivSession.open({
    ...inner,
    async transmit(command, options) {
      const answer = await inner.transmit(command, options);
      kept.push(command, answer);
      return answer;
    },
  });
  const send = piv.send.bind(piv);
  piv.send = async (ins, p1, p2, options = {}) => {
    const answer = await send(ins, p1, p2, options);
    kept.push(answer.data, ...(options.data === undefined ? [] : [options.data]));
    return answer;
  };
  await authenticateManagement(piv, typedManagementKey(fromHex('010203040506070801020304050607080102030405060708')));
  await verifyPin(piv, fromHex(PIN));
  return { piv, holding: (secret) => kept.filter((each) => toHex(each).includes(secret)).length };
}

/** Each does its work and answers the secrets that took part. */
const WORKS: readonly (readonly [string, (piv: PivSession) => Promise<readonly string[]>])[] = [
  ['VERIFY', async (piv) => (await verifyPin(piv, fromHex(PIN)), [PIN])],
  ['CHANGE REFERENCE DATA of the PIN', async (piv) => (await changePin(piv, fromHex(PIN), fromHex(NEXT)), [PIN, NEXT])],
  ['CHANGE REFERENCE DATA of the PUK', async (piv) => (await changePuk(piv, fromHex(PUK), fromHex(`${NEXT}3939`)), [PUK, NEXT])],
  ['RESET RETRY COUNTER', async (piv) => (await unblockPin(piv, fromHex(PUK), fromHex(NEXT)), [PUK, NEXT])],
  [
    'SET MANAGEMENT KEY',
    async (piv) => {
      const key = systemRandom(24);
      await setManagementKey(piv, 'AES-192', key);
      return [toHex(key)];
    },
  ],
  [
    'a new management key behind the PIN, twice, read and recovered',
    async (piv) => {
      const made: string[] = [];
      const random = (length: number): Bytes => {
        const key = systemRandom(length);
        made.push(toHex(key));
        return key;
      };
      await protectManagementKey(piv, random);
      await protectManagementKey(piv, random);
      (await protectedManagementKey(piv))?.close();
      expect(await recoverProtectedKey(piv)).toBe(true);
      return made;
    },
  ],
  [
    'import of an EC key',
    async (piv) => {
      const d = bytes(32).fill(0x5a);
      await importKey(piv, 0x9a, { kind: 'ec', curve: 'P-256', d });
      return [toHex(d)];
    },
  ],
  [
    'import of an X25519 key',
    async (piv) => {
      const secret = bytes(32).fill(0x5a);
      await importCurve25519(piv, 0x9d, 'X25519', secret);
      return [toHex(secret)];
    },
  ],
  [
    'a private RSA operation',
    async (piv) => {
      await generateKey(piv, 0x9a, { kind: 'rsa', keyBits: 2048 });
      const block = bytes(256).fill(0x5a);
      return [toHex(block), toHex(await rsaPrivate(piv, 0x9a, block))];
    },
  ],
  [
    'key agreement',
    async (piv) => {
      const key = await generateKey(piv, 0x9d, { kind: 'ec', curve: 'P-256' });
      if (key.kind !== 'ec') throw new Error('another key');
      return [toHex(await ecdh(piv, 0x9d, 'P-256', key.point))];
    },
  ],
  [
    'an object behind the PIN',
    async (piv) => {
      const face = '5a'.repeat(40);
      await putAndCompare(piv, TAG.FACE, fromHex(`bc28${face}fe00`));
      expect(await getData(piv, TAG.FACE)).toBeDefined();
      return [face];
    },
  ],
];

describe('secrets are overwritten', () => {
  it.each(WORKS)('%s', async (_name, work) => {
    const { piv, holding } = await bench();
    for (const secret of await work(piv)) expect(holding(secret)).toBe(0);
  });

  it('the temporary PIN is its owner’s, and in no other place', async () => {
    const { piv, holding } = await bench();
    const pin = await verifyFingerprintForPin(piv);
    const secret = toHex(pin);
    expect(holding(secret)).toBe(1);
    pin.fill(0);
    expect(holding(secret)).toBe(0);
  });

  it('the check has teeth: what is no secret is found in command, data, answer and body', async () => {
    const { piv, holding } = await bench();
    await putAndCompare(piv, TAG.CCC, fromHex('5a'.repeat(40)));
    expect(holding('5a'.repeat(40))).toBe(4);
  });
});
