import { describe, expect, it } from 'vitest';
import type { EnrollmentState } from '../../../src/app/enrollment/state.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { findSecrets, formsOf, type Secret } from '../../secret-search.ts';
import { altered, imageOf, kept } from './card-helpers.ts';
import { at, enroll, flowBench, planFor, typed } from './enrollment-helpers.ts';

const PIN = '730519';
const NEXT_PIN = '604827';
const PUK = '94813627';
const MANAGEMENT = 'c3a1f0957e2b4d6880113f5ac2e79b04d6f8237150a9be1c';

/** A whole life of a card in one flow: every secret there is goes through it, every layer is traced. */
async function wholeLife(profile: 'yubikey-5.7' | 'nist', keyType: 'P-256' | 'RSA-2048') {
  const card = altered({ profile, ...(profile === 'nist' ? { managementAlgorithm: 0x0a } : {}) }, (image) => {
    image.pin.value = kept(PIN);
    image.puk.value = kept(PUK);
    image.management.key = MANAGEMENT;
  });
  const bench = flowBench({ card });
  const states: EnrollmentState[] = [];
  bench.flow.subscribe((state) => states.push(state));
  await bench.flow.connect();
  await bench.flow.openSecretTask('change-pin');
  await bench.flow.changeSecret({ current: typed('111111'), next: typed(NEXT_PIN) });
  await bench.flow.changeSecret({ current: typed(PIN), next: typed(NEXT_PIN) });
  await bench.flow.openSecretTask('unblock-pin');
  await bench.flow.changeSecret({ current: typed(PUK), next: typed(PIN) });
  await bench.flow.cancel();
  const wrong = MANAGEMENT.replace('c3', 'c4');
  await bench.flow.connect();
  await bench.flow.openKeyChoice();
  await bench.flow.chooseKey(planFor(1, keyType));
  await bench.flow.submitManagementKey({ mode: 'typed', hex: wrong });
  await bench.flow.submitPin(typed(NEXT_PIN));
  await bench.flow.submitPin(typed(PIN));
  at(bench.flow, 'management-key');
  await bench.flow.cancel();
  await enroll(bench.flow, planFor(1, keyType), { mode: 'typed', hex: MANAGEMENT }, PIN);
  at(bench.flow, 'done');

  const secrets: Secret[] = [
    { name: 'PIN', octets: typed(PIN) },
    { name: 'other PIN', octets: typed(NEXT_PIN) },
    { name: 'PUK', octets: typed(PUK) },
    { name: 'management key', octets: fromHex(MANAGEMENT) },
    { name: 'wrong management key', octets: fromHex(wrong) },
  ];
  for (const [slot, key] of imageOf(card).keys) {
    if (key.secret !== undefined) secrets.push({ name: `key ${slot}`, octets: fromHex(key.secret) });
    for (const part of ['p', 'q', 'dP', 'dQ', 'qInv'])
      if (key.rsa?.[part] !== undefined) secrets.push({ name: `${part} of ${slot}`, octets: fromHex(key.rsa[part]) });
  }
  return { bench, states, secrets };
}

describe('no secret in any trace, state or problem', () => {
  it.each([
    ['yubikey-5.7', 'P-256'],
    ['yubikey-5.7', 'RSA-2048'],
    ['nist', 'P-256'],
  ] as const)('%s, %s', async (profile, keyType) => {
    const { bench, states, secrets } = await wholeLife(profile, keyType);
    const layers = new Set(bench.trace.map(({ layer }) => layer));
    expect([...layers].sort()).toEqual(['apdu', 'app', 'card', 'ccid', 'minidriver', 'usb']);
    expect(bench.trace.length).toBeGreaterThan(500);
    expect(bench.trace.some((event) => 'body' in event && event.body !== undefined)).toBe(true);
    expect(secrets.length).toBeGreaterThanOrEqual(6);
    expect(findSecrets(bench.trace, secrets)).toEqual([]);
    expect(findSecrets(states, secrets)).toEqual([]);
    expect(findSecrets(JSON.stringify(bench.trace), secrets)).toEqual([]);
  });

  it('the search finds a leak in each form, wherever it hides', async () => {
    const { bench, secrets } = await wholeLife('yubikey-5.7', 'P-256');
    for (const { name, octets } of secrets) {
      const buffer = Buffer.from(octets);
      const backwards = Buffer.from(octets).reverse();
      // Planted by Node's own encoders, between other octets or characters.
      const around = (before: number): Buffer => Buffer.concat([Buffer.alloc(before, 0x5a), buffer, Buffer.from([0xa5])]);
      const pairs = (value: Buffer, separator: string): string => value.toString('hex').replace(/..(?=.)/g, `$&${separator}`);
      const planted: unknown[] = [
        new Uint8Array(around(7)),
        new Uint8Array(backwards),
        [...buffer],
        `[${[...buffer].join(',')}]`,
        `[ ${[...buffer].join(', ')} ]`,
        [...buffer].join(' '),
        Buffer.from(Array.from(buffer, (octet) => String.fromCharCode(octet)).join(''), 'utf16le'),
        around(0).toString('base64'),
        around(1).toString('base64'),
        around(2).toString('base64'),
        around(0).toString('base64url'),
        around(1).toString('base64url'),
        around(2).toString('base64url'),
        ...['', ' ', ':', '-'].flatMap((separator) => [
          pairs(buffer, separator),
          pairs(buffer, separator).toUpperCase(),
          pairs(backwards, separator),
        ]),
        new Error(buffer.toString('hex')),
        new Map([[buffer.toString('hex'), 1]]),
      ];
      for (const leak of planted) {
        const trace = [...bench.trace, { layer: 'app', kind: 'step', step: 'x', detail: leak }];
        expect(
          findSecrets(trace, secrets).map(({ secret }) => secret),
          `${name} as ${String(leak).slice(0, 40)}`,
        ).toContain(name);
      }
    }
    expect(formsOf(fromHex('0102030405060708')).size).toBe(28);
    expect(findSecrets('nothing here', secrets)).toEqual([]);
    expect(toHex(typed(PIN))).toBe('373330353139');
  });
});
