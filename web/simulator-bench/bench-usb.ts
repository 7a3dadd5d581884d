import type { UsbHost } from '../../src/usb/index.ts';

type Listener = (event: USBConnectionEvent) => void;

/**
 * The WebUSB of the bench. It has no device until a simulated bus is put in, so that the simulator's code is fetched only by who
 * wants it; who asks for devices meanwhile waits for a bench that is being set up.
 */
export class BenchUsb implements UsbHost {
  readonly #listeners: Readonly<Record<'connect' | 'disconnect', Set<Listener>>> = { connect: new Set(), disconnect: new Set() };
  #inner: Promise<UsbHost | undefined> = Promise.resolve(undefined);

  /** Puts the simulated bus in as soon as it is there. */
  attach(inner: Promise<UsbHost>): void {
    this.#inner = inner.then(
      (host) => {
        for (const type of ['connect', 'disconnect'] as const)
          host.addEventListener(type, (event) => this.#listeners[type].forEach((listener) => listener(event)));
        return host;
      },
      () => undefined,
    );
  }

  async getDevices(): Promise<USBDevice[]> {
    return (await (await this.#inner)?.getDevices()) ?? [];
  }

  async requestDevice(options: USBDeviceRequestOptions): Promise<USBDevice> {
    const inner = await this.#inner;
    if (inner === undefined) throw new DOMException('No device selected.', 'NotFoundError');
    return inner.requestDevice(options);
  }

  addEventListener(type: 'connect' | 'disconnect', listener: Listener): void {
    this.#listeners[type].add(listener);
  }

  removeEventListener(type: 'connect' | 'disconnect', listener: Listener): void {
    this.#listeners[type].delete(listener);
  }
}
