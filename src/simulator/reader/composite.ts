import { UsbDevice } from '../usb/index.ts';
import { readerDevice, readerInterface, type SimulatedReaderOptions } from './options.ts';
import { ReaderInterface, type SimulatedReader } from './reader.ts';

/** One USB device with several CCID interfaces, each a reader of its own. */
export interface CompositeReader {
  readonly device: UsbDevice;
  readonly readers: readonly SimulatedReader[];
}

export interface CompositeReaderOptions extends Pick<
  SimulatedReaderOptions,
  'vendorId' | 'productId' | 'bcdDevice' | 'productName' | 'manufacturerName' | 'serialNumber'
> {
  /** One CCID interface each. */
  readonly readers: readonly SimulatedReaderOptions[];
  /** A command to one interface while another works makes the device deaf until it is reset, as some are seen to be. */
  readonly oneAtATime?: boolean;
}

/** A simulated composite reader, not plugged in yet. A reset hits all its interfaces. */
export function createCompositeReader(options: CompositeReaderOptions): CompositeReader {
  const readers: readonly ReaderInterface[] = options.readers.map((each, interfaceNumber) => {
    const endpoints = { bulkOut: 0x01 + 2 * interfaceNumber, bulkIn: 0x82 + 2 * interfaceNumber, interruptIn: 0x83 + 2 * interfaceNumber };
    return new ReaderInterface(each, { interfaceNumber, endpoints, device: () => device });
  });
  let deaf = false;
  const interfaces = readers.map((reader, at) => readerInterface(options.readers[at] ?? {}, reader.ccid, reader.endpoints));
  const device: UsbDevice = new UsbDevice(readerDevice(options, interfaces), {
    onOut: (address, data) => {
      const reader = readers.find(({ endpoints }) => endpoints.bulkOut === address);
      if (options.oneAtATime === true && readers.some((other) => other !== reader && other.busy)) deaf = true;
      return deaf || (reader?.behaviour.onOut(address, data) ?? false);
    },
    onControlIn: (setup, lengthBytes) => readers[setup.wIndex & 0xff]?.behaviour.onControlIn(setup, lengthBytes) ?? null,
    onControlOut: (setup, data) => readers[setup.wIndex & 0xff]?.behaviour.onControlOut(setup, data) ?? false,
    onReset: () => {
      deaf = false;
      for (const { behaviour } of readers) behaviour.onReset();
    },
  });
  return { device, readers };
}
