import { describe, expect, it } from 'vitest';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';

const COMMAND = Uint8Array.of(0x80, 0xee, 0, 0, 2, 7, 7, 0);
const ANSWER = Uint8Array.of(7, 7, 0x90, 0);

describe('what an earlier owner left half done', () => {
  it.each([0, 1])('a control ABORT without its bulk half locks slot %i only until the next use (CCID 1.1, 5.3.1)', async (bSlot) => {
    const clock = new AutoClock();
    const cards = [new EchoCard(true), new EchoCard(true)];
    const { reader, usb } = await bench({ clock, slots: 2, cards }, { clock });
    const [device] = await usb.getDevices();
    await device?.open();
    await device?.selectConfiguration(1);
    await device?.claimInterface(0);
    await device?.controlTransferOut({ requestType: 'class', recipient: 'interface', request: 1, value: (9 << 8) | bSlot, index: 0 });
    // Planted: the reader is locked indeed.
    await device?.transferOut(1, Uint8Array.of(0x62, 0, 0, 0, 0, bSlot, 1, 1, 0, 0));
    const refused = await device?.transferIn(2, 64);
    expect(refused?.data?.getUint8(8)).toBe(0xff);
    await device?.close();

    const { open } = await firstSlot(reader);
    const channel = await open.slots[bSlot]?.connect();
    expect(await channel?.transaction((card) => card.transmit(COMMAND))).toEqual(ANSWER);
    await open.close();
  });
});

describe('a device that never answers GET_DESCRIPTOR', () => {
  it('is given up, and serves when it answers again', async () => {
    const clock = new AutoClock();
    const { reader, simulated } = await bench({ clock, cards: [new EchoCard(true)] }, { clock });
    simulated.device.faults.plant({ kind: 'silence', address: 0, bRequest: 6, until: 'once' });
    await expect(reader.open()).rejects.toMatchObject({ layer: 'usb', reason: 'transfer-failed' });
    expect(clock.nowMs()).toBeLessThan(10_000);
    const { open, slot } = await firstSlot(reader);
    expect(slot.presence).toBe('present');
    await open.close();
  });
});
