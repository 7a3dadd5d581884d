import { systemClock } from '../../../src/codec/index.ts';
import { createWebUsbSource } from '../../../src/channel/index.ts';
import { hostEnvironment, hostUsb } from '../../../src/usb/index.ts';
import { compare, type Measured } from '../measure.ts';

declare global {
  interface Window {
    benchTransmit(): Promise<Measured[]>;
  }
}

/** GET DATA for an object that the card lacks: the shortest exchange there is. */
const command = Uint8Array.of(0x00, 0xcb, 0x3f, 0xff, 0x05, 0x5c, 0x03, 0x5f, 0xc1, 0x02, 0x00);

/** What a page would write by hand: IN queued before OUT, no check but the length. */
function minimal(device: USBDevice, bulkOut: number, bulkIn: number): (apdu: Uint8Array<ArrayBuffer>) => Promise<Uint8Array> {
  let bSeq = 0;
  return async (apdu) => {
    const message = new Uint8Array(10 + apdu.length);
    message[0] = 0x6f;
    message[1] = apdu.length;
    message[6] = bSeq = (bSeq + 1) & 0xff;
    message.set(apdu, 10);
    const answer = device.transferIn(bulkIn, 512);
    await device.transferOut(bulkOut, message);
    const data = (await answer).data;
    if (data === undefined) throw new Error('no answer');
    return new Uint8Array(data.buffer, data.byteOffset + 10, data.byteLength - 10);
  };
}

window.benchTransmit = async () => {
  const source = createWebUsbSource({ usb: hostUsb(), environment: hostEnvironment(), clock: systemClock });
  const reader = (await source.list())[0];
  if (reader === undefined) throw new Error('no reader is granted');
  const open = await reader.open();
  const slot = open.slots[0];
  if (slot === undefined) throw new Error('no slot');
  const channel = await slot.connect();
  const device = (await navigator.usb.getDevices())[0];
  if (device === undefined) throw new Error('no device');
  const byHand = minimal(device, 1, 2);
  const result = await channel.transaction((card) =>
    compare(
      [
        {
          name: 'by hand',
          run: async (count) => {
            for (let i = 0; i < count; i++) if ((await byHand(command)).length !== 2) throw new Error('wrong answer');
          },
        },
        {
          name: 'transmit',
          run: async (count) => {
            for (let i = 0; i < count; i++) if ((await card.transmit(command)).length !== 2) throw new Error('wrong answer');
          },
        },
      ],
      { rounds: 9, batchMs: 250 },
    ),
  );
  await channel.close();
  await open.close();
  return result;
};
