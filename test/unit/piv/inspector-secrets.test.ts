import { describe, expect, it } from 'vitest';
import { copy } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { buildAdminData } from '../../../src/piv/admin-data.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import { putData } from '../../../src/piv/data-objects.ts';
import type { PivInspection } from '../../../src/piv/inspector/tree.ts';
import { authenticateManagement, typedManagementKey } from '../../../src/piv/management.ts';
import { TAG } from '../../../src/piv/objects.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, type PivProfileName } from '../../../src/simulator/card/index.ts';
import { testCertificate } from './test-certificate.ts';
import { type CardTerminal, terminal } from './transactions.ts';

const EC = { kind: 'ec', curve: 'P-256' } as const;
const pin = () => fromHex('313233343536');
const managementKey = () => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708'));
const open = (on: CardTerminal): Promise<PivEdge> =>
  openPivEdgeWith(on, { atr: copy(on.atr), random: systemRandom, today: () => new Date('2026-03-01T00:00:00Z'), managementKey });

describe('the signature key is proven', () => {
  /** 9C with its own certificate or that of 9A's key, inspected with the PIN just given for 9C. */
  async function signature(profile: PivProfileName, own: boolean): Promise<PivInspection> {
    const log = terminal(createPivCard({ profile }));
    const edge = await open(log);
    await edge.verifyPin(1, pin());
    const other = await edge.generate({ containerIndex: 0, keyType: EC, usage: 'signature', pinId: 1 });
    const key = await edge.generate({ containerIndex: 1, keyType: EC, usage: 'signature', pinId: 3 });
    await edge.writeCertificate(1, testCertificate(own ? key : other));
    const again = await open(log);
    await again.verifyPin(3, pin());
    return again.inspectPiv({ proveKeys: true });
  }
  const wrong = ({ findings }: PivInspection): boolean =>
    findings.some(({ code, place }) => code === 'certificate-of-another-key' && place === 'PIV 9C');

  // On the first two the PIN is for the very next command; the third has no metadata that would tell the key.
  it.each<PivProfileName>(['nist', 'government', 'yubikey-4'])('%s: the right certificate, and that of another key', async (profile) => {
    const right = await signature(profile, true);
    expect([right.slots[1]?.keyProven, wrong(right)]).toEqual([true, false]);
    const another = await signature(profile, false);
    expect([another.slots[1]?.keyProven, wrong(another)]).toEqual([false, true]);
  });
});

describe('a PUK that software noted as blocked', () => {
  it.each<[PivProfileName, boolean, boolean]>([
    ['yubikey-4', true, true],
    ['yubikey-4', false, false],
    // This card tells the tries that are left, and has some.
    ['yubikey-5.4', true, false],
  ])('%s, noted: %s, is found: %s', async (profile, pukBlocked, found) => {
    const log = terminal(createPivCard({ profile }));
    const piv = await PivSession.open(log);
    await authenticateManagement(piv, managementKey());
    await putData(piv, TAG.ADMIN_DATA, buildAdminData({ pukBlocked, keyStored: false, salt: undefined, pinChangedS: undefined }));
    const { findings } = await (await open(log)).inspectPiv();
    expect(findings.some(({ code }) => code === 'blocked-puk')).toBe(found);
  });
});

describe('where the management key is', () => {
  it.each([
    ['what ykman leaves when it takes the key out: no contradiction', '8800', 'unknown', false],
    ['a length without a key', '88028900', 'unknown', false],
    ['a key that nobody speaks of', `881a8918${'11'.repeat(24)}`, 'conflict', true],
    ['the next key alone', `881a8a18${'11'.repeat(24)}`, 'conflict', true],
  ])('%s', async (_name, printed, home, found) => {
    const log = terminal(createPivCard({ profile: 'yubikey-5.4' }));
    const piv = await PivSession.open(log);
    await authenticateManagement(piv, managementKey());
    await putData(piv, TAG.ADMIN_DATA, fromHex('8003810100'));
    await putData(piv, TAG.PRINTED, fromHex(printed));
    const edge = await open(log);
    await edge.verifyPin(1, pin());
    const { managementKey: told, findings } = await edge.inspectPiv();
    expect([told, findings.some(({ code }) => code === 'management-key-data-conflict')]).toEqual([home, found]);
  });
});
