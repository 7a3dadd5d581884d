import { type CardChannel, createWebUsbSource } from '../../../src/channel/index.ts';
import { fromHex, systemClock } from '../../../src/codec/index.ts';
import { hostEnvironment, hostUsb } from '../../../src/usb/index.ts';

declare global {
  interface Window {
    /** Reads the certificate of 9A so many times from the reader of this name, which stays open afterwards. */
    readCertificate(readerName: string, count: number): Promise<{ readonly ms: number; readonly bytes: number }>;
  }
}

const SELECT_PIV = fromHex('00a4040009a0000003080000100000');
const GET_CERTIFICATE = fromHex('00cb3fff0000055c035fc1050000');
const source = createWebUsbSource({ usb: hostUsb(), environment: hostEnvironment(), clock: systemClock });
const channels = new Map<string, Promise<CardChannel>>();

async function connect(readerName: string): Promise<CardChannel> {
  const reader = (await source.list()).find(({ info }) => info.name === readerName);
  const slot = (await reader?.open())?.slots[0];
  if (slot === undefined) throw new Error(`no reader ${readerName}`);
  const channel = await slot.connect();
  if (((await channel.transaction((card) => card.transmit(SELECT_PIV))).at(-2) ?? 0) !== 0x90) throw new Error('no PIV application');
  return channel;
}

window.readCertificate = async (readerName, count) => {
  const channel = await (channels.get(readerName) ?? channels.set(readerName, connect(readerName)).get(readerName));
  if (channel === undefined) throw new Error('not connected');
  return channel.transaction(async (card) => {
    let bytes = 0;
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      const answer = await card.transmit(GET_CERTIFICATE);
      if (answer.at(-2) !== 0x90) throw new Error('the read failed');
      bytes += answer.length - 2;
    }
    return { ms: performance.now() - start, bytes };
  });
};
