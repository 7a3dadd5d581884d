import { expect, it } from 'vitest';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot } from './driver-setup.ts';
import { EchoCard, echoAtr, t0Atr } from './echo-card.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const XFR_BLOCK = 0x6f;

it.each([
  ['another ATR: another card, and the channel to the old one ends', t0Atr(), 'card-removed'],
  ['the same ATR: the card is reset, and the channel goes on', echoAtr(true), undefined],
] as const)('powered anew after a failure, before anybody looked at the slot: %s', async (_name, atr, reason) => {
  const clock = new AutoClock();
  const { reader, simulated } = await bench({ clock, notifies: false, cards: [new EchoCard(true)] }, { clock, pollMs: 1e9 });
  const { open, slot } = await firstSlot(reader);
  const channel = await slot.connect();
  simulated.fault({ kind: 'parity', message: XFR_BLOCK });
  // The reset that follows fails as well: the next use powers the card.
  simulated.fault({ kind: 'hardware-error', message: 0x62 });
  await expect(channel.transaction((card) => card.transmit(ECHO))).rejects.toMatchObject({ outcome: 'unknown' });
  const next = new EchoCard(true, Uint8Array.from(atr));
  simulated.remove();
  simulated.insert(next);
  const again = channel.transaction(async (card) => [card.interrupted, (await card.transmit(ECHO)).length]);
  if (reason === undefined) expect(await again).toEqual([true, 5]);
  else {
    await expect(again).rejects.toMatchObject({ reason, outcome: 'not-sent' });
    expect(await channel.closed).toBe(reason);
    expect(next.seen).toEqual([]);
  }
  await open.close();
});
