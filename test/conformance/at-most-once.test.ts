import { describe, expect, it } from 'vitest';
import type { SimulatedReaderOptions } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot } from './driver-setup.ts';
import { EchoCard, echoAtr, t0Atr } from './echo-card.ts';

const XFR = 0x6f;
const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
/** Answers one byte, and says that there are more. */
const IN_PARTS = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 1);
/** Two parts by chaining where the reader takes short APDUs only; two blocks of T=1; two messages of a reader with small ones. */
const LONG = Uint8Array.of(0x80, 0xee, 0, 0, 0, 0x01, 0x2c, ...Array.from({ length: 300 }, (_, i) => i & 0xff));

/** What one command needs two messages for. */
const IN_TWO: readonly (readonly [string, SimulatedReaderOptions, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>])[] = [
  ['the data and GET RESPONSE over T=0', { level: 'tpdu' }, t0Atr(), ECHO],
  ['the command and GET RESPONSE at short APDU level', { level: 'short-apdu' }, echoAtr(true), IN_PARTS],
  ['two chained parts', { level: 'short-apdu' }, echoAtr(false), LONG],
  ['two blocks of T=1', { level: 'tpdu' }, echoAtr(true), LONG],
  ['two messages of one APDU', { ccid: { dwMaxCCIDMessageLength: 271 } }, echoAtr(true), LONG],
];

describe('a reader that refuses what was to be sent', () => {
  for (const [name, options, atr, command] of IN_TWO)
    for (const kind of ['busy', 'slot-busy'] as const)
      it.each([
        // Of T=1 one block was refused, which tells nothing of the others: the exchange has begun.
        [1, atr[1] !== 0 && options.level === 'tpdu' ? 'unknown' : 'not-sent', 0],
        [2, 'unknown', 1],
      ] as const)(`${name}, ${kind}, refused is message %i: %s`, async (at, outcome, seen) => {
        const clock = new AutoClock();
        const card = new EchoCard(true, atr);
        const { reader, simulated } = await bench({ clock, cards: [card], ...options }, { clock });
        const { open, slot } = await firstSlot(reader);
        const channel = await slot.connect();
        // The first block after power-on may be repeated; this is not it.
        await channel.transaction((each) => each.transmit(ECHO));
        card.seen = [];
        simulated.journal.clear();
        simulated.fault({ kind, message: XFR, at });
        await expect(channel.transaction((each) => each.transmit(command))).rejects.toMatchObject({ reason: 'busy', outcome });
        expect(simulated.journal.commands.filter((each) => each.bMessageType === XFR)).toHaveLength(at);
        expect(card.seen.length).toBeLessThanOrEqual(seen);
        // Nothing of it comes again, and the card was reset where it may be in the middle of it.
        const again = await channel.transaction(async (each) => [each.interrupted, await each.transmit(ECHO)]);
        expect(again).toEqual([true, Uint8Array.of(1, 2, 3, 0x90, 0)]);
        await open.close();
      });
});

describe('a command that is given up between two of its messages', () => {
  it.each(IN_TWO)('%s: what went before may have been carried out', async (_name, options, atr, command) => {
    const clock = new AutoClock();
    const stop = new AbortController();
    let armed = false;
    const trace = ({ layer, kind }: { readonly layer: string; readonly kind: string }): void => {
      // The first answer is here, the second message is not out yet.
      if (armed && layer === 'ccid' && kind === 'response') stop.abort();
    };
    const card = new EchoCard(true, atr);
    const { reader, simulated } = await bench({ clock, cards: [card], ...options }, { clock, trace });
    const { open, slot } = await firstSlot(reader);
    const channel = await slot.connect();
    simulated.journal.clear();
    armed = true;
    await expect(channel.transaction((each) => each.transmit(command, { signal: stop.signal }))).rejects.toMatchObject({
      reason: 'aborted',
      outcome: 'unknown',
    });
    expect(simulated.journal.commands.filter((each) => each.bMessageType === XFR)).toHaveLength(1);
    expect(card.resets.at(-1)).toBe('warm');
    const again = await channel.transaction(async (each) => [each.interrupted, await each.transmit(ECHO)]);
    expect(again).toEqual([true, Uint8Array.of(1, 2, 3, 0x90, 0)]);
    await open.close();
  });
});
