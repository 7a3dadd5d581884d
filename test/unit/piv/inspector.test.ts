import { describe, expect, it } from 'vitest';
import { bytes, concat } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { writeTlv } from '../../../src/codec/tlv.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import { buildCertificateObject } from '../../../src/piv/certificate-object.ts';
import { buildChuid } from '../../../src/piv/holder-objects.ts';
import { putData } from '../../../src/piv/data-objects.ts';
import { PIV_FINDINGS } from '../../../src/piv/inspector/findings.ts';
import { authenticateManagement, typedManagementKey } from '../../../src/piv/management.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, loadCardImage } from '../../../src/simulator/card/index.ts';
import { testCertificate } from './test-certificate.ts';
import { terminal } from './transactions.ts';
import { FACTORY, inspected, NOW, other, pin } from './inspector-bench.ts';
import { ALWAYS, issued, PLANTS } from './inspector-plants.ts';

/* Each fault planted alone on a card that has none; the inspector names it, and nothing else. */

/** Codes that were found where they were planted. */
const shown = new Set<string>();

describe('inspector', () => {
  it('finds nothing on a card that has nothing, and the proof holds', async () => {
    const found = await inspected(async () => undefined, { prove: true });
    expect(found.findings.map((each) => each.code)).toEqual(ALWAYS);
    expect(found.slots[0]?.keyProven).toBe(true);
    expect(found.secrets.map((each) => [each.name, each.isDefault])).toEqual([
      ['pin', false],
      ['puk', false],
      ['management-key', false],
    ]);
    expect(found.managementAlgorithm).toBe('AES-192');
  });

  it('finds nothing at all on a card that its issuer signed', async () => {
    const found = await inspected((on) => issued(on), { prove: true, verified: true });
    expect(found.findings).toEqual([]);
    expect(found.biometrics).toMatchObject([{ name: 'Cardholder Fingerprints', type: 8, creator: 'test', signatureVerdict: 'valid' }]);
    expect(found.security?.hashes.map((each) => each.verdict)).toEqual(['match', 'match', 'match', 'match']);
  });

  it.each(PLANTS.map((plant) => [plant.code, plant] as const))('%s', async (code, { plant, anyway, look }) => {
    const found = await inspected(plant, look);
    expect([...new Set(found.findings.map((each) => each.code))].sort()).toEqual([...anyway, code].sort());
    expect(found.findings.find((each) => each.code === code)).toMatchObject(PIV_FINDINGS[code]);
    shown.add(code);
  });

  it('contactless-limited: a card of the standard without contacts', async () => {
    const log = terminal(createPivCard({ profile: 'nist', contactless: true }));
    const edge = await openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => NOW });
    const found = await edge.inspectPiv();
    expect(found.interface).toBe('contactless');
    expect(found.findings.map((each) => each.code)).toEqual(['chuid-unsigned', 'contactless-limited']);
    expect(found.slots.filter((each) => each.locked).map((each) => each.name)).toHaveLength(23);
    shown.add('contactless-limited');
  });

  it('key-history-missing, RSA-1024, a private key of another certificate: on a card without metadata', async () => {
    const simulated = createPivCard({ profile: 'nist' });
    const log = terminal(simulated);
    const edge = await openPivEdgeWith(log, {
      atr: log.atr,
      random: systemRandom,
      today: () => NOW,
      managementKey: () => typedManagementKey(fromHex(FACTORY)),
    });
    await edge.generate({ containerIndex: 3, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'signature', pinId: 0 });
    await edge.writeCertificate(3, testCertificate(other()));
    const piv = await PivSession.open(log);
    await authenticateManagement(piv, typedManagementKey(fromHex(FACTORY)));
    const short = testCertificate({ kind: 'rsa', modulus: fromHex('ff'.repeat(128)), publicExponent: bytes([1, 0, 1]) });
    await putData(piv, 0x5fc10e, await buildCertificateObject(short, false));
    const codes = async (proveKeys: boolean) =>
      (await openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => NOW })).inspectPiv({ proveKeys });
    expect((await codes(false)).findings.map((each) => each.code).filter((each) => !each.startsWith('chuid'))).toEqual([
      'short-rsa-key',
      'key-history-missing',
    ]);
    expect((await codes(true)).findings.map((each) => each.code)).toContain('certificate-of-another-key');
  });

  it('blocked-global-pin: the PUK is not said to help', async () => {
    const image = loadCardImage(
      {
        profile: 'nist',
        globalPin: '246810',
        globalPinTries: { left: 0, total: 5 },
        objects: { '7E': '4f0ba0000003080000100001005f2f026020' },
      },
      systemRandom,
    );
    const log = terminal(createPivCard({ profile: 'nist', image }));
    const found = await (await openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => NOW })).inspectPiv();
    expect(found.findings.map(({ code }) => code)).toContain('blocked-global-pin');
    expect(found.findings.map(({ code }) => code)).not.toContain('blocked-pin');
    shown.add('blocked-global-pin');
  });

  it('reports what is behind the PIN as locked, asks for it after the PIN, and writes nothing', async () => {
    const log = terminal(createPivCard({ profile: 'nist' }));
    const edge = await openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => NOW });
    const before = await edge.inspectPiv();
    expect(before.objects.filter((each) => each.state === 'locked').map((each) => each.tag.toString(16))).toEqual([
      '5fc103',
      '5fc108',
      '5fc109',
      '5fc121',
      '5fc123',
    ]);
    await edge.verifyPin(1, pin());
    log.clear();
    const after = await edge.inspectPiv({ proveKeys: true });
    expect(after.objects.filter((each) => each.state === 'locked')).toEqual([]);
    expect(log.instructions()).not.toMatch(/db|47|24|2c/);
  });

  it('every code has a number of its own', () => {
    const numbers = Object.values(PIV_FINDINGS).map((row) => row.short);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const number of numbers) expect(number).toMatch(/^P\d\d$/);
  });

  it('every code of the catalogue was planted and found', () => {
    expect([...shown].sort()).toEqual(Object.keys(PIV_FINDINGS).sort());
  });

  it('survives octets of any kind in every object', { timeout: 120_000 }, async () => {
    const tags = [0x5fc101, 0x5fc102, 0x5fc105, 0x5fc106, 0x5fc107, 0x5fc10c, 0x5fc122, 0x5fff00, 0x5fff10, 0x7e, 0x7f61, 0x5fc109, 0x5fc103];
    for (let round = 0; round < 12; round++) {
      const log = terminal(createPivCard({ profile: 'yubikey-5.7' }));
      const edge = await openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => NOW });
      const piv = await PivSession.open(log);
      await authenticateManagement(piv, typedManagementKey(fromHex(FACTORY)));
      await edge.verifyPin(1, pin());
      for (const tag of tags) {
        const whole = buildChuid(systemRandom, NOW);
        const content =
          round % 3 === 0 ? systemRandom(1 + (systemRandom(1)[0] ?? 0)) : concat(whole.slice(0, round * 5), writeTlv(0x70, systemRandom(20)));
        await putData(piv, tag, content);
      }
      const found = await edge.inspectPiv();
      expect(found.findings.length).toBeGreaterThan(0);
      await edge.inspect();
    }
  });
});
