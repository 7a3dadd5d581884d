import { afterAll, describe, expect, it } from 'vitest';
import { type Bytes, bytes, copy } from '../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../src/codec/hex.ts';
import { systemRandom } from '../../src/codec/random.ts';
import { openPivEdgeWith } from '../../src/piv/card-edge.ts';
import type { PivFindingCode } from '../../src/piv/inspector/findings.ts';
import type { PivInspection } from '../../src/piv/inspector/tree.ts';
import { createPivCard, loadCardImage } from '../../src/simulator/card/index.ts';
import { corporaAbsent } from '../corpora.ts';
import { terminal } from '../unit/piv/transactions.ts';
import { cardImage, type IcamCard, icamCards } from './piv-icam-cards.ts';

/* Each of the GSA's test cards in the simulated card; what the inspector finds against what another program measured. */

const NOW = new Date('2026-03-01T00:00:00Z');
const pin = (): Bytes => fromHex('313233343536');

async function inspect(
  card: IcamCard,
  options: { readonly keys?: boolean; readonly change?: (objects: Record<string, string>) => void } = {},
): Promise<PivInspection> {
  const image = await cardImage(card, { keys: options.keys ?? false });
  const objects = { ...image.objects };
  options.change?.(objects);
  const simulated = createPivCard({ profile: 'nist', image: loadCardImage({ ...image, objects }, systemRandom) });
  const transaction = terminal(simulated);
  const edge = await openPivEdgeWith(transaction, { atr: transaction.atr, random: systemRandom, today: () => NOW });
  await edge.verifyPin(1, pin());
  return edge.inspectPiv({ proveKeys: options.keys ?? false });
}

const places = (found: PivInspection, code: PivFindingCode): string[] =>
  found.findings.filter((each) => each.code === code).map((each) => each.place ?? '');

/** What every one of the cards has besides printed and biometric data and CHUID. */
const ALWAYS_THERE = [
  ['db00', 'Card Capability Container'],
  ['6050', 'Discovery Object'],
] as const;
const BAD_COVERAGE = ['security-object-group-unclaimed', 'security-object-container-unknown', 'security-object-omits-printed'] as const;

const cards = icamCards();
const counts = { cards: 0, chuidSignatures: 0, securityObjects: 0, hashes: 0, mismatches: 0, wrongSignatures: 0, unnamed: 0, keys: 0, otherKeys: 0 };

describe.skipIf(corporaAbsent !== undefined)(`the GSA's test cards${corporaAbsent === undefined ? '' : `: ${corporaAbsent}`}`, () => {
  afterAll(() => console.log(`GSA test cards: ${JSON.stringify(counts)}`));

  it.each(cards)('%s', async (_name, card) => {
    const found = await inspect(card);
    const { expected } = card;
    counts.cards++;

    expect(toHex(found.chuid?.fascN ?? bytes(0))).toBe(expected.chuid.fascn);
    const f = found.chuid?.fascNumber;
    expect(expected.chuid.fascnDecoded.lrcOk).toBe(f !== undefined);
    expect(
      `S${f?.agencyCode}F${f?.systemCode}F${f?.credentialNumber}F${f?.credentialSeries}F${f?.individualCredentialIssue}F${f?.personIdentifier}` +
        `${f?.organizationalCategory}${f?.organizationalIdentifier}${f?.associationCategory}E`,
    ).toBe(expected.chuid.fascnDecoded.symbols);
    expect(toHex(found.chuid?.guid ?? bytes(0))).toBe(expected.chuid.guid);
    expect(found.chuid?.expiry).toBe(expected.chuid.expiration);
    if (expected.chuid.cardholderUuid !== undefined) expect(toHex(found.chuid?.cardholderUuid ?? bytes(0))).toBe(expected.chuid.cardholderUuid);
    expect(found.chuid?.signatureVerdict).toBe(expected.chuid.cmsSignatureOk ? 'valid' : 'wrong');
    expect(places(found, 'chuid-signature-wrong')).toHaveLength(expected.chuid.cmsSignatureOk ? 0 : 1);
    expect(places(found, 'chuid-expired')).toHaveLength(expected.chuid.expiration < '20260301' ? 1 : 0);
    counts.chuidSignatures++;

    expect(found.ccc?.dataModel).toBe(Number.parseInt(expected.ccc.dataModel, 16));
    expect(toHex(found.ccc?.cardIdentifier ?? bytes(0))).toBe(expected.ccc.cardId);
    const { usagePolicy = 0, primary = 0 } = found.discovery ?? {};
    expect(toHex(bytes([usagePolicy, primary]))).toBe(expected.discovery.pinUsagePolicy);
    const printed = found.printed ?? {};
    const { name, affiliation, expiry, cardSerialNumber, issuer, organization1, organization2 } = printed;
    expect([name, affiliation, expiry, cardSerialNumber, issuer, organization1, organization2]).toEqual(
      ['01', '02', '04', '05', '06', '07', '08'].map((tag) => expected.printed[tag]),
    );

    if (expected.security === undefined) {
      expect(expected.securityError).toBeDefined();
      expect(found.security).toBeUndefined();
      expect([...places(found, 'missing-security-object'), ...places(found, 'malformed-security-object')]).toHaveLength(1);
      return;
    }
    counts.securityObjects++;
    expect(found.security?.algorithm?.replace('-', '').toLowerCase()).toBe(expected.security.hashAlg);
    expect(found.security?.signatureVerdict).toBe(expected.security.cmsSignatureOkWithChuidSigner ? 'valid' : 'wrong');
    if (!expected.security.cmsSignatureOkWithChuidSigner) counts.wrongSignatures++;
    const verdicts = Object.fromEntries(
      (found.security?.hashes ?? []).map((each) => [each.container.toString(16).padStart(4, '0'), each.verdict === 'match']),
    );
    const theirs = Object.fromEntries(Object.entries(expected.security.checks).map(([container, { match }]) => [container.toLowerCase(), match]));
    expect(verdicts).toEqual(theirs);
    counts.hashes += Object.keys(theirs).length;
    const mismatches = Object.values(theirs).filter((match) => !match).length;
    expect(places(found, 'security-object-hash-mismatch')).toHaveLength(mismatches);
    counts.mismatches += mismatches;
    // The golden cards among them leave out the capability container and the discovery object, which is no fault of theirs.
    const named = new Set(Object.values(expected.security.dgMap).map((each) => each.toLowerCase()));
    const unnamed = ALWAYS_THERE.filter(([container]) => !named.has(container)).map(([, object]) => object);
    expect(places(found, 'security-object-omits-object')).toEqual(unnamed);
    counts.unnamed += unnamed.length;
    for (const code of BAD_COVERAGE) expect(places(found, code)).toEqual([]);
  });

  it('finds faults exactly on the cards that have them', async () => {
    const having = async (code: PivFindingCode): Promise<string[]> => {
      const names: string[] = [];
      for (const [name, card] of cards) if (places(await inspect(card), code).length > 0) names.push(name.slice(0, 2));
      return names;
    };
    expect(await having('security-object-hash-mismatch')).toEqual(['07', '38', '48']);
    expect(await having('security-object-signature-wrong')).toEqual(['08', '09']);
    expect(await having('chuid-signer-expired')).toEqual(['09', '56']);
    expect(await having('missing-security-object')).toEqual(['55']);
    expect(await having('certificate-fasc-n-mismatch')).toEqual(['16']);
    expect(await having('certificate-guid-mismatch')).toEqual(['19']);
    expect(await having('biometric-fasc-n-mismatch')).toEqual(['17']);
    // On card 55 the attribute of the facial image is there and empty.
    expect(await having('biometric-guid-mismatch')).toEqual(['19', '21', '22', '55']);
    // Card 56 expires as a whole, on the day its biometric data do.
    expect(await having('biometric-expired')).toEqual(['49', '51', '56']);
    expect(await having('biometric-expires-early')).toEqual(['50', '52']);
    expect(await having('biometric-signature-wrong')).toEqual(['07']);
    // The facial image of card 19 is signed by somebody whose certificate is not on the card.
    expect(await having('biometric-signature-unchecked')).toEqual(['19']);
    expect(await having('biometric-unsigned')).toEqual([]);
    // Every CHUID and every biometric record names its signer rightly; the facial image above is not judged.
    expect(await having('signer-name-missing')).toEqual([]);
    expect(await having('signer-name-mismatch')).toEqual([]);
  });

  it('one operation with each key finds the card whose private keys are others', async () => {
    for (const number of ['01', '23', '26']) {
      const card = cards.find(([name]) => name.startsWith(number))?.[1];
      if (card === undefined) throw new Error(`card ${number} is missing`);
      const found = await inspect(card, { keys: true });
      counts.keys += found.slots.filter((each) => each.keyProven !== undefined).length;
      const others = places(found, 'certificate-of-another-key');
      counts.otherKeys += others.length;
      expect(others.length > 0).toBe(number === '23');
      // 9C wants the PIN as the very command before. These cards tell its key by the certificate alone, and reading that came between.
      if (number !== '23') expect(found.slots.slice(0, 4).map((each) => each.keyProven)).toEqual([true, undefined, true, true]);
    }
  });

  it('a change is not hidden by taking the object out of the unsigned map, or by giving its hash to another', async () => {
    const card = cards[0]?.[1];
    if (card === undefined) throw new Error('no card');
    // BA of this card: 01 3000, 03 6030, 02 6010, 04 3001. The printed information is changed, and its line struck or turned.
    const LINE = '043001';
    const hidden = (line: string) => (objects: Record<string, string>) => {
      const octets = copy(fromHex(objects['5FC109'] ?? ''));
      octets[3] = (octets[3] ?? 0) ^ 0x01;
      objects['5FC109'] = toHex(octets);
      const security = (objects['5FC106'] ?? '').toLowerCase();
      expect(security.startsWith('ba0c013000036030026010043001')).toBe(true);
      objects['5FC106'] = line === '' ? security.replace('ba0c', 'ba09').replace(LINE, '') : security.replace(LINE, line);
    };
    const codes = async (line: string): Promise<readonly string[]> => {
      const found = await inspect(card, { change: hidden(line) });
      expect(found.security?.signatureVerdict).toBe('valid');
      return found.findings.filter((each) => each.short.startsWith('P3') && each.severity !== 'info').map((each) => each.code);
    };
    expect(await codes(LINE)).toEqual(['security-object-hash-mismatch']);
    expect(await codes('')).toEqual(['security-object-group-unclaimed', 'security-object-omits-printed']);
    // To a container that no card has; to one of the standard that this card has not; to another object; a group that nobody signed.
    expect(await codes('041234')).toEqual(['security-object-container-unknown', 'security-object-omits-printed']);
    expect(await codes('046060')).toEqual(['security-object-names-absent', 'security-object-omits-printed']);
    expect(await codes('043000')).toEqual(['security-object-hash-mismatch', 'security-object-omits-printed']);
    expect(await codes('053001')).toEqual(['security-object-names-absent', 'security-object-group-unclaimed']);
  });

  it('a changed octet in any signed object is found', async () => {
    const card = cards[0]?.[1];
    if (card === undefined) throw new Error('no card');
    const flipped = (tag: string, at: number) => (objects: Record<string, string>) => {
      const octets = copy(fromHex(objects[tag] ?? ''));
      const index = at < 0 ? octets.length + at : at;
      octets[index] = (octets[index] ?? 0) ^ 0x01;
      objects[tag] = toHex(octets);
    };
    // The GUID's last octet; then a digit of the printed name; then an octet of the security object's signature.
    const guid = await inspect(card, { change: flipped('5FC102', 30 + 20) });
    expect(guid.chuid?.signatureVerdict).toBe('wrong');
    expect(places(guid, 'security-object-hash-mismatch')).toEqual(['Card Holder Unique Identifier']);
    const name = await inspect(card, { change: flipped('5FC109', 3) });
    expect(name.chuid?.signatureVerdict).toBe('valid');
    expect(places(name, 'security-object-hash-mismatch')).toEqual(['Printed Information']);
    const security = await inspect(card, { change: flipped('5FC106', -10) });
    expect(security.security?.signatureVerdict).toBe('wrong');
    const absent = await inspect(card, { change: (objects) => delete objects['5FC109'] });
    expect(places(absent, 'security-object-names-absent')).toEqual(['Printed Information']);
    const unchanged = await inspect(card);
    expect(unchanged.findings.filter((each) => each.severity === 'error')).toEqual([]);
  });
});
