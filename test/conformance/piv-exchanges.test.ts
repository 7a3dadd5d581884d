import { describe, expect, it } from 'vitest';
import { copy } from '../../src/codec/bytes.ts';
import * as m from '../../src/minidriver/index.ts';
import { createPivCard, type PivProfileName } from '../../src/simulator/index.ts';
import { at, flowBench } from '../unit/app/enrollment-helpers.ts';
import { acquired, diagnosed, issued, profiles } from './piv-flow-runs.ts';
import { issuedImage } from './piv-issued.ts';
import { counted, recordedCard, repeatedQuestions } from './piv-recorder.ts';

/* How many APDUs whole flows of the app and the minidriver take, counted at the card and printed. */

/** APDUs up to the overview, and up to the choice of a key. */
async function connected(profile: PivProfileName, extendedLength: boolean): Promise<{ readonly overview: number; readonly choice: number }> {
  const card = recordedCard(createPivCard({ profile, image: await issuedImage(profile), extendedLength }));
  const { flow } = flowBench({ card });
  await flow.connect();
  expect(at(flow, 'overview').card.places).toHaveLength(4);
  const overview = counted(card.seen);
  await flow.openKeyChoice();
  expect(at(flow, 'choose-key').options).toHaveLength(24);
  const choice = counted(card.seen);
  // Read once: another choice and the way back cost nothing.
  await flow.back();
  await flow.openKeyChoice();
  expect(counted(card.seen)).toBe(choice);
  expect(repeatedQuestions(card.seen)).toEqual([]);
  await flow.release();
  return { overview, choice };
}

describe('APDUs when the app connects, four certificates of about 1 kB', () => {
  // SELECT, version, CHUID, serial number where there is one, 4 x 4 for certificates: the inventory. Then what an overview tells besides: on a
  // plain card 9B's algorithm asked four times, discovery, tries; on the other metadata of 4 keys (RSA-2048 in two parts), PIN, PUK and 9B,
  // container map; admin data where the card does not say that 9B is the factory's. The choice of a key looks at the 20 places for retired
  // keys: metadata of each, without metadata the key history and, on cards whose tools write none, the certificates.
  const rows: readonly (readonly [PivProfileName, boolean, number, number])[] = [
    ['nist', false, 25, 26],
    ['government', false, 25, 26],
    ['look-alike', false, 23, 43],
    ['yubikey-4', false, 22, 42],
    ['yubikey-5.4', false, 29, 49],
    ['yubikey-5.7', false, 29, 49],
    ['nist', true, 13, 14],
    ['yubikey-5.7', true, 16, 36],
  ];
  it.each(rows)('%s, extended length %s: %i, and %i with the places for retired keys', async (profile, extended, overview, choice) => {
    const count = await connected(profile, extended);
    console.log(`connect ${profile}${extended ? ', extended length' : ''}: ${count.overview} APDUs, choice of a key ${count.choice} in all`);
    expect(count).toEqual({ overview, choice });
    expect(count.overview).toBeLessThanOrEqual(40);
  });

  it('no profile is left out', () => {
    expect(rows.filter(([, extended]) => !extended).map(([profile]) => profile)).toEqual(expect.arrayContaining(profiles));
  });
});

describe('APDUs of diagnostics, which read every object, four certificates of about 1 kB', () => {
  // Three other applications, SELECT and version, all objects, four certificates, PIN's tries; then metadata of 24 keys, PIN, PUK, 9B and the
  // fingerprint reader, or on a plain card 9B's algorithm; and everywhere the 20 certificates of retired keys: one may stand where the history
  // counts none, or where its key has gone from.
  it.each([
    ['nist', 54],
    ['government', 54],
    ['look-alike', 56],
    ['yubikey-4', 55],
    ['yubikey-5.4', 84],
    ['yubikey-5.7', 84],
  ] as const)('%s: %i', async (profile, most) => {
    const card = await issued(profile);
    await diagnosed(card);
    console.log(`diagnostics ${profile}: ${counted(card.seen)} APDUs`);
    expect(counted(card.seen)).toBe(most);
  });
});

describe('one container through the minidriver', () => {
  it.each([
    // VERIFY, metadata of 9A in two parts, container map, its certificate in four, GENERAL AUTHENTICATE in two parts and its rest.
    ['yubikey-5.7', ['20', 'f7', 'c0', 'cb', 'cb', 'c0', 'c0', 'c0', '87', '87', 'c0']],
    // Discovery, VERIFY, the certificate in four parts, which alone names the key, the signature.
    ['nist', ['cb', '20', 'cb', 'c0', 'c0', 'c0', '87', '87', 'c0']],
  ] as const)('%s: a signature asks for nothing that is about another', async (profile, instructions) => {
    const card = await issued(profile);
    const data = await acquired(card, false);
    card.clear();
    await data.CardAuthenticateEx(m.ROLE_USER, 0, copy(Buffer.from('123456')));
    const { pbKeyExPublicKey } = await data.CardGetContainerInfo(0, 0, { dwVersion: 1 });
    expect(m.decodePublicKeyBlob(pbKeyExPublicKey ?? copy(Buffer.of())).key.kind).toBe('rsa');
    await data.CardSignData({
      dwVersion: m.CARD_SIGNING_INFO_CURRENT_VERSION,
      bContainerIndex: 0,
      dwKeySpec: m.AT_KEYEXCHANGE,
      dwSigningFlags: 0,
      aiHashAlg: m.CALG_SHA_256,
      pbData: new Uint8Array(32),
    });
    expect(card.seen.flatMap((each) => (each.kind === 'command' ? [each.ins.toString(16)] : []))).toEqual(instructions);
  });
});
