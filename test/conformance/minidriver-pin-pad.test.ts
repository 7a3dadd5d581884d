import { describe, expect, it } from 'vitest';
import type { CardChannel, CardTransaction } from '../../src/channel/index.ts';
import { type Bytes, copy, toHex, type TraceEvent } from '../../src/codec/index.ts';
import * as m from '../../src/minidriver/index.ts';
import { openPivEdge } from '../../src/piv/card-edge.ts';
import { createPivCard, type PinPadEntry, type PinPadRequest, type SimulatedReaderOptions } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, type Bench, firstSlot } from './driver-setup.ts';
import { code, failure } from '../unit/minidriver/outcomes.ts';

/*
 * External PINs of the interface, all the way down: CardAuthenticateEx and CardChangeAuthenticatorEx without a PIN, the PIV edge's
 * templates, PC_to_RDR_Secure on the simulated reader with keys, and the simulated card that counts its tries.
 */

const PAD = { bPINSupport: 3, wLcdLayout: 0x0210 };
const text = (pin: string): Bytes => copy(Buffer.from(pin));

interface Made {
  readonly bench: Bench;
  readonly channel: CardChannel;
  readonly module: m.CardModule<CardTransaction>;
  readonly requests: PinPadRequest[];
  readonly hints: m.PinEntryHint[];
  readonly over: () => number;
  /** Everything that the host had in its hands: trace, and each octet that crossed the bus. */
  readonly seen: () => string;
  readonly close: () => Promise<void>;
}

interface Setting {
  readonly entries?: readonly (PinPadEntry | Promise<PinPadEntry>)[];
  readonly reader?: SimulatedReaderOptions;
  readonly profile?: 'nist' | 'yubikey-5.4';
  readonly onHint?: (hint: m.PinEntryHint) => void;
}

async function setting({ entries = [], reader = {}, profile = 'yubikey-5.4', onHint }: Setting): Promise<Made> {
  const left = [...entries];
  const requests: PinPadRequest[] = [];
  const hints: m.PinEntryHint[] = [];
  const events: TraceEvent[] = [];
  const bus: string[] = [];
  const clock = new AutoClock();
  const made = await bench(
    {
      cards: [createPivCard({ profile })],
      clock,
      ...reader,
      ccid: { ...PAD, ...reader.ccid },
      pinPad: async (request) => {
        requests.push(request);
        return left.shift() ?? 'timeout';
      },
    },
    { clock, trace: (event) => events.push(event) },
  );
  const [device] = await made.usb.getDevices();
  if (device === undefined) throw new Error('no device');
  const out = device.transferOut.bind(device);
  const into = device.transferIn.bind(device);
  device.transferOut = async (endpoint, data) => {
    bus.push(toHex(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)));
    return out(endpoint, data);
  };
  device.transferIn = async (endpoint, length) => {
    const result = await into(endpoint, length);
    if (result.data !== undefined) bus.push(toHex(new Uint8Array(result.data.buffer, result.data.byteOffset, result.data.byteLength)));
    return result;
  };
  const { open, slot } = await firstSlot(made.reader);
  const channel = await slot.connect();
  let over = 0;
  const module = m.createCardModule<CardTransaction>(openPivEdge, {
    ...(slot.pinPad === undefined ? {} : { pinPad: slot.pinPad }),
    clock,
    trace: (event) => events.push(event),
    onPinEntry: (hint) => {
      hints.push(hint);
      onHint?.(hint);
      return () => void over++;
    },
  });
  const seen = (): string => JSON.stringify([events, bus], (_key, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value));
  return { bench: made, channel, module, requests, hints, over: () => over, seen, close: () => open.close() };
}

/** One transaction with a context of its own. */
function inContext<T>({ channel, module }: Made, body: (card: m.CARD_DATA<CardTransaction>) => Promise<T>): Promise<T> {
  return channel.transaction(async (transaction) => {
    const card = m.newCardData<CardTransaction>({ pbAtr: channel.atr, hScard: transaction });
    await module.CardAcquireContext(card, 0);
    try {
      return await body(card);
    } finally {
      await card.CardDeleteContext();
    }
  });
}

const enter = (card: m.CARD_DATA<CardTransaction>, PinId = 1): Promise<unknown> => card.CardAuthenticateEx(PinId, 0, null);
const change = (card: m.CARD_DATA<CardTransaction>): Promise<void> =>
  card.CardChangeAuthenticatorEx(m.PIN_CHANGE_FLAG_CHANGEPIN, 1, null, 1, null, 0);
const state = (card: m.CARD_DATA<CardTransaction>): Promise<number> => card.CardGetProperty(m.CP_CARD_AUTHENTICATED_STATE, 0);

/** Which of these PINs the host had, as text or as octets. */
const had = (seen: string, ...pins: readonly string[]): string[] =>
  pins.filter((pin) => seen.includes(pin) || seen.includes(Buffer.from(pin).toString('hex')));

describe.each([
  ['extended APDU level', {}],
  ['short APDU level', { level: 'short-apdu' }],
  ['TPDU level, T=1', { level: 'tpdu' }],
  ['extended APDU level, messages of 64 bytes', { ccid: { dwMaxCCIDMessageLength: 64 } }],
] as const satisfies readonly (readonly [string, SimulatedReaderOptions])[])('ExternalPin on a reader with keys, %s', (_, reader) => {
  it('verify, modify, verify anew; the PINs never come to the host', async () => {
    const entries = [{ pin: '473829' }, { pin: '123456' }, { pin: '123456', newPin: '87654321', confirmedPin: '87654321' }, { pin: '87654321' }];
    const made = await setting({ reader, entries });
    await inContext(made, async (card) => {
      expect((await card.CardGetProperty(m.CP_CARD_PIN_INFO, 1)).PinType).toBe(m.ExternalPinType);
      await card.CardSetProperty(m.CP_PIN_CONTEXT_STRING, 'to sign a letter', 0);
      const wrong = await failure(enter(card));
      expect([wrong.reason, wrong.pcAttemptsRemaining]).toEqual(['SCARD_W_WRONG_CHV', 2]);
      expect(await state(card)).toBe(0);
      expect(await enter(card)).toEqual({ pbSessionPin: null });
      expect(await state(card)).toBe(0x0a);
      await change(card);
      // This card has forgotten it, and so it is said.
      expect(await state(card)).toBe(0);
      await enter(card, 3);
      expect(await state(card)).toBe(0x0a);
      // The card itself knows it: the PIN of before is wrong, the new one right, typed in the page this time.
      expect((await failure(card.CardAuthenticateEx(1, 0, text('123456')))).retriesLeft).toBe(2);
    });
    expect(made.requests.map(({ operation }) => operation)).toEqual(['verify', 'verify', 'modify', 'verify']);
    expect(made.hints.map(({ operation, pinId, contextString }) => [operation, pinId, contextString])).toEqual([
      ['verify', 1, 'to sign a letter'],
      ['verify', 1, 'to sign a letter'],
      ['change', 1, 'to sign a letter'],
      ['verify', 3, 'to sign a letter'],
    ]);
    expect(made.over()).toBe(4);
    expect(made.seen().length).toBeGreaterThan(1000);
    expect(had(made.seen(), '473829', '87654321')).toEqual([]);
    // The check can fail: this one was typed in the page, and crossed the bus.
    expect(had(made.seen(), '123456')).toEqual(['123456']);
    await made.close();
  });

  it('a card that leaves the PIN verified after a change of it is believed', async () => {
    const entries = [{ pin: '123456' }, { pin: '123456', newPin: '87654321', confirmedPin: '87654321' }];
    const made = await setting({ reader, entries, profile: 'nist' });
    await inContext(made, async (card) => {
      await enter(card);
      await change(card);
      // Role 3 wants it anew for each use.
      expect(await state(card)).toBe(0x02);
    });
    await made.close();
  });

  it('cancelled, timed out, repeated wrongly, too short: each its code, and no try lost', async () => {
    const entries = [
      'cancelled',
      'timeout',
      { pin: '123456', newPin: '111111', confirmedPin: '222222' },
      'cancelled',
      'timeout',
      { pin: '1' },
    ] as const;
    const made = await setting({ reader, entries });
    await inContext(made, async (card) => {
      expect(await code(enter(card))).toBe('SCARD_W_CANCELLED_BY_USER');
      expect(await code(enter(card))).toBe('ERROR_TIMEOUT');
      expect(await code(change(card))).toBe('SCARD_E_INVALID_CHV');
      expect(await code(change(card))).toBe('SCARD_W_CANCELLED_BY_USER');
      expect(await code(change(card))).toBe('ERROR_TIMEOUT');
      const short = await failure(enter(card));
      expect([short.reason, short.retriesLeft]).toEqual(['SCARD_W_WRONG_CHV', 3]);
      expect(await state(card)).toBe(0);
      // Nothing of it reached the card.
      expect(made.bench.simulated.journal.verifiesWithData).toHaveLength(0);
      expect(made.bench.simulated.journal.count(0x24)).toBe(0);
      expect((await failure(card.CardAuthenticateEx(1, 0, text('999999')))).retriesLeft).toBe(2);
    });
    expect(made.over()).toBe(made.hints.length);
    await made.close();
  });

  it('wrong until it is blocked: 2, 1, 0 tries left, then SCARD_W_CHV_BLOCKED; the old PIN wrong in a change counts too', async () => {
    const wrong = { pin: '473829' };
    const made = await setting({ reader, entries: [wrong, { ...wrong, newPin: '111111', confirmedPin: '111111' }, wrong, { pin: '123456' }] });
    await inContext(made, async (card) => {
      const seen = [];
      for (const call of [enter, change, enter, enter] as const) {
        const { reason, pcAttemptsRemaining } = await failure(call(card));
        seen.push([reason, pcAttemptsRemaining]);
      }
      expect(seen).toEqual([
        ['SCARD_W_WRONG_CHV', 2],
        ['SCARD_W_WRONG_CHV', 1],
        ['SCARD_W_WRONG_CHV', 0],
        ['SCARD_W_CHV_BLOCKED', 0],
      ]);
    });
    expect(had(made.seen(), '473829', '111111')).toEqual([]);
    await made.close();
  });

  it('the page cancels by the hint: SCARD_W_CANCELLED_BY_USER, and the next transaction works', async () => {
    const made = await setting({
      reader,
      entries: [new Promise<PinPadEntry>(() => undefined), { pin: '123456' }],
      onHint: (hint) => {
        if (made.hints.length === 1) setTimeout(() => hint.cancel(), 30);
      },
    });
    await inContext(made, async (card) => expect(await code(enter(card))).toBe('SCARD_W_CANCELLED_BY_USER'));
    await inContext(made, async (card) => {
      await enter(card);
      expect(await state(card)).toBe(0x0a);
    });
    expect(made.bench.simulated.journal.verifiesWithData).toHaveLength(1);
    await made.close();
  });

  it('the card is taken out while the person types: SCARD_W_REMOVED_CARD', async () => {
    const made = await setting({ reader, entries: [{ pin: '123456' }] });
    await inContext(made, async (card) => {
      await card.CardGetProperty(m.CP_CARD_GUID, 0);
      made.bench.simulated.fault({ kind: 'removal', message: 0x69, carriedOut: true });
      expect(await code(enter(card))).toBe('SCARD_W_REMOVED_CARD');
    });
    await made.close();
  });
});

describe('ExternalPin, what is refused before anybody types', () => {
  it('a silent call without a PIN; a role that is not typed; a change with one value only; unblocking', async () => {
    const made = await setting({});
    await inContext(made, async (card) => {
      const silent = card.CardAuthenticateEx(1, m.CARD_PIN_SILENT_CONTEXT, null);
      expect(await code(silent)).toBe('SCARD_E_INVALID_PARAMETER');
      expect(await code(enter(card, 2))).toBe('SCARD_E_INVALID_PARAMETER');
      expect(await code(enter(card, 4))).toBe('SCARD_E_UNSUPPORTED_FEATURE');
      for (const [one, two] of [
        [text('123456'), null],
        [null, text('654321')],
      ] as const)
        expect(await code(card.CardChangeAuthenticatorEx(m.PIN_CHANGE_FLAG_CHANGEPIN, 1, one, 1, two, 0))).toBe('SCARD_E_INVALID_PARAMETER');
      expect(await code(card.CardChangeAuthenticatorEx(m.PIN_CHANGE_FLAG_UNBLOCK, 4, null, 1, null, 0))).toBe('SCARD_E_INVALID_PARAMETER');
      // Silent with a PIN: verified as it is, and nobody is told.
      await card.CardAuthenticateEx(1, m.CARD_PIN_SILENT_CONTEXT, text('123456'));
    });
    expect([made.requests, made.hints]).toEqual([[], []]);
    await made.close();
  });

  it('a reader that verifies but changes nothing, and one without keys', async () => {
    const verifying = await setting({ reader: { ccid: { bPINSupport: 1 } }, entries: [{ pin: '123456' }], profile: 'nist' });
    await inContext(verifying, async (card) => {
      expect(await code(change(card))).toBe('SCARD_E_UNSUPPORTED_FEATURE');
      await enter(card);
    });
    const plain = await setting({ reader: { ccid: { bPINSupport: 0 } } });
    await inContext(plain, async (card) => {
      expect((await card.CardGetProperty(m.CP_CARD_PIN_INFO, 1)).PinType).toBe(m.AlphaNumericPinType);
      expect(await code(enter(card))).toBe('SCARD_E_INVALID_PARAMETER');
      expect(await code(change(card))).toBe('SCARD_E_INVALID_PARAMETER');
    });
    await verifying.close();
    await plain.close();
  });
});
