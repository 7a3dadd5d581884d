import { describe, expect, it } from 'vitest';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';

const COMMAND = Uint8Array.of(0x80, 0xee, 0, 0, 2, 7, 7, 0);
const ANSWER = Uint8Array.of(7, 7, 0x90, 0);
const SLOTS = 4;
const CMD_SLOT_BUSY = 0xe0;

/** How many cards are at work at a time. */
class Counted extends EchoCard {
  static atWork = 0;
  static most = 0;

  override async transmit(command: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    Counted.most = Math.max(Counted.most, ++Counted.atWork);
    try {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return await super.transmit(command);
    } finally {
      Counted.atWork--;
    }
  }
}

describe('bMaxCCIDBusySlots', () => {
  // One command at a time on a device, whatever it offers: several are seen to break with more.
  it.each([0, 1, 2, SLOTS])('%i: four slots used at once never go over it', async (bMaxCCIDBusySlots) => {
    Counted.most = 0;
    const clock = new AutoClock();
    const cards = Array.from({ length: SLOTS }, () => new Counted(true));
    const { reader, simulated } = await bench({ clock, slots: SLOTS, cards, ccid: { bMaxCCIDBusySlots }, timeExtensionMs: 1e9 }, { clock });
    const open = await reader.open();
    const channels = await Promise.all(open.slots.map((slot) => slot.connect()));
    const runs = channels.flatMap((channel) => Array.from({ length: 5 }, () => channel.transaction((card) => card.transmit(COMMAND))));
    expect(await Promise.all(runs)).toEqual(runs.map(() => ANSWER));
    expect(cards.map((card) => card.seen.length)).toEqual(cards.map(() => 5));
    expect(Counted.most).toBe(1);
    expect(simulated.journal.commands.filter((command) => command.bError === CMD_SLOT_BUSY)).toEqual([]);
    await open.close();
  });

  it('planted: the simulated reader refuses what goes over it', async () => {
    const clock = new AutoClock();
    const cards = Array.from({ length: 2 }, () => new Counted(true));
    const { usb, simulated } = await bench({ clock, slots: 2, cards, timeExtensionMs: 1e9 }, { clock });
    const [device] = await usb.getDevices();
    await device?.open();
    await device?.selectConfiguration(1);
    await device?.claimInterface(0);
    const powerOn = (bSlot: number, bSeq: number): Promise<unknown> | undefined =>
      device?.transferOut(1, Uint8Array.of(0x62, 0, 0, 0, 0, bSlot, bSeq, 0, 0, 0));
    const transfer = (bSlot: number, bSeq: number): Promise<unknown> | undefined =>
      device?.transferOut(1, Uint8Array.of(0x6f, COMMAND.length, 0, 0, 0, bSlot, bSeq, 0, 0, 0, ...COMMAND));
    for (const slot of [0, 1]) {
      await powerOn(slot, slot);
      await device?.transferIn(2, 64);
    }
    await Promise.all([transfer(0, 2), transfer(1, 3)]);
    await device?.transferIn(2, 64);
    await device?.transferIn(2, 64);
    expect(simulated.journal.commands.filter((command) => command.bError === CMD_SLOT_BUSY)).toHaveLength(1);
  });
});
