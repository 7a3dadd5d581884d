import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import {
  buildBiometric,
  buildBitGroup,
  buildDiscovery,
  buildMessagingSigner,
  buildPairingCode,
  buildPrinted,
} from '../../../src/piv/card-objects.ts';
import { buildCertificateObject } from '../../../src/piv/certificate-object.ts';
import { encodeCcc, parseCcc } from '../../../src/piv/ccc.ts';
import { buildCcc, buildChuid } from '../../../src/piv/holder-objects.ts';
import { getData, putAndCompare, putData } from '../../../src/piv/data-objects.ts';
import { buildKeyHistory } from '../../../src/piv/key-history.ts';
import { authenticateManagement, typedManagementKey } from '../../../src/piv/management.ts';
import { OBJECTS } from '../../../src/piv/objects.ts';
import { verifyPin } from '../../../src/piv/pin.ts';
import { buildSecurityObject } from '../../../src/piv/security-object.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, type PivProfileName } from '../../../src/simulator/card/index.ts';
import { FACTORY, NOW, other, pin } from './inspector-bench.ts';
import { testCertificate } from './test-certificate.ts';
import { type CardTerminal, terminal } from './transactions.ts';

/* All that a card can hold: each object of the standard written and read back, and a key with certificate in each of the 24 places. */

const key = () => typedManagementKey(fromHex(FACTORY));

/** The whole card of the standard, and Yubico's with and without metadata. */
const PROFILES: readonly PivProfileName[] = ['nist', 'yubikey-4', 'yubikey-5.7'];

const CONTENTS: Readonly<Record<number, () => Bytes>> = {
  0x5fc107: () => buildCcc(systemRandom),
  0x5fc102: () => buildChuid(systemRandom, NOW),
  0x5fc106: () => buildSecurityObject({ groups: [{ group: 1, container: 0x3000 }], cms: bytes(20) }),
  0x5fc109: () => buildPrinted({ name: 'Holder', affiliation: 'Test', expiry: '2032DEC02', cardSerialNumber: '1', issuer: 'Test' }),
  0x7e: () => buildDiscovery({ usagePolicy: 0x40, primary: 0 }),
  0x5fc10c: () => buildKeyHistory({ onCard: 1, offCard: 0, url: undefined }),
  0x7f61: () => buildBitGroup([bytes(3)]),
  0x5fc122: () => buildMessagingSigner({ certificate: testCertificate(other()), compressed: false, intermediate: undefined }),
  0x5fc123: () => buildPairingCode(fromHex('3132333435363738')),
  0x5fc103: () => buildBiometric(systemRandom(500)),
  0x5fc108: () => buildBiometric(systemRandom(2500)),
  0x5fc121: () => buildBiometric(systemRandom(1000)),
};

describe.each(PROFILES)('every object of the standard on %s', (profile) => {
  it('is written, read back as it was written, and removed', async () => {
    const piv = await PivSession.open(terminal(createPivCard({ profile })));
    await authenticateManagement(piv, key());
    await verifyPin(piv, pin());
    expect(OBJECTS).toHaveLength(36);
    for (const { tag, name } of OBJECTS) {
      const content = CONTENTS[tag]?.() ?? (await buildCertificateObject(testCertificate(other(), { commonName: name }), false));
      await putAndCompare(piv, tag, content);
      expect([name, toHex((await getData(piv, tag)) ?? bytes(0))]).toEqual([name, toHex(content)]);
      await putData(piv, tag, bytes(0));
      expect([name, await getData(piv, tag)]).toEqual([name, undefined]);
    }
  });
});

it('a CCC that was read is written as it was', () => {
  const whole = buildCcc(systemRandom);
  expect(toHex(encodeCcc(parseCcc(whole)))).toBe(toHex(whole));
  expect(parseCcc(encodeCcc({ cardIdentifier: undefined, dataModel: 0x11 }))).toEqual({ cardIdentifier: bytes(0), dataModel: 0x11 });
  for (const odd of [
    { cardIdentifier: bytes(20), dataModel: 0x10 },
    { cardIdentifier: undefined, dataModel: undefined },
    { cardIdentifier: undefined, dataModel: 0x100 },
  ])
    expect(() => encodeCcc(odd)).toThrow(expect.objectContaining({ layer: 'codec' }));
});

describe.each(PROFILES)('all 24 places on %s', (profile) => {
  const open = (log: CardTerminal): Promise<PivEdge> =>
    openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => NOW, managementKey: key });

  it('make a key, take its certificate, use the key, and are listed after a reset', { timeout: 60_000 }, async () => {
    const card = createPivCard({ profile });
    const edge = await open(terminal(card));
    await edge.provision();
    const made: string[] = [];
    for (let index = 0; index < 24; index++) {
      const usage = index < 2 || index === 3 ? 'signature' : 'key-exchange';
      const pinId = index === 1 ? 3 : index === 3 ? 0 : 1;
      await edge.verifyPin(1, pin());
      const publicKey = await edge.generate({ containerIndex: index, keyType: { kind: 'ec', curve: 'P-256' }, usage, pinId });
      if (publicKey.kind !== 'ec') throw new Error('not the key that was asked for');
      const der = testCertificate(publicKey, { commonName: `place ${index}` });
      await edge.writeCertificate(index, der);
      made.push(toHex(der));
      await edge.verifyPin(index === 1 ? 3 : 1, pin());
      const point = copy(publicKey.point);
      if (usage === 'signature') {
        const message = systemRandom(50);
        const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', message));
        const signature = await edge.ecdsaSign(index, hash);
        const imported = await crypto.subtle.importKey('raw', point, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
        expect([index, await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, imported, signature, message)]).toEqual([index, true]);
      } else {
        const ours = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
        const secret = await edge.ecdh(index, copy(new Uint8Array(await crypto.subtle.exportKey('raw', ours.publicKey))));
        const imported = await crypto.subtle.importKey('raw', point, { name: 'ECDH', namedCurve: 'P-256' }, false, []);
        const theirs = new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: imported }, ours.privateKey, 256));
        expect([index, toHex(secret)]).toEqual([index, toHex(theirs)]);
      }
    }
    card.reset('cold');
    const again = await open(terminal(card));
    expect((await again.containers()).map((each) => each.index)).toEqual(Array.from({ length: 24 }, (_, i) => i));
    const read: string[] = [];
    for (let index = 0; index < 24; index++) read.push(toHex((await again.readCertificate(index)) ?? bytes(0)));
    expect(read).toEqual(made);
    expect(new Set(read).size).toBe(24);
    const { keyHistory, findings } = await again.inspectPiv();
    expect(keyHistory?.onCard).toBe(20);
    expect(findings.filter((each) => /^(?:key-history|certificate-of|certificate-without|key-without|malformed)/.test(each.code))).toEqual([]);
  });
});
