import { describe, expect, it } from 'vitest';
import { type Bytes } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { digest } from '../../../src/crypto/digest.ts';
import { digestInfo, pkcs1Pad } from '../../../src/crypto/pkcs1.ts';
import { openPivEdge } from '../../../src/piv/card-edge.ts';
import { typedManagementKey } from '../../../src/piv/management.ts';
import { createPivCard, type PivProfileName } from '../../../src/simulator/card/index.ts';
import { ALL_PROFILES, countExchanges, repeatedCommands } from '../../bench/exchange-counts.ts';
import { testCertificate } from './test-certificate.ts';
import { type CardTerminal, terminal } from './transactions.ts';

/*
 * APDUs per operation, counted where they reach the card, short and extended. Fact sheet card-tools.md, section 4 has the figures of the
 * tools people use: RSA-2048 signature 8 (yubico-piv-tool), certificate read 7, generate 12 to 14, status 63.
 */

const pin = (): Bytes => fromHex('313233343536');
const key = () => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708'));

async function enrolled(
  profile: PivProfileName,
  extendedLength: boolean,
): Promise<{ card: CardTerminal; edge: Awaited<ReturnType<typeof openPivEdge>> }> {
  const card = terminal(createPivCard({ profile, extendedLength }));
  const edge = await openPivEdge(card, { atr: card.atr, managementKey: key });
  await edge.provision?.();
  await edge.verifyPin(1, pin());
  const rsa = await edge.generate({ containerIndex: 2, keyType: { kind: 'rsa', keyBits: 2048 }, usage: 'key-exchange', pinId: 1 });
  await edge.writeCertificate(2, testCertificate(rsa, { filling: new Uint8Array(400) }));
  await edge.deauthenticate(0b1110);
  return { card, edge };
}

const block = async (): Promise<Bytes> => pkcs1Pad(digestInfo('SHA-256', await digest('SHA-256', fromHex('00'))), 256);

describe.each([
  ['nist', false, '20 87 87 c0', 'cb c0 c0 c0'],
  ['nist', true, '20 87', 'cb'],
  ['yubikey-5.7', false, '20 87 87 c0', 'cb c0 c0 c0'],
  ['yubikey-5.7', true, '20 87', 'cb'],
] as const)('floor on %s, extended length %s', (profile, extendedLength, signature, certificate) => {
  it('RSA-2048 signature: VERIFY and GENERAL AUTHENTICATE, nothing else', async () => {
    const { card, edge } = await enrolled(profile, extendedLength);
    await edge.attach(card);
    card.clear();
    await edge.verifyPin(1, pin());
    await edge.rsaPrivate(2, await block());
    expect(card.instructions()).toBe(signature);
  });

  it('a certificate of about 900 bytes', async () => {
    const { card, edge } = await enrolled(profile, extendedLength);
    card.interrupted = true;
    await edge.attach(card);
    card.clear();
    await edge.readCertificate(2);
    expect(card.instructions()).toBe(certificate);
    await edge.readCertificate(2);
    expect(card.instructions()).toBe(certificate);
  });

  it('a cold session for one signature stays below yubico-piv-tool', async () => {
    const { card } = await enrolled(profile, extendedLength);
    card.clear();
    const edge = await openPivEdge(card, { atr: card.atr });
    await edge.verifyPin(1, pin());
    await edge.rsaPrivate(2, await block());
    // SELECT, GET VERSION, the discovery object where the card may have a global PIN, then the floor.
    expect(card.instructions()).toBe(`a4 fd${profile === 'nist' ? ' cb' : ''} ${signature}`);
    expect(card.log.length).toBeLessThan(8);
  });
});

describe('other operations', () => {
  it('generates and writes in the fewest exchanges', async () => {
    const card = terminal(createPivCard({ profile: 'yubikey-5.7' }));
    const edge = await openPivEdge(card, { atr: card.atr, managementKey: key });
    card.clear();
    await edge.verifyPin(1, pin());
    const made = await edge.generate({ containerIndex: 0, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'signature', pinId: 1 });
    // VERIFY, the algorithm of 9B, mutual authentication, GENERATE.
    expect(card.instructions()).toBe('20 f7 87 87 47');
    card.clear();
    await edge.writeCertificate(0, testCertificate(made));
    // PUT DATA, read back, is there a container map.
    expect(card.instructions()).toBe('db cb cb');
    card.clear();
    await edge.containers();
    await edge.containers();
    // Metadata of the 23 other slots; what was just made and written is known.
    expect(card.instructions()).toBe(Array.from({ length: 23 }, () => 'f7').join(' '));
  });

  it('an inventory costs less than yubico-piv-tool status (63) and OpenSC’s dump (46)', async () => {
    const yubikey = await enrolled('yubikey-5.7', false);
    yubikey.card.clear();
    const first = await openPivEdge(yubikey.card, { atr: yubikey.card.atr });
    expect(await first.containers()).toHaveLength(1);
    await first.identity();
    expect(yubikey.card.log.length).toBeLessThan(46);
    const nist = await enrolled('nist', false);
    nist.card.clear();
    const second = await openPivEdge(nist.card, { atr: nist.card.atr });
    expect(await second.containers()).toHaveLength(1);
    await second.identity();
    expect(nist.card.log.length).toBeLessThan(46);
  });

  it('a second transaction without interruption costs nothing to begin', async () => {
    const { card, edge } = await enrolled('nist', false);
    await edge.attach(card);
    card.clear();
    await edge.attach(card);
    await edge.identity();
    await edge.containers();
    const once = card.log.length;
    await edge.attach(card);
    await edge.identity();
    await edge.containers();
    expect(card.log.length).toBe(once);
  });
});

describe('floors of every flow', () => {
  it('no flow takes more than its floor, and no question is asked twice', async () => {
    const counts = await countExchanges(ALL_PROFILES);
    expect(counts.filter((each) => each.count > each.most).map((each) => [each.profile, each.flow, each.count])).toEqual([]);
    expect(counts.filter((each) => each.repeated.length > 0).map((each) => [each.profile, each.flow, each.repeated])).toEqual([]);
    // Nine flows on each card, and one that needs MOVE KEY.
    expect(counts).toHaveLength(9 * ALL_PROFILES.length + 1);
  });

  it('the recorder sees a repeated question', async () => {
    const card = terminal(createPivCard({ profile: 'nist' }));
    await openPivEdge(card, { atr: card.atr });
    expect(repeatedCommands(card)).toEqual([]);
    await openPivEdge(card, { atr: card.atr });
    expect(repeatedCommands(card)).toEqual(['00a40400', '00fd0000']);
  });
});
