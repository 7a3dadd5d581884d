import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat } from '../../../../src/codec/bytes.ts';
import { fromHex } from '../../../../src/codec/hex.ts';
import { authenticateCard } from '../../../../src/piv/card-authentication.ts';
import { resetApplication, setRetries } from '../../../../src/piv/card-life.ts';
import { curve25519Key, generateCurve25519, importCurve25519 } from '../../../../src/piv/curve25519.ts';
import { getData, putData, readCertificate } from '../../../../src/piv/data-objects.ts';
import { CardError } from '../../../../src/piv/errors.ts';
import { verifyFingerprint } from '../../../../src/piv/fingerprint.ts';
import { attestKey, deleteKey, generateKey, importKey, moveKey, rsaPrivate } from '../../../../src/piv/keys.ts';
import { answerChallenge, authenticateManagement, getChallenge, setManagementKey, typedManagementKey } from '../../../../src/piv/management.ts';
import { getMetadata, getSerial } from '../../../../src/piv/metadata.ts';
import { changePin, changePuk, unblockPin } from '../../../../src/piv/pin-change.ts';
import { logout, probePin, verifyPin } from '../../../../src/piv/pin.ts';
import type { PivSession } from '../../../../src/piv/session.ts';
import { session } from './answering.ts';

/* Every command with every kind of status word, alone and with a body: a value or a typed error, and no success that the card did not give. */

const PIN = fromHex('363534333231');
const PUK = fromHex('3132333435363738');
const key = (): Bytes => bytes(24).fill(5);

/** `told`: a status word other than 9000 is an answer too. */
const CALLS: Readonly<Record<string, { readonly run: (piv: PivSession) => Promise<unknown>; readonly told?: true }>> = {
  VERIFY: { run: (piv) => verifyPin(piv, PIN) },
  'VERIFY without data': { run: probePin, told: true },
  'VERIFY of a finger': { run: verifyFingerprint },
  'CHANGE REFERENCE DATA, PIN': { run: (piv) => changePin(piv, PIN, PIN) },
  'CHANGE REFERENCE DATA, PUK': { run: (piv) => changePuk(piv, PUK, PUK) },
  'RESET RETRY COUNTER': { run: (piv) => unblockPin(piv, PUK, PIN) },
  'GET DATA': { run: (piv) => getData(piv, 0x5fc102), told: true },
  'GET DATA of a certificate': { run: (piv) => readCertificate(piv, 0x5fc105), told: true },
  'PUT DATA': { run: (piv) => putData(piv, 0x5fc102, bytes(3)) },
  GENERATE: { run: (piv) => generateKey(piv, 0x9a, { kind: 'ec', curve: 'P-256' }) },
  'GENERATE, Ed25519': { run: (piv) => generateCurve25519(piv, 0x9a, 'Ed25519') },
  'GENERAL AUTHENTICATE': { run: (piv) => rsaPrivate(piv, 0x9a, bytes(256).fill(1)) },
  'internal authentication': { run: (piv) => authenticateCard(piv, 'AES-192', key()) },
  'mutual authentication': { run: (piv) => authenticateManagement(piv, typedManagementKey(key())) },
  'external authentication': { run: (piv) => authenticateManagement(piv, { external: typedManagementKey(key()).external }) },
  'GET CHALLENGE': { run: getChallenge },
  'response to a challenge': { run: (piv) => answerChallenge(piv, bytes(16)) },
  'GET METADATA': { run: (piv) => getMetadata(piv, 0x9a), told: true },
  'GET METADATA, Curve25519': { run: (piv) => curve25519Key(piv, 0x9a), told: true },
  'GET SERIAL': { run: getSerial, told: true },
  ATTEST: { run: (piv) => attestKey(piv, 0x9a) },
  'IMPORT, EC': { run: (piv) => importKey(piv, 0x9a, { kind: 'ec', curve: 'P-256', d: bytes(32).fill(1) }) },
  'IMPORT, Ed25519': { run: (piv) => importCurve25519(piv, 0x9a, 'Ed25519', bytes(32).fill(1)) },
  'MOVE KEY': { run: (piv) => moveKey(piv, 0x9a, 0x82) },
  'DELETE KEY': { run: (piv) => deleteKey(piv, 0x9a) },
  'SET MANAGEMENT KEY': { run: (piv) => setManagementKey(piv, 'AES-192', key()) },
  'SET PIN RETRIES': {
    run: (piv) => {
      piv.pinVerified = piv.managementAuthenticated = true;
      return setRetries(piv, 3, 3);
    },
  },
  RESET: { run: resetApplication },
  logout: {
    told: true,
    run: (piv) => {
      piv.pinTouched = piv.managementTouched = true;
      return logout(piv);
    },
  },
};

/** All of SW1, with those of SW2 that mean something somewhere. */
const WORDS: readonly number[] = Array.from({ length: 256 }, (_, sw1) =>
  [0x00, 0x01, 0x0f, 0x80, 0x83, 0x88, 0xc0, 0xc1, 0xcf, 0xff].map((sw2) => (sw1 << 8) | sw2),
).flat();
const BODIES: readonly Bytes[] = [bytes(0), bytes([0x7c]), fromHex('7c0080'), bytes(40).fill(0xff)];

describe('every status word', () => {
  it.each(Object.entries(CALLS))('%s', async (name, { run, told }) => {
    let successes = 0;
    for (const sw of WORDS)
      for (const body of BODIES) {
        const answer = concat(body, bytes([sw >>> 8, sw & 0xff]));
        // GET METADATA of 9B tells the algorithm where the call is about something else.
        const piv = await session((command) => (command[1] === 0xf7 && command[3] === 0x9b ? fromHex('01010a9000') : answer));
        const error: unknown = await run(piv).then(
          () => undefined,
          (thrown: unknown) => thrown ?? 'nothing was thrown',
        );
        if (error === undefined) successes++;
        if (error !== undefined && !(error instanceof CardError)) throw new Error(`${sw.toString(16)} and ${body.length} octets`, { cause: error });
        if (error === undefined && sw !== 0x9000 && told !== true) throw new Error(`${sw.toString(16)} was taken for success`);
        // What the session believes of the card is what the card said.
        if (sw !== 0x9000 && name !== 'SET PIN RETRIES') expect([piv.pinVerified, piv.managementAuthenticated]).toEqual([false, false]);
      }
    expect(successes).toBeLessThan(WORDS.length * BODIES.length + 1);
  });

  it.each([bytes(0), bytes([0x90]), bytes([0x61])])('no status word at all (%#): a bad answer', async (answer) => {
    for (const [name, { run }] of Object.entries(CALLS)) {
      // Another application is selected then, which this card always does.
      if (name === 'logout') continue;
      const piv = await session((command) => (command[1] === 0xf7 && command[3] === 0x9b ? fromHex('01010a9000') : answer));
      await expect(run(piv)).rejects.toMatchObject({ layer: 'card', reason: 'bad-answer' });
    }
  });
});
