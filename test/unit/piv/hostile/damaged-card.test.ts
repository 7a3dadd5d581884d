import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { type Bytes, bytes, concat, copy } from '../../../../src/codec/bytes.ts';
import { LayerError } from '../../../../src/codec/errors.ts';
import { fromHex } from '../../../../src/codec/hex.ts';
import { systemRandom } from '../../../../src/codec/random.ts';
import { openPivEdgeWith } from '../../../../src/piv/card-edge.ts';
import { readInventory } from '../../../../src/piv/inventory.ts';
import { authenticateManagement, typedManagementKey } from '../../../../src/piv/management.ts';
import { PivSession } from '../../../../src/piv/session.ts';
import { createPivCard, type PivProfileName } from '../../../../src/simulator/card/index.ts';
import { certificate, FACTORY, NOW, pin } from '../inspector-bench.ts';
import { issue } from '../signed-objects.ts';
import { terminal } from '../transactions.ts';

/*
 * A whole card that is damaged on its way to us: any answers of a whole flow are changed, cut off or made longer. The flow ends, in a bounded
 * number of exchanges, with what it could read or with a typed error; nothing is written and no PIN is tried.
 */

const PROFILES = ['nist', 'yubikey-4', 'yubikey-5.7'] as const satisfies readonly PivProfileName[];
const images = new Map<PivProfileName, unknown>();

beforeAll(async () => {
  for (const profile of PROFILES) {
    const card = createPivCard({ profile });
    const log = terminal(card);
    const edge = await openPivEdgeWith(log, {
      atr: log.atr,
      random: systemRandom,
      today: () => NOW,
      managementKey: () => typedManagementKey(fromHex(FACTORY)),
    });
    await edge.provision();
    await edge.verifyPin(1, pin());
    for (const containerIndex of [0, 4])
      await edge.writeCertificate(
        containerIndex,
        await certificate(
          await edge.generate({
            containerIndex,
            keyType: { kind: 'ec', curve: 'P-256' },
            usage: containerIndex === 0 ? 'signature' : 'key-exchange',
            pinId: 1,
          }),
        ),
      );
    const piv = await PivSession.open(log);
    await authenticateManagement(piv, typedManagementKey(fromHex(FACTORY)));
    await issue(piv);
    images.set(profile, card.save());
  }
});

interface Damage {
  readonly kind: 'change' | 'cut' | 'add' | 'empty' | 'other';
  readonly at: number;
  readonly octet: number;
}

function damaged(body: Uint8Array, { kind, at, octet }: Damage): Bytes {
  const out = copy(body);
  if (kind === 'empty') return bytes(0);
  if (kind === 'other') return bytes(Array.from({ length: at % 300 }, (_, i) => (octet * (i + 7)) & 0xff));
  if (kind === 'cut') return out.slice(0, at % (out.length + 1));
  if (kind === 'add') return concat(out, bytes([octet]));
  // Most of what says something stands at the beginning.
  if (out.length > 0) out[at % (at % 3 === 0 ? out.length : Math.min(out.length, 24))] = octet;
  return out;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('change', 'change', 'cut', 'add', 'empty', 'other'),
  at: fc.nat(4000),
  octet: fc.nat(255),
});

it.each(PROFILES)('%s: inventory, inspection and containers end with what can be read, or a typed error', async (profile) => {
  let [whole, failed, harmed] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(damage, { freq: 3 }), { minLength: 20, maxLength: 60 }),
      fc.constantFrom('inventory', 'inspect', 'containers', 'files'),
      async (plan, flow) => {
        const inner = terminal(createPivCard({ profile, image: images.get(profile) }));
        let count = 0;
        const transmit: typeof inner.transmit = async (command, options) => {
          const answer = await inner.transmit(command, options);
          const wanted = plan[count++ % plan.length];
          if (wanted === null || wanted === undefined || answer.length === 2) return answer;
          harmed++;
          return concat(damaged(answer.subarray(0, -2), wanted), answer.subarray(-2));
        };
        const on = Object.create(inner, { transmit: { value: transmit } }) as typeof inner;
        try {
          if (flow === 'inventory') await readInventory(await PivSession.open(on), true);
          else {
            const edge = await openPivEdgeWith(on, {
              atr: on.atr,
              random: systemRandom,
              today: () => NOW,
              managementKey: () => typedManagementKey(fromHex(FACTORY)),
            });
            if (flow === 'inspect') await edge.inspectPiv();
            else if (flow === 'containers') for (const { index } of await edge.containers()) await edge.readCertificate(index);
            else for (const file of ['cmapfile', 'msroots'] as const) await edge.readFile?.(file);
          }
          whole++;
        } catch (error) {
          if (!(error instanceof LayerError)) throw error;
          failed++;
        }
        expect(count).toBeLessThan(120);
        const instructions = inner.instructions().split(' ');
        for (const forbidden of ['db', '47', 'fe', 'f6', 'ff', '24', '2c', 'fa', 'fb']) expect(instructions).not.toContain(forbidden);
        expect(inner.log.filter(({ command }) => command.startsWith('0020') && command.length > 10)).toEqual([]);
      },
    ),
    { numRuns: 150 },
  );
  // Both ends are met, or the damage is none.
  expect([whole > 10, failed > 0, harmed > 100]).toEqual([true, true, true]);
});
