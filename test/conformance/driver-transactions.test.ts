import { describe, expect, it } from 'vitest';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot, withCard } from './driver-setup.ts';
import { EchoCard, echoAtr } from './echo-card.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const ECHOED = Uint8Array.of(1, 2, 3, 0x90, 0);

describe('transactions', () => {
  it('queue in order, over two slots of one device', async () => {
    const cards = [new EchoCard(true), new EchoCard(true)];
    const { reader } = await bench({ slots: 2, cards });
    const open = await reader.open();
    expect(open.slots.map((slot) => slot.index)).toEqual([0, 1]);
    const channels = await Promise.all(open.slots.map((slot) => slot.connect()));
    const order: string[] = [];
    await Promise.all(
      [0, 1, 0, 1].map(async (at, turn) =>
        channels[at]?.transaction(async (card) => {
          order.push(`${turn} begins`);
          await card.transmit(ECHO);
          await card.transmit(ECHO);
          order.push(`${turn} ends`);
        }),
      ),
    );
    expect(order).toEqual([0, 1, 2, 3].flatMap((turn) => [`${turn} begins`, `${turn} ends`]));
    await open.close();
    expect(cards.map((card) => card.resets.at(-1))).toEqual(['off', 'off']);
  });

  it('do not nest, and refuse commands after their end', async () => {
    const { reader } = await bench({ cards: [new EchoCard(true)] });
    await withCard(reader, async (channel) => {
      await expect(channel.transaction(() => channel.transaction(() => Promise.resolve(1)))).rejects.toMatchObject({
        reason: 'busy',
        outcome: 'not-sent',
      });
      const kept = await channel.transaction((card) => Promise.resolve(card));
      await expect(kept.transmit(ECHO)).rejects.toMatchObject({ reason: 'closed', outcome: 'not-sent' });
    });
  });

  it('say when another channel used the card, or a reset came between', async () => {
    const { reader } = await bench({ cards: [new EchoCard(true)] });
    const { open, slot } = await firstSlot(reader);
    const one = await slot.connect();
    const two = await slot.connect();
    const interrupted = (channel: typeof one): Promise<boolean> => channel.transaction((card) => Promise.resolve(card.interrupted));
    expect(await interrupted(one)).toBe(false);
    expect(await interrupted(one)).toBe(false);
    expect(await interrupted(two)).toBe(false);
    expect(await interrupted(one)).toBe(true);
    expect(await one.transaction((card) => card.reset?.('cold') ?? Promise.reject(new Error('no reset')))).toEqual(echoAtr(true));
    expect(await interrupted(one)).toBe(true);
    await two.close();
    expect(await interrupted(one)).toBe(false);
    await open.close();
  });

  it('one close inside its own transaction, and one of the reader, take effect after it', async () => {
    const card = new EchoCard(true);
    const { reader } = await bench({ cards: [card] });
    const { open, slot } = await firstSlot(reader);
    const channel = await slot.connect();
    await channel.transaction(async (each) => {
      await channel.close();
      await open.close();
      expect(await each.transmit(ECHO)).toEqual(ECHOED);
    });
    expect(await open.closed).toBe('closed');
    expect(await channel.closed).toBe('closed');
    expect(card.resets.at(-1)).toBe('off');
  });

  it('an aborted command has an unknown outcome, one aborted before its turn was not sent', async () => {
    const clock = new AutoClock();
    const card = new EchoCard(true);
    const { reader, simulated } = await bench({ clock, cards: [card] }, { clock });
    const { open, slot } = await firstSlot(reader);
    const channel = await slot.connect();
    await expect(channel.transaction((each) => each.transmit(ECHO, { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      reason: 'aborted',
      outcome: 'not-sent',
    });
    expect(card.seen).toEqual([]);
    const stop = new AbortController();
    card.work = () => clock.sleep(30_000);
    void clock.sleep(1000).then(() => stop.abort());
    await expect(channel.transaction((each) => each.transmit(ECHO, { signal: stop.signal }))).rejects.toMatchObject({
      reason: 'aborted',
      outcome: 'unknown',
    });
    // Both halves of the abort went out (CCID 1.1, 5.3.1).
    expect(simulated.journal.controlRequests.some((request) => request.bRequest === 1)).toBe(true);
    expect(simulated.journal.commands.some((command) => command.bMessageType === 0x72)).toBe(true);
    await open.close();
  });

  it('time extensions are passed on and lengthen the wait', async () => {
    const clock = new AutoClock();
    const card = new EchoCard(true);
    const { reader } = await bench({ clock, cards: [card], timeExtensionMs: 1500 }, { clock });
    card.work = () => clock.sleep(600_000);
    let waits = 0;
    const answer = await withCard(reader, (channel) => channel.transaction((each) => each.transmit(ECHO, { onWaiting: () => waits++ })));
    expect(answer).toEqual(ECHOED);
    expect(waits).toBeGreaterThan(300);
  });
});
