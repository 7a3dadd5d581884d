import { describe, expect, it } from 'vitest';
import type { EnrollmentState, EnrollmentStateOf } from '../../../src/app/enrollment/state.ts';
import type { PinPadEntry, PinPadRequest } from '../../../src/simulator/index.ts';
import { findSecrets } from '../../secret-search.ts';
import { altered, kept } from './card-helpers.ts';
import { at, flowBench, type FlowBench, type FlowBenchOptions, planFor, typed, until } from './enrollment-helpers.ts';

/*
 * PIN entry on the reader's own keys, whole: flow, v7 functions, PC_to_RDR_Secure, the simulated reader with a hand that presses its
 * keys, and the simulated card that counts its tries.
 */

const PIN = '730519';
const NEXT_PIN = '604827';
const WRONG = '111119';

/** What the hand does at each asking: keys, a key that ends the entry, nothing until it times out, or nothing at all. */
type Hand = PinPadEntry | 'nobody' | (() => PinPadEntry);

interface Desk extends FlowBench {
  readonly asked: PinPadRequest[];
  readonly states: EnrollmentState[];
  /** Everything that crossed the bus. */
  readonly bus: Uint8Array[];
}

async function desk(hands: readonly Hand[], options: FlowBenchOptions = {}): Promise<Desk> {
  const left = [...hands];
  const asked: PinPadRequest[] = [];
  const card = altered({ profile: 'yubikey-5.4' }, (image) => {
    image.pin.value = kept(PIN);
  });
  const bench = flowBench({
    card,
    ...options,
    reader: {
      ccid: { bPINSupport: 3, wLcdLayout: 0x0210 },
      pinPad: async (request) => {
        asked.push(request);
        const hand = left.shift() ?? 'timeout';
        if (hand === 'nobody') return new Promise<PinPadEntry>(() => undefined);
        return typeof hand === 'function' ? hand() : hand;
      },
      ...options.reader,
    },
  });
  const states: EnrollmentState[] = [];
  bench.flow.subscribe((state) => states.push(state));
  const bus: Uint8Array[] = [];
  const octets = (data: AllowSharedBufferSource): Uint8Array =>
    ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice() : new Uint8Array(data).slice();
  const [device] = await bench.usb.getDevices();
  if (device === undefined) throw new Error('no device');
  const [out, into] = [device.transferOut.bind(device), device.transferIn.bind(device)];
  device.transferOut = (endpoint, data) => {
    bus.push(octets(data));
    return out(endpoint, data);
  };
  device.transferIn = async (endpoint, length) => {
    const result = await into(endpoint, length);
    if (result.data !== undefined) bus.push(octets(result.data));
    return result;
  };
  return { ...bench, asked, states, bus };
}

/** To the screen that asks for the PIN. */
async function toPin({ flow }: Desk, containerIndex = 0): Promise<EnrollmentStateOf<'enter-pin'>> {
  await flow.connect();
  await flow.openKeyChoice();
  await flow.chooseKey(planFor(containerIndex, 'P-256'));
  await flow.submitManagementKey({ mode: 'default' });
  return at(flow, 'enter-pin');
}

const verifies = ({ simulated }: Desk): number => simulated.journal.verifiesWithData.length;
const press = (pin: string): PinPadEntry => ({ pin });

/** The screens of PIN entry that were shown, in order. */
function entries({ states }: Desk): string[] {
  return states.flatMap((state) => (state.kind === 'pin-on-reader' ? [`${state.prompt.purpose}${state.waiting ? '' : ', over'}`] : []));
}

describe('the PIN on the reader', () => {
  it('is offered first where the reader has keys, and not at all where it has none', async () => {
    expect((await toPin(await desk([]))).prompt.ways).toEqual(['reader', 'page']);
    const plain = await desk([], { reader: { ccid: { bPINSupport: 0 } } });
    expect((await toPin(plain)).prompt.ways).toEqual(['page']);
    await plain.flow.enterPinOnReader();
    at(plain.flow, 'enter-pin');
    expect([plain.asked, verifies(plain)]).toEqual([[], 0]);
  });

  it('a whole enrollment in 9C: once to unlock, once for each signature, and no octet of the PIN in the page', async () => {
    const bench = await desk([press(PIN), press(PIN), press(PIN)]);
    expect((await toPin(bench, 1)).prompt).toMatchObject({ sends: 3, retriesLeft: 3 });
    await bench.flow.enterPinOnReader();
    at(bench.flow, 'request-ready');
    await bench.flow.issueCertificate('demonstration');
    await bench.flow.writeCertificate();
    at(bench.flow, 'done');
    expect(entries(bench)).toEqual(['unlock', 'sign-request', 'test-signature']);
    expect(bench.asked.map(({ operation }) => operation)).toEqual(['verify', 'verify', 'verify']);
    // The screen that was interrupted comes back.
    const kinds = bench.shown.join(' ');
    expect(kinds).toMatch(/generating signing pin-on-reader signing (signing )?request-ready/);
    expect(kinds).toMatch(/writing verifying pin-on-reader verifying (verifying )?done/);
    const secret = [{ name: 'PIN', octets: typed(PIN) }];
    expect(bench.bus.length).toBeGreaterThan(100);
    expect(findSecrets([bench.trace, bench.states, bench.bus], secret)).toEqual([]);
  });

  it('the search finds the same PIN when it is typed in the page: it crosses the bus', async () => {
    const bench = await desk([]);
    await toPin(bench);
    await bench.flow.submitPin(typed(PIN));
    at(bench.flow, 'request-ready');
    expect(bench.asked).toEqual([]);
    expect(findSecrets(bench.bus, [{ name: 'PIN', octets: typed(PIN) }])).not.toEqual([]);
  });

  it('a wrong PIN, the cancel key, no key at all, too short: each in its words, with the tries that are left', async () => {
    const bench = await desk([press(WRONG), 'cancelled', 'timeout', press('1'), press(PIN)]);
    await toPin(bench);
    const seen = [];
    for (let i = 0; i < 4; i++) {
      await bench.flow.enterPinOnReader();
      const { prompt } = at(bench.flow, 'enter-pin');
      seen.push([prompt.mistake?.code, prompt.mistake?.what, prompt.retriesLeft]);
    }
    expect(seen).toEqual([
      ['E03', 'pin-wrong', 2],
      ['E21', 'pin-pad-cancelled', 2],
      ['E22', 'pin-pad-timeout', 2],
      ['E05', 'pin-length', 2],
    ]);
    expect(verifies(bench)).toBe(1);
    await bench.flow.enterPinOnReader();
    at(bench.flow, 'request-ready');
  });

  it('the last try needs the word of the person; a blocked PIN leads to the PUK', async () => {
    const bench = await desk([press(WRONG), press(WRONG), press(WRONG)]);
    await toPin(bench);
    await bench.flow.enterPinOnReader();
    await bench.flow.enterPinOnReader();
    expect(at(bench.flow, 'enter-pin').prompt).toMatchObject({ retriesLeft: 1, lastTry: true });
    await bench.flow.enterPinOnReader();
    expect(at(bench.flow, 'enter-pin').prompt.mistake?.what).toBe('last-try-unconfirmed');
    expect(bench.asked).toHaveLength(2);
    await bench.flow.enterPinOnReader({ lastTryConfirmed: true });
    expect(at(bench.flow, 'change-secret')).toMatchObject({ task: 'unblock-pin', ways: ['page'], mistake: { what: 'pin-blocked' } });
  });

  it('the person ends the entry in the page: no try is spent, nothing is a mistake, and the next entry works', async () => {
    const bench = await desk(['nobody', press(PIN)]);
    await toPin(bench);
    const entering = bench.flow.enterPinOnReader();
    await until(bench.flow, 'pin-on-reader');
    await expect.poll(() => bench.asked.length).toBe(1);
    await bench.flow.stopPinEntry();
    await entering;
    const { prompt } = at(bench.flow, 'enter-pin');
    expect([prompt.mistake, prompt.retriesLeft]).toEqual([undefined, 3]);
    expect(verifies(bench)).toBe(0);
    await bench.flow.enterPinOnReader();
    at(bench.flow, 'request-ready');
  });

  it.each(['cancel', 'release'] as const)('%s while the reader waits: the entry ends, card and reader are free', async (leave) => {
    const bench = await desk(['nobody']);
    await toPin(bench);
    const entering = bench.flow.enterPinOnReader();
    await until(bench.flow, 'pin-on-reader');
    await expect.poll(() => bench.asked.length).toBe(1);
    await bench.flow[leave]();
    await entering;
    expect(at(bench.flow, 'cancelled').balance.key).toBe('unchanged');
    const [device] = await bench.usb.getDevices();
    expect(device?.opened).toBe(false);
  });

  it('in the midst of an enrollment a mistake ends nothing: the reader asks again when the person says so', async () => {
    const bench = await desk([press(PIN), 'timeout', press(WRONG), press(WRONG), press(PIN)]);
    await toPin(bench, 1);
    const running = bench.flow.enterPinOnReader();
    const seen = [];
    for (const confirm of [undefined, undefined, true]) {
      await expect.poll(() => bench.flow.state.kind === 'pin-on-reader' && !bench.flow.state.waiting, { timeout: 10_000 }).toBe(true);
      const { prompt } = at(bench.flow, 'pin-on-reader');
      seen.push([prompt.mistake?.what, prompt.retriesLeft, prompt.lastTry]);
      if (prompt.lastTry) {
        await bench.flow.enterPinOnReader();
        await expect.poll(() => at(bench.flow, 'pin-on-reader').prompt.mistake?.what).toBe('last-try-unconfirmed');
      }
      await bench.flow.enterPinOnReader(confirm === undefined ? {} : { lastTryConfirmed: confirm });
      await expect.poll(() => bench.flow.state.kind !== 'pin-on-reader' || bench.flow.state.waiting || seen.length > 0).toBe(true);
      await until(bench.flow, 'pin-on-reader', 'signing', 'request-ready');
      await expect.poll(() => bench.asked.length).toBe(seen.length + 2);
    }
    await running;
    at(bench.flow, 'request-ready');
    expect(seen).toEqual([
      ['pin-pad-timeout', 3, false],
      ['pin-wrong', 2, false],
      ['pin-wrong', 1, true],
    ]);
    expect(bench.shown.filter((kind) => kind === 'generating')).toHaveLength(1);
  });

  it('given up in the midst by cancel: the balance says that the key was made', async () => {
    const bench = await desk([press(PIN), 'cancelled']);
    await toPin(bench, 1);
    const running = bench.flow.enterPinOnReader();
    await expect.poll(() => bench.flow.state.kind === 'pin-on-reader' && !bench.flow.state.waiting, { timeout: 10_000 }).toBe(true);
    await bench.flow.cancel();
    await running;
    expect(at(bench.flow, 'cancelled').balance).toMatchObject({ key: 'replaced', resumable: true });
  });

  it('nobody comes back in the midst: the card is locked after the idle time', async () => {
    const bench = await desk([press(PIN), 'cancelled'], { flow: { idleMs: 120_000 } });
    await toPin(bench, 1);
    await bench.flow.enterPinOnReader();
    expect(at(bench.flow, 'failed')).toMatchObject({ problem: { what: 'session-ended' }, balance: { key: 'replaced', resumable: true } });
  });
});

describe('changing the PIN on the reader', () => {
  it('old and new PIN on the keys; typed differently, cancelled, wrong: each in its words', async () => {
    const change = (pin: string, newPin: string, confirmedPin = newPin): PinPadEntry => ({ pin, newPin, confirmedPin });
    const bench = await desk([change(PIN, NEXT_PIN, '604828'), 'cancelled', change(WRONG, NEXT_PIN), change(PIN, NEXT_PIN), press(NEXT_PIN)]);
    await bench.flow.connect();
    await bench.flow.openSecretTask('change-pin');
    expect(at(bench.flow, 'change-secret').ways).toEqual(['reader', 'page']);
    const seen = [];
    for (let i = 0; i < 3; i++) {
      await bench.flow.enterPinOnReader();
      const { mistake, card } = at(bench.flow, 'change-secret');
      seen.push([mistake?.code, mistake?.what, card.pin.retriesLeft]);
    }
    expect(seen).toEqual([
      ['E23', 'pin-pad-mismatch', 3],
      ['E21', 'pin-pad-cancelled', 3],
      ['E03', 'pin-wrong', 2],
    ]);
    await bench.flow.enterPinOnReader();
    expect(at(bench.flow, 'overview')).toMatchObject({ notice: 'pin-changed', card: { pin: { retriesLeft: 3 } } });
    expect(bench.asked.map(({ operation, asksCurrentPin, asksConfirmation }) => [operation, asksCurrentPin, asksConfirmation])).toEqual(
      Array.from({ length: 4 }, () => ['modify', true, true]),
    );
    await bench.flow.openKeyChoice();
    await bench.flow.chooseKey(planFor(0, 'P-256'));
    await bench.flow.submitManagementKey({ mode: 'default' });
    await bench.flow.enterPinOnReader();
    at(bench.flow, 'request-ready');
    const secrets = [PIN, NEXT_PIN, WRONG].map((pin) => ({ name: pin, octets: typed(pin) }));
    expect(findSecrets([bench.trace, bench.states, bench.bus], secrets)).toEqual([]);
  });

  it('ended in the page: the old PIN stays, no try is spent', async () => {
    const bench = await desk(['nobody']);
    await bench.flow.connect();
    await bench.flow.openSecretTask('change-pin');
    const entering = bench.flow.enterPinOnReader();
    await until(bench.flow, 'pin-on-reader');
    await expect.poll(() => bench.asked.length).toBe(1);
    await bench.flow.stopPinEntry();
    await entering;
    const { mistake, card } = at(bench.flow, 'change-secret');
    expect([mistake, card.pin.retriesLeft]).toEqual([undefined, 3]);
    expect(bench.simulated.journal.count(0x24)).toBe(0);
  });

  it('a reader that verifies only, the PUK, and unblocking: in the page', async () => {
    const bench = await desk([], { reader: { ccid: { bPINSupport: 1 } } });
    await bench.flow.connect();
    for (const task of ['change-pin', 'change-puk', 'unblock-pin'] as const) {
      await bench.flow.openSecretTask(task);
      expect(at(bench.flow, 'change-secret').ways).toEqual(['page']);
      await bench.flow.enterPinOnReader();
      at(bench.flow, 'change-secret');
      await bench.flow.back();
    }
    await bench.flow.openSecretTask('change-pin');
    await bench.flow.changeSecret({ current: typed(PIN), next: typed(NEXT_PIN) });
    expect(at(bench.flow, 'overview').notice).toBe('pin-changed');
    expect(bench.asked).toEqual([]);
  });
});
