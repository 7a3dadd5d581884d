import { describe, expect, it } from 'vitest';
import { altered, imageOf, kept, type CardImage } from './card-helpers.ts';
import { at, flowBench, type FlowBench, planFor, PIN, PUK, toRequest, typed, until } from './enrollment-helpers.ts';

const withTries = (pin: number, puk = 3) =>
  altered({ profile: 'yubikey-5.7' }, (image: CardImage) => {
    image.pin.left = pin;
    image.puk.left = puk;
  });

async function toPin(bench: FlowBench, index = 0): Promise<void> {
  const { flow } = bench;
  await flow.connect();
  await flow.openKeyChoice();
  await flow.chooseKey(planFor(index, 'P-256'));
  await flow.submitManagementKey({ mode: 'default' });
}

describe('the PIN', () => {
  it('is asked for with its uses, how often it is sent, and the tries left', async () => {
    const bench = flowBench();
    await toPin(bench, 1);
    expect(at(bench.flow, 'enter-pin').prompt).toMatchObject({
      uses: ['create-key', 'sign-request', 'write-certificate', 'test-signature'],
      sends: 3,
      retriesLeft: 3,
      retriesTotal: 3,
      lastTry: false,
      minLength: 6,
      maxLength: 8,
    });
    await bench.flow.cancel();
  });

  it('of a wrong length is not sent; a wrong one costs a try and is asked for again; the octets are wiped', async () => {
    const bench = flowBench();
    const { flow, simulated, card } = bench;
    await toPin(bench);
    for (const length of [0, 5, 9]) {
      await flow.submitPin(new Uint8Array(length).fill(0x31));
      expect(at(flow, 'enter-pin').prompt.mistake).toMatchObject({ what: 'pin-length', cardState: 'unchanged' });
    }
    expect(simulated.journal.verifiesWithData).toHaveLength(0);
    const wrong = typed('999999');
    await flow.submitPin(wrong);
    expect(at(flow, 'enter-pin').prompt).toMatchObject({ retriesLeft: 2, mistake: { code: 'E03', cardState: 'try-spent', retriesLeft: 2 } });
    expect([...wrong]).toEqual([0, 0, 0, 0, 0, 0]);
    await flow.submitPin(typed('999998'));
    expect(at(flow, 'enter-pin').prompt).toMatchObject({ retriesLeft: 1, lastTry: true });
    // The last try wants the person's word; without it nothing is sent.
    await flow.submitPin(typed(PIN));
    expect(at(flow, 'enter-pin').prompt.mistake?.what).toBe('last-try-unconfirmed');
    expect(simulated.journal.verifiesWithData).toHaveLength(2);
    await flow.submitPin(typed(PIN), { lastTryConfirmed: true });
    at(flow, 'request-ready');
    expect(imageOf(card).pin.left).toBe(3);
    await flow.cancel();
  });

  it('is wiped too when the state does not ask for it', async () => {
    const bench = flowBench();
    await bench.flow.connect();
    const pin = typed(PIN);
    await bench.flow.submitPin(pin);
    expect(pin.every((octet) => octet === 0)).toBe(true);
    const change = { current: typed(PIN), next: typed('654321') };
    await bench.flow.changeSecret(change);
    expect([...change.current, ...change.next].every((octet) => octet === 0)).toBe(true);
    expect(bench.simulated.journal.verifiesWithData).toHaveLength(0);
    await bench.flow.cancel();
  });

  it('tries spent by others meanwhile are seen before the PIN is sent', async () => {
    const bench = flowBench();
    await toPin(bench);
    for (const _ of [1, 2]) await bench.card.transmit(Uint8Array.from([0x00, 0x20, 0x00, 0x80, 0x08, ...typed('000000'), 0xff, 0xff]));
    await bench.flow.submitPin(typed('999999'));
    expect(at(bench.flow, 'enter-pin').prompt).toMatchObject({ retriesLeft: 1, lastTry: true, mistake: { what: 'last-try-unconfirmed' } });
    await bench.flow.cancel();
  });

  it('blocked by the last wrong try: unblocked by the PUK, then the enrollment goes on', async () => {
    const bench = flowBench({ card: withTries(1) });
    const { flow } = bench;
    await toPin(bench);
    await flow.submitPin(typed('999999'), { lastTryConfirmed: true });
    expect(at(flow, 'change-secret')).toMatchObject({
      task: 'unblock-pin',
      mistake: { what: 'pin-blocked', cardState: 'blocked' },
      card: { pin: { retriesLeft: 0 } },
    });
    const change = { current: typed(PUK), next: typed('246810') };
    await flow.changeSecret(change);
    expect(at(flow, 'overview')).toMatchObject({ notice: 'pin-unblocked', card: { pin: { retriesLeft: 3 } } });
    await flow.openKeyChoice();
    expect(at(flow, 'choose-key').plan?.subject).toBe('CN=Ada Lovelace,O=Example');
    await flow.chooseKey(planFor(0, 'P-256'));
    await flow.submitManagementKey({ mode: 'default' });
    await flow.submitPin(typed('246810'));
    at(flow, 'request-ready');
    await flow.cancel();
  });

  it('blocked before: the PIN is not asked for; with a blocked PUK as well nothing can be done', async () => {
    const bench = flowBench({ card: withTries(0) });
    await bench.flow.connect();
    await bench.flow.openKeyChoice();
    await bench.flow.chooseKey(planFor(0, 'P-256'));
    await bench.flow.submitManagementKey({ mode: 'default' });
    expect(at(bench.flow, 'change-secret').task).toBe('unblock-pin');
    await bench.flow.back();
    expect(bench.flow.state.kind).toBe('overview');
    await bench.flow.cancel();
    const dead = flowBench({ card: withTries(0, 0) });
    await dead.flow.connect();
    await dead.flow.openKeyChoice();
    await dead.flow.chooseKey(planFor(0, 'P-256'));
    await dead.flow.submitManagementKey({ mode: 'default' });
    expect(at(dead.flow, 'failed')).toMatchObject({ problem: { what: 'pin-blocked' }, during: 'permission', balance: { key: 'unchanged' } });
  });
});

describe('changing PIN and PUK', () => {
  it('new values are on the card; mistakes are asked again with the tries left', async () => {
    const { flow, card } = flowBench();
    await flow.connect();
    await flow.openSecretTask('change-pin');
    expect(at(flow, 'change-secret').lastTry).toBe(false);
    await flow.changeSecret({ current: typed('999999'), next: typed('246810') });
    expect(at(flow, 'change-secret')).toMatchObject({ mistake: { what: 'pin-wrong', retriesLeft: 2 }, card: { pin: { retriesLeft: 2 } } });
    await flow.changeSecret({ current: typed(PIN), next: typed('24') });
    expect(at(flow, 'change-secret').mistake?.what).toBe('pin-length');
    await flow.changeSecret({ current: typed('999999'), next: typed('246810') });
    expect(at(flow, 'change-secret').lastTry).toBe(true);
    await flow.changeSecret({ current: typed(PIN), next: typed('246810') });
    expect(at(flow, 'change-secret').mistake?.what).toBe('last-try-unconfirmed');
    await flow.changeSecret({ current: typed(PIN), next: typed('246810'), lastTryConfirmed: true });
    expect(at(flow, 'overview')).toMatchObject({ notice: 'pin-changed', card: { pin: { isDefault: false, retriesLeft: 3 } } });
    await flow.openSecretTask('change-puk');
    await flow.changeSecret({ current: typed(PUK), next: typed('87654321') });
    expect(at(flow, 'overview')).toMatchObject({ notice: 'puk-changed', card: { puk: { isDefault: false } } });
    const image = imageOf(card);
    expect([image.pin.value, image.puk.value]).toEqual([kept('246810'), kept('87654321')]);
    await flow.cancel();
  });

  it('a blocked PUK says so', async () => {
    const { flow } = flowBench({ card: withTries(0, 1) });
    await flow.connect();
    await flow.openSecretTask('unblock-pin');
    expect(at(flow, 'change-secret').lastTry).toBe(true);
    await flow.changeSecret({ current: typed('00000000'), next: typed('246810'), lastTryConfirmed: true });
    expect(at(flow, 'change-secret')).toMatchObject({ mistake: { what: 'pin-blocked' }, card: { puk: { retriesLeft: 0 } } });
    await flow.changeSecret({ current: typed(PUK), next: typed('246810'), lastTryConfirmed: true });
    expect(at(flow, 'change-secret').mistake?.what).toBe('pin-blocked');
    await flow.cancel();
  });
});

describe('the management key', () => {
  it('is offered by what the card says of it', async () => {
    const bench = flowBench();
    await bench.flow.connect();
    await bench.flow.openKeyChoice();
    await bench.flow.chooseKey(planFor(0, 'P-256'));
    expect(at(bench.flow, 'management-key').prompt).toEqual({ modes: ['default', 'typed'], algorithm: 'AES-192', keyBytes: 24 });
    await bench.flow.cancel();
    const own = flowBench({ card: altered({ profile: 'yubikey-5.7' }, (image) => (image.management.key = '77'.repeat(24))) });
    await own.flow.connect();
    await own.flow.openKeyChoice();
    await own.flow.chooseKey(planFor(0, 'P-256'));
    expect(at(own.flow, 'management-key').prompt.modes).toEqual(['typed']);
    await own.flow.cancel();
    const plain = flowBench({ card: { profile: 'nist' } });
    await plain.flow.connect();
    await plain.flow.openKeyChoice();
    await plain.flow.chooseKey(planFor(0, 'P-256'));
    expect(at(plain.flow, 'management-key').prompt).toMatchObject({ modes: ['typed', 'default'], algorithm: '3DES' });
    await plain.flow.cancel();
  });

  it('that is no key is not sent; a refused one is asked for again, with the PIN kept and nothing changed', async () => {
    const bench = flowBench({ card: altered({ profile: 'yubikey-5.7' }, (image) => (image.management.key = '77'.repeat(24))) });
    const { flow, simulated, card } = bench;
    await flow.connect();
    await flow.openKeyChoice();
    await flow.chooseKey(planFor(0, 'P-256'));
    for (const hex of ['', 'zz', '7777', '77'.repeat(32)]) {
      await flow.submitManagementKey({ mode: 'typed', hex });
      expect(at(flow, 'management-key').prompt.mistake?.what).toBe('management-key-text');
    }
    const before = JSON.stringify({ ...imageOf(card), pin: 0 });
    await flow.submitManagementKey({ mode: 'typed', hex: '78'.repeat(24) });
    await flow.submitPin(typed(PIN));
    expect(at(flow, 'management-key').prompt.mistake).toMatchObject({ code: 'E09', what: 'management-key-refused', cardState: 'unchanged' });
    const authentications = simulated.journal.count(0x87);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(simulated.journal.count(0x87)).toBe(authentications);
    expect(JSON.stringify({ ...imageOf(card), pin: 0 })).toBe(before);
    await flow.submitManagementKey({ mode: 'typed', hex: '77'.repeat(24) });
    at(flow, 'request-ready');
    expect(simulated.journal.verifiesWithData).toHaveLength(1);
    await flow.cancel();
  });

  it('kept behind the PIN but wrong: the person may type it', async () => {
    const card = altered({ profile: 'yubikey-5.7' }, (image) => {
      image.management.key = '77'.repeat(24);
      image.objects.push([0x5fff00, '8003810102'], [0x5fc109, `881a8918${'78'.repeat(24)}`]);
    });
    const { flow } = flowBench({ card });
    await toRequest(flow, planFor(0, 'P-256'));
    expect(at(flow, 'management-key').prompt).toMatchObject({ modes: ['pin-protected', 'typed'], mistake: { what: 'management-key-refused' } });
    await flow.submitManagementKey({ mode: 'typed', hex: '77'.repeat(24) });
    at(flow, 'request-ready');
    await flow.cancel();
  });
});

it('what is typed wrong in the subject is said field by field', async () => {
  const { flow } = flowBench();
  await flow.connect();
  await flow.openKeyChoice();
  const { options } = at(flow, 'choose-key');
  expect(options).toHaveLength(24);
  expect(options[0]).toMatchObject({
    recommendedKeyType: 'P-256',
    canUseExistingKey: false,
    keyTypes: ['P-256', 'RSA-2048', 'P-384', 'RSA-3072', 'RSA-4096'],
  });
  for (const [change, mistakes] of [
    [{ subject: '  ' }, ['subject-empty']],
    [{ subject: 'Ada' }, ['subject-malformed']],
    [{ subject: 'CN=Ada,C=Germany' }, ['subject-malformed']],
    [{ userPrincipalName: 'ada' }, ['upn-malformed']],
    [{ email: 'a d a@example.org' }, ['email-malformed']],
    [{ subject: '', userPrincipalName: '@', email: 'ä@example.org' }, ['subject-empty', 'upn-malformed', 'email-malformed']],
  ] as const) {
    await flow.chooseKey(planFor(0, 'P-256', change));
    expect(at(flow, 'choose-key').mistakes).toEqual(mistakes);
  }
  await flow.chooseKey({ ...planFor(99, 'P-256') });
  expect(at(flow, 'choose-key').mistakes).toEqual([]);
  await flow.chooseKey({ containerIndex: 0, key: { kind: 'existing' }, subject: 'CN=Ada' });
  at(flow, 'choose-key');
  await flow.cancel();
  await until(flow, 'cancelled');
});
