import type { CardChannel, DriverOptions, OpenReader, Reader, ReaderSource, Slot } from '../../src/channel/index.ts';
import { createWebUsbSource } from '../../src/channel/index.ts';
import {
  createSimulatedReader,
  createSimulatedUsb,
  type SimulatedReader,
  type SimulatedReaderOptions,
  type SimulatedUsb,
  type SimulatedUsbOptions,
} from '../../src/simulator/index.ts';
import type { UsbEnvironment } from '../../src/usb/index.ts';

/** A page that may use everything. */
export const openPage: UsbEnvironment = {
  hasUsb: true,
  secureContext: true,
  usbAllowed: true,
  isolatedApp: true,
  crossOriginIsolated: true,
  platform: 'linux',
};

export interface Bench {
  readonly simulated: SimulatedReader;
  readonly usb: SimulatedUsb;
  readonly source: ReaderSource;
  readonly reader: Reader;
}

/** The driver on a simulated reader over the navigator.usb-shaped surface. */
export async function bench(
  options: SimulatedReaderOptions,
  driver: DriverOptions = {},
  host: SimulatedUsbOptions = {},
  environment: UsbEnvironment = openPage,
): Promise<Bench> {
  const simulated = createSimulatedReader(options);
  const usb = createSimulatedUsb([simulated.device], host);
  const source = createWebUsbSource({ usb, environment, simulated: true, ...driver });
  const [reader] = await source.list();
  if (reader === undefined) throw new Error('the simulated reader is not listed');
  return { simulated, usb, source, reader };
}

export async function firstSlot(reader: Reader): Promise<{ readonly open: OpenReader; readonly slot: Slot }> {
  const open = await reader.open();
  const [slot] = open.slots;
  if (slot === undefined) throw new Error('the reader has no slot');
  return { open, slot };
}

/** Opens, powers, runs, closes. */
export async function withCard<T>(reader: Reader, body: (channel: CardChannel) => Promise<T>): Promise<T> {
  const { open, slot } = await firstSlot(reader);
  try {
    return await body(await slot.connect());
  } finally {
    await open.close();
  }
}

/** Lets the event loop turn. */
export const turns = async (count = 20): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 1));
};
/** Waits for something that is to come. */
export async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !condition(); i++) await turns(1);
  if (!condition()) throw new Error('it did not come');
}
