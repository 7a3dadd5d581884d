import { expect, it } from 'vitest';
import { bytes } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import { getData, putData } from '../../../src/piv/data-objects.ts';
import { authenticateManagement, typedManagementKey } from '../../../src/piv/management.ts';
import { TAG } from '../../../src/piv/objects.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard } from '../../../src/simulator/card/index.ts';
import { answering, terminal } from './transactions.ts';

/* An identity is written where there is none: what stands there and can't be read may be an issuer's. */

const key = () => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708'));
/** An issuer's, but for a GUID of half the length. */
const HALF_GUID = `3019d4e739d821086c1084210d8360d8210842108421804210c3f3${'3408'}0102030405060708${'3508'}3230333030313031${'3e03'}010203fe00`;

it.each([
  ['nist', 'cut off', '3004'],
  ['nist', 'with half a GUID', HALF_GUID],
  ['yubikey-5.7', 'cut off', '3004'],
  ['yubikey-5.7', 'with half a GUID', HALF_GUID],
] as const)('%s: CHUID and CCC that are there and malformed stay: %s', async (profile, _name, content) => {
  const card = terminal(createPivCard({ profile }));
  const piv = await PivSession.open(card);
  await authenticateManagement(piv, key());
  for (const tag of [TAG.CHUID, TAG.CCC]) await putData(piv, tag, fromHex(content));
  const edge = await openPivEdgeWith(card, { atr: card.atr, random: systemRandom, today: () => new Date(0), managementKey: key });
  card.clear();
  expect(await edge.provision()).toEqual([]);
  expect(card.instructions()).not.toMatch(/db|87/);
  for (const tag of [TAG.CHUID, TAG.CCC]) expect(toHex((await getData(piv, tag)) ?? bytes(0))).toBe(content);
  // It is told of, with a way out that is not this one.
  expect((await edge.inspectPiv()).findings).toContainEqual(expect.objectContaining({ code: 'malformed-chuid', remedy: 'return-to-issuer' }));
});

it.each([
  ['is no object', '53039000'],
  ['refuses it', '6f00'],
])('an answer that %s writes nothing over a CHUID', async (name, reply) => {
  const card = createPivCard({ profile: 'nist' });
  const before = JSON.stringify(card.save());
  let lie = true;
  const log = terminal(answering(card, /^00cb3fff055c035fc102/, (answer) => (lie ? Promise.resolve(reply) : answer())));
  const edge = await openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => new Date(0), managementKey: key });
  await edge.identity();
  lie = false;
  expect([name, await edge.provision()]).toEqual([name, []]);
  expect(JSON.stringify(card.save())).toBe(before);
});
