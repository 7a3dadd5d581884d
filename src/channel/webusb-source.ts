import { CcidError, type CcidInterface, findCcidInterfaces } from '../ccid/index.ts';
import {
  type AccessVerdict,
  chooseDevice,
  environmentVerdict,
  grantedDevices,
  hostEnvironment,
  parseConfiguration,
  READY,
  UsbDevice,
  type UsbEnvironment,
  UsbError,
  type UsbHost,
} from '../usb/index.ts';
import { type DriverContext, driverContext, type DriverOptions } from './driver-context.ts';
import { ReaderSession } from './reader-session.ts';
import type { OpenReader, OpenReaderOptions, Reader, ReaderDescription, ReaderInfo, ReaderSource } from './types.ts';

export interface WebUsbSourceOptions extends DriverOptions {
  /** `hostUsb()`, Node's WebUSB, or a simulated one; undefined where the browser has none. */
  readonly usb: UsbHost | undefined;
  /** What decides access besides the device; `hostEnvironment()` unless given. Whether there is WebUSB is told by `usb` alone. */
  readonly environment?: UsbEnvironment;
  /** True when `usb` exists in software only. */
  readonly simulated?: boolean;
}

/** Readers behind WebUSB. Nothing happens before the first call. */
export function createWebUsbSource(options: WebUsbSourceOptions): ReaderSource {
  return new WebUsbSource(options);
}

class WebUsbSource implements ReaderSource {
  readonly kind: 'webusb' | 'simulator';
  readonly #usb: UsbHost | undefined;
  readonly #environment: UsbEnvironment;
  /** What no reader can change; undefined when the road to WebUSB is open. */
  readonly #shut: AccessVerdict | undefined;
  readonly #context: DriverContext;
  readonly #readers = new WeakMap<USBDevice, WebUsbReader>();
  readonly #chosen = new Set<() => void>();
  #count = 0;

  constructor(options: WebUsbSourceOptions) {
    const { usb, environment = hostEnvironment() } = options;
    this.#usb = usb;
    this.#environment = environment;
    this.#shut = environmentVerdict({ ...environment, hasUsb: usb !== undefined });
    this.#context = driverContext(options);
    this.kind = options.simulated === true ? 'simulator' : 'webusb';
  }

  async list(): Promise<readonly Reader[]> {
    const usb = this.#usb;
    if (usb === undefined || this.#shut !== undefined) return [];
    return (await grantedDevices(usb)).map((device) => this.#reader(usb, device));
  }

  async request(): Promise<Reader | null> {
    const usb = this.#usb;
    if (usb === undefined) throw new UsbError('no-webusb', 'the browser has no WebUSB');
    const device = await chooseDevice(usb);
    if (device === null) return null;
    // A chosen device fires no connect event.
    for (const listener of [...this.#chosen]) listener();
    return this.#reader(usb, device);
  }

  onChange(listener: () => void): () => void {
    const usb = this.#usb;
    const call = (): void => listener();
    this.#chosen.add(call);
    usb?.addEventListener('connect', call);
    usb?.addEventListener('disconnect', call);
    return () => {
      this.#chosen.delete(call);
      usb?.removeEventListener('connect', call);
      usb?.removeEventListener('disconnect', call);
    };
  }

  async access(reader: Reader): Promise<AccessVerdict> {
    if (this.#shut !== undefined) return this.#shut;
    try {
      if (!(reader instanceof WebUsbReader)) throw new UsbError('no-interface', 'a reader of another source');
      await reader.probe();
      return READY;
    } catch (error) {
      // Loaded by who has a shut door.
      return (await import('../usb/claim-verdict.ts')).claimVerdict(this.#environment, error instanceof UsbError ? error.reason : undefined);
    }
  }

  #reader(usb: UsbHost, device: USBDevice): WebUsbReader {
    let reader = this.#readers.get(device);
    if (reader === undefined) {
      const { clock, trace } = this.#context;
      reader = new WebUsbReader(
        new UsbDevice(device, usb, { clock, trace }),
        `${this.kind === 'simulator' ? 'simulated' : 'usb'}-${++this.#count}`,
        this.kind === 'simulator',
        this.#context,
      );
      this.#readers.set(device, reader);
    }
    return reader;
  }
}

class WebUsbReader implements Reader {
  readonly info: ReaderInfo;
  readonly #usb: UsbDevice;
  readonly #context: DriverContext;
  #session: ReaderSession | undefined;

  constructor(usb: UsbDevice, id: string, simulated: boolean, context: DriverContext) {
    this.#usb = usb;
    this.#context = context;
    const { productName, manufacturerName, serialNumber, vendorId, productId } = usb.device;
    this.info = {
      id,
      name: productName ?? `USB ${hex4(vendorId)}:${hex4(productId)}`,
      vendorId,
      productId,
      simulated,
      ...(typeof manufacturerName !== 'string' ? {} : { manufacturer: manufacturerName }),
      ...(typeof serialNumber !== 'string' ? {} : { serialNumber }),
    };
  }

  async open(options: OpenReaderOptions = {}): Promise<OpenReader> {
    const interfaces = await this.#interfaces();
    if (this.#session === undefined || this.#session.ended) this.#session = new ReaderSession(this.#usb, interfaces, this.#context);
    return this.#session.open(options.signal);
  }

  async describe(): Promise<ReaderDescription> {
    // Words for people, loaded by who asks for them.
    const { describeReader } = await import('./describe-reader.ts');
    return describeReader(this.#usb.device, () => this.#interfaces(), await this.#context.quirks(this.#usb.device));
  }

  /** Claims an interface and gives it back. Does nothing while we hold it already. @throws UsbError */
  async probe(): Promise<void> {
    if (this.#session !== undefined && !this.#session.ended) return;
    const interfaces = await this.#interfaces();
    let failure: unknown;
    for (const { setting } of interfaces) {
      try {
        await this.#usb.exchangeLock.run(async () => (await this.#usb.openPort(setting)).close());
        return;
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  }

  async #interfaces(): Promise<readonly CcidInterface[]> {
    const found = findCcidInterfaces(parseConfiguration(await this.#usb.configurationDescriptor()).interfaces);
    if (found.length === 0)
      throw new UsbError('no-interface', 'the device has no CCID interface', { cause: new CcidError('bad-descriptor', 'no CCID class descriptor') });
    return found;
  }
}

function hex4(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0');
}
