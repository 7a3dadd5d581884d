import { describe, expect, it } from 'vitest';
import { type Bytes, toHex, type TraceEvent } from '../../src/codec/index.ts';
import type { CardChannel, PinPad, PinPadResult } from '../../src/channel/index.ts';
import { createPivCard, type PinPadEntry, type PinPadRequest, type SimulatedReaderOptions } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, type Bench, firstSlot } from './driver-setup.ts';
import { EchoCard, t0Atr } from './echo-card.ts';

const hex = (text: string): Bytes => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const SELECT = hex('00a4040009 a00000030800001000 00');
/** VERIFY and CHANGE REFERENCE DATA of PIV with padding in place of the PINs (SP 800-73-4 part 2, 3.2.1 and 3.2.2). */
const VERIFY = hex('00200080 08 ffffffffffffffff');
const CHANGE = hex('00240080 10 ffffffffffffffff ffffffffffffffff');
const PROBE = hex('00200080');
const LIMITS = { minLength: 6, maxLength: 8 };
const PAD = { bPINSupport: 3, wLcdLayout: 0x0210 };
const TRIES_LEFT = (count: number): PinPadResult => ({ kind: 'answer', response: Uint8Array.of(0x63, 0xc0 | count) });
const ACCEPTED: PinPadResult = { kind: 'answer', response: Uint8Array.of(0x90, 0) };

/** Which of these PINs stands in a trace, as text or as bytes. */
function leaks(events: readonly TraceEvent[], ...pins: readonly string[]): string[] {
  const text = JSON.stringify(events, (_key, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value));
  return pins.filter((pin) => text.includes(pin) || text.includes(Buffer.from(pin).toString('hex')));
}

interface Typed {
  readonly bench: Bench;
  readonly pinPad: PinPad;
  readonly channel: CardChannel;
  readonly requests: PinPadRequest[];
  readonly events: TraceEvent[];
  readonly close: () => Promise<void>;
}

/** A reader with a pad on which `entries` are typed one after the other, and a PIV card that was selected. */
async function typed(
  options: SimulatedReaderOptions,
  entries: readonly (PinPadEntry | Promise<PinPadEntry>)[],
  clock = new AutoClock(),
): Promise<Typed> {
  const left = [...entries];
  const requests: PinPadRequest[] = [];
  const events: TraceEvent[] = [];
  const made = await bench(
    {
      cards: [createPivCard({ profile: 'yubikey-5.4' })],
      clock,
      ...options,
      ccid: { ...PAD, ...options.ccid },
      pinPad: async (request) => {
        requests.push(request);
        return left.shift() ?? 'timeout';
      },
    },
    { clock, trace: (event) => events.push(event) },
  );
  const { open, slot } = await firstSlot(made.reader);
  if (slot.pinPad === undefined) throw new Error('no PIN pad');
  const channel = await slot.connect();
  return { bench: made, pinPad: slot.pinPad, channel, requests, events, close: () => open.close() };
}

const T0_CARD = (): EchoCard => new EchoCard(false, t0Atr());

describe.each([
  ['extended APDU level', {}],
  ['extended APDU level, messages of 64 bytes', { ccid: { dwMaxCCIDMessageLength: 64 } }],
  ['short APDU level', { level: 'short-apdu' }],
  ['TPDU level, T=1', { level: 'tpdu' }],
  ['TPDU level, T=1, time asked for', { level: 'tpdu', t1WaitingTimeMs: 1 }],
  ['no display', { ccid: { wLcdLayout: 0 } }],
] as const satisfies readonly (readonly [string, SimulatedReaderOptions])[])('PIN entry on the reader, %s', (_name, options) => {
  it('verifies, changes and verifies anew; commands before and between go on', async () => {
    const {
      pinPad,
      channel,
      requests,
      events,
      bench: made,
      close,
    } = await typed(options, [
      { pin: '123456' },
      { pin: '999999' },
      { pin: '123456', newPin: '87654321', confirmedPin: '87654321' },
      { pin: '87654321' },
    ]);
    await channel.transaction(async (card) => {
      await card.transmit(SELECT);
      expect(await pinPad.verify(VERIFY, LIMITS)).toEqual(ACCEPTED);
      // The card knows it: the probe without data says 9000.
      expect(toHex(await card.transmit(PROBE))).toBe('9000');
      expect(await pinPad.verify(VERIFY, LIMITS)).toEqual(TRIES_LEFT(2));
      expect(await pinPad.modify(CHANGE, LIMITS)).toEqual(ACCEPTED);
      expect(toHex((await card.transmit(SELECT)).slice(-2))).toBe('9000');
      expect(await pinPad.verify(VERIFY, LIMITS)).toEqual(ACCEPTED);
    });
    expect(
      requests.map(({ operation, minLength, maxLength, asksCurrentPin, asksConfirmation }) => [
        operation,
        minLength,
        maxLength,
        asksCurrentPin,
        asksConfirmation,
      ]),
    ).toEqual([
      ['verify', 6, 8, false, false],
      ['verify', 6, 8, false, false],
      ['modify', 6, 8, true, true],
      ['verify', 6, 8, false, false],
    ]);
    // One VERIFY with data for each entry, and not one more.
    expect(made.simulated.journal.verifiesWithData).toHaveLength(3);
    expect(made.simulated.journal.count(0x24)).toBe(1);
    // The PIN never came to the host: it is in nothing that was traced.
    expect(leaks(events, '123456', '87654321', '999999')).toEqual([]);
    // The check can fail: a PIN as it would stand in a command.
    expect(leaks([{ layer: 'card', kind: 'reset', body: hex('0020008008 313233343536ffff') }], '123456')).toEqual(['123456']);
    await close();
  });

  it('cancelled, timed out, repeated wrongly, too short: values, and the card saw nothing', async () => {
    const {
      pinPad,
      channel,
      bench: made,
      close,
    } = await typed(options, ['cancelled', 'timeout', { pin: '123456', newPin: '111111', confirmedPin: '222222' }, { pin: '1' }, { pin: '123456' }]);
    await channel.transaction(async (card) => {
      await card.transmit(SELECT);
      expect(await pinPad.verify(VERIFY, LIMITS)).toEqual({ kind: 'cancelled' });
      expect(await pinPad.verify(VERIFY, LIMITS)).toEqual({ kind: 'timeout' });
      expect(await pinPad.modify(CHANGE, LIMITS)).toEqual({ kind: 'mismatch' });
      expect(await pinPad.verify(VERIFY, LIMITS)).toEqual({ kind: 'answer', response: Uint8Array.of(0x64, 0x03) });
      expect(made.simulated.journal.verifiesWithData).toHaveLength(0);
      expect(made.simulated.journal.count(0x24)).toBe(0);
      // Sequence numbers are where they were: the same transaction goes on.
      expect(await pinPad.verify(VERIFY, LIMITS)).toEqual(ACCEPTED);
      expect(toHex(await card.transmit(PROBE))).toBe('9000');
    });
    await close();
  });

  it('the page cancels: aborted in the reader by both halves, the card reset, the next entry works', async () => {
    const { pinPad, channel, bench: made, close } = await typed(options, [new Promise<PinPadEntry>(() => undefined), { pin: '123456' }]);
    const cancel = new AbortController();
    await channel.transaction(async (card) => {
      await card.transmit(SELECT);
      const entry = pinPad.verify(VERIFY, LIMITS, { signal: cancel.signal });
      setTimeout(() => cancel.abort(), 30);
      expect(await entry).toEqual({ kind: 'cancelled' });
      await expect(card.transmit(PROBE)).rejects.toMatchObject({ reason: 'card-reset', outcome: 'not-sent' });
    });
    expect(made.simulated.journal.controlRequests.filter((each) => each.bmRequestType === 0x21 && each.bRequest === 1)).toHaveLength(1);
    expect(made.simulated.journal.commands.filter((each) => each.bMessageType === 0x72)).toHaveLength(1);
    await channel.transaction(async (card) => {
      expect(card.interrupted).toBe(true);
      await card.transmit(SELECT);
      expect(await pinPad.verify(VERIFY, LIMITS)).toEqual(ACCEPTED);
    });
    expect(made.simulated.journal.verifiesWithData).toHaveLength(1);
    await close();
  });

  it.each([
    ['silence', 'timeout'],
    ['hardware-error', 'transport'],
    ['removal', 'card-removed'],
    ['stall-in', 'transport'],
    ['flipped-byte', undefined],
    ['parity', undefined],
    ['mute', undefined],
  ] as const)('%s after the PIN went to the card: never a second try', async (kind, reason) => {
    const { pinPad, channel, bench: made, close } = await typed(options, [{ pin: '999999' }, { pin: '123456' }]);
    await channel.transaction(async (card) => {
      await card.transmit(SELECT);
      made.simulated.fault({ kind, message: 0x69, carriedOut: true });
      const result = await pinPad.verify(VERIFY, LIMITS).catch((error: unknown) => error);
      if (reason !== undefined) expect(result).toMatchObject({ layer: 'channel', reason, outcome: 'unknown' });
      // T=1 has check bytes and asks for the answer again.
      else if (options !== undefined && 'level' in options && options.level === 'tpdu') expect(result).toEqual(TRIES_LEFT(2));
    });
    expect(made.simulated.journal.verifiesWithData).toHaveLength(1);
    await close();
  });
});

describe('PIN entry on the reader', () => {
  it.each(['busy', 'slot-busy'] as const)(
    '%s: refused once and not asked for again, since a reader that is wrong would spend a try',
    async (kind) => {
      for (const level of ['extended-apdu', 'tpdu'] as const) {
        const { pinPad, channel, bench: made, requests, close } = await typed({ level }, [{ pin: '123456' }]);
        await channel.transaction(async (card) => {
          await card.transmit(SELECT);
          made.simulated.fault({ kind, message: 0x69 });
          await expect(pinPad.verify(VERIFY, LIMITS)).rejects.toMatchObject({ reason: 'busy' });
        });
        expect(made.simulated.journal.commands.filter((each) => each.bMessageType === 0x69)).toHaveLength(1);
        expect(requests).toEqual([]);
        expect(made.simulated.journal.verifiesWithData).toHaveLength(0);
        await close();
      }
    },
  );

  it('at TPDU level with T=0', async () => {
    const card = T0_CARD();
    const { pinPad, channel, close } = await typed({ level: 'tpdu', cards: [card] }, [{ pin: '123456' }, 'cancelled']);
    await channel.transaction(async (transaction) => {
      await transaction.transmit(hex('80ee0000'));
      expect(await pinPad.verify(VERIFY, LIMITS)).toEqual({ kind: 'answer', response: Uint8Array.of(0x6d, 0) });
      expect(await pinPad.verify(VERIFY, LIMITS)).toEqual({ kind: 'cancelled' });
    });
    expect(card.seen.filter((each) => each.startsWith('0020'))).toEqual(['0020:13']);
    await close();
  });

  it('stands where the descriptor says so, and works inside a transaction only', async () => {
    for (const [bPINSupport, verify, modify] of [
      [0, false, false],
      [1, true, false],
      [2, false, false],
      [3, true, true],
    ] as const) {
      const { reader } = await bench({ ccid: { bPINSupport }, cards: [new EchoCard(true)] });
      const { open, slot } = await firstSlot(reader);
      expect(slot.pinPad !== undefined).toBe(verify);
      expect(slot.pinPad?.canModify ?? false).toBe(modify);
      await slot.connect();
      if (slot.pinPad !== undefined)
        await expect(slot.pinPad.verify(VERIFY, LIMITS)).rejects.toMatchObject({ reason: 'closed', outcome: 'not-sent' });
      await open.close();
    }
  });

  it('refuses what is no PIN command, before anything is sent', async () => {
    const { pinPad, channel, bench: made, requests, close } = await typed({ ccid: { bPINSupport: 1 } }, []);
    await channel.transaction(async () => {
      for (const [template, limits, modify] of [
        [hex('0020'), LIMITS, false],
        [hex('00200080'), LIMITS, false],
        [hex('00200080 08 ffffffffffffffff 00'), LIMITS, false],
        [VERIFY, { minLength: 6, maxLength: 9 }, false],
        [VERIFY, { minLength: 8, maxLength: 6 }, false],
        [hex(`00200080 10 ${'ff'.repeat(16)}`), LIMITS, false],
        [CHANGE, LIMITS, true],
      ] as const)
        await expect(modify ? pinPad.modify(template, limits) : pinPad.verify(template, limits)).rejects.toMatchObject({
          reason: 'protocol',
          outcome: 'not-sent',
        });
    });
    expect(requests).toEqual([]);
    expect(made.simulated.journal.commands.filter((each) => each.bMessageType === 0x69)).toEqual([]);
    await close();
  });

  it('an entry that was cancelled before its turn sends nothing and resets nothing', async () => {
    const { pinPad, channel, bench: made, close } = await typed({}, [{ pin: '123456' }]);
    await channel.transaction(async (card) => {
      await card.transmit(SELECT);
      expect(await pinPad.verify(VERIFY, LIMITS, { signal: AbortSignal.abort() }).catch((error: unknown) => error)).toMatchObject({
        outcome: 'not-sent',
      });
      expect(await pinPad.verify(VERIFY, LIMITS)).toEqual(ACCEPTED);
    });
    expect(made.simulated.journal.verifiesWithData).toHaveLength(1);
    await close();
  });
});
