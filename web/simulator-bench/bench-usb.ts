import type { UsbHost } from '../../src/usb/index.ts';

type Listener = (event: USBConnectionEvent) => void;

/**
 * The WebUSB of the bench. It has no device until the bench is in use, so that the simulator's code is fetched only by who wants it;
 * who asks for devices of a bench in use waits until it is set up.
 */
export class BenchUsb implements UsbHost {
  readonly #listeners: Readonly<Record<'connect' | 'disconnect', Set<Listener>>> = { connect: new Set(), disconnect: new Set() };
  readonly #open: () => Promise<UsbHost> | undefined;
  #inner: Promise<UsbHost | undefined> | undefined;

  /** @param open fetches the simulated bus; undefined while nobody wants one */
  constructor(open: () => Promise<UsbHost> | undefined) {
    this.#open = open;
  }

  #host(): Promise<UsbHost | undefined> {
    this.#inner ??= this.#open()?.then(
      (host) => {
        for (const type of ['connect', 'disconnect'] as const)
          host.addEventListener(type, (event) => this.#listeners[type].forEach((listener) => listener(event)));
        return host;
      },
      () => {
        // A part that did not load can be asked for again.
        this.#inner = undefined;
        return undefined;
      },
    );
    return this.#inner ?? Promise.resolve(undefined);
  }

  async getDevices(): Promise<USBDevice[]> {
    return (await (await this.#host())?.getDevices()) ?? [];
  }

  async requestDevice(options: USBDeviceRequestOptions): Promise<USBDevice> {
    const inner = await this.#host();
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
