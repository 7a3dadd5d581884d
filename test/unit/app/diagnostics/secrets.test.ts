import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../../../src/codec/trace.ts';
import { fromHex } from '../../../../src/codec/hex.ts';
import { createPivCard, type PivProfileName } from '../../../../src/simulator/index.ts';
import { findSecrets, type Secret } from '../../../secret-search.ts';
import { flowBench, personalCard, tested } from './fixture.ts';

interface Image {
  readonly pin: { value: string };
  readonly puk: { value: string };
  readonly management: { key: string };
  readonly keys: readonly (readonly [number, { readonly secret?: string }])[];
}

const PIN = '373338313934ffff';
const PUK = '3932373530343836';
const MANAGEMENT = '8d2f61c47a90b3e5170c5ad8f24b966e03c1785fae3d92b0';

describe('no secret of the card', () => {
  it.each(['nist', 'yubikey-5.7'] as const)('stands in trace, state, log or report of a test: %s', async (profile: PivProfileName) => {
    const image = (await personalCard(profile)).save() as Image;
    image.pin.value = PIN;
    image.puk.value = PUK;
    image.management.key = MANAGEMENT;
    const secrets: Secret[] = [
      { name: 'PIN', octets: fromHex(PIN.slice(0, 12)) },
      { name: 'PUK', octets: fromHex(PUK) },
      { name: 'management key', octets: fromHex(MANAGEMENT) },
      ...image.keys.flatMap(([slot, { secret }]) => (secret === undefined ? [] : [{ name: `key ${slot.toString(16)}`, octets: fromHex(secret) }])),
    ];
    expect(secrets.length).toBeGreaterThan(3);
    const events: TraceEvent[] = [];
    const bench = flowBench({ cards: [createPivCard({ profile, image })] }, { flow: { trace: (event) => events.push(event) } });
    const state = await tested(bench);
    expect(state.selected?.slots[0]?.card?.card?.pin.isDefault).not.toBe(true);
    const report = bench.flow.report({ includePersonal: true, includeLog: true });
    expect(events.length).toBeGreaterThan(100);
    expect(findSecrets({ events, state, log: bench.flow.log, report }, secrets)).toEqual([]);

    // The search finds what it looks for where it stands.
    expect(findSecrets({ report: { text: report.text + MANAGEMENT } }, secrets)).toContainEqual({ secret: 'management key', form: 'hex' });
  });
});
