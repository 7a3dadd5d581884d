import { type Bytes, copy } from '../codec/bytes.ts';
import { type Clock, systemClock } from '../codec/clock.ts';
import { noTrace, type Trace } from '../codec/trace.ts';
import { within } from '../codec/within.ts';
import { ccidEndpoints, type InterfaceDescriptor, parseConfiguration } from './configuration.ts';
import { domName, translate } from './dom-errors.ts';
import { UsbError, type UsbReason } from './errors.ts';
import type { UsbHost } from './host.ts';
import { Lock } from './lock.ts';
import type { UsbCloseReason, UsbPort } from './port.ts';
import { WebUsbPort } from './webusb-port.ts';

export interface UsbDeviceOptions {
  readonly clock?: Clock;
  readonly trace?: Trace;
}

/** Devices answer a standard request within 5 s (USB 2.0, 9.2.6.4). */
const DESCRIPTOR_MS = 5000;
/** A failed transfer and the disconnect event of the same unplug come in either order, 5 to 50 ms apart. */
const UNPLUG_GRACE_MS = 100;
const MAX_CONFIGURATION_BYTES = 0x4000;

/**
 * One device, shared by its ports. WebUSB refuses two state changes at once (InvalidStateError), so open, claim, release, reset
 * and close queue here. The device is open while a port is, and during {@link UsbDevice.configurationDescriptor}.
 */
export class UsbDevice {
  readonly device: USBDevice;
  /** Exclusive use of the whole device by one exchange or transaction; held by channel/, never by usb/. */
  readonly exchangeLock: Lock = new Lock();
  readonly #host: UsbHost;
  readonly #clock: Clock;
  readonly #trace: Trace;
  readonly #stateLock = new Lock();
  readonly #ports = new Set<WebUsbPort>();
  #descriptor: Bytes | undefined;
  #users = 0;
  #gone = false;
  readonly #onGone = new AbortController();

  constructor(device: USBDevice, host: UsbHost, options: UsbDeviceOptions = {}) {
    this.device = device;
    this.#host = host;
    this.#clock = options.clock ?? systemClock;
    this.#trace = options.trace ?? noTrace;
  }

  /** True after the browser said that the device was unplugged; a replugged device is another USBDevice. */
  get gone(): boolean {
    return this.#gone;
  }

  /**
   * The whole configuration descriptor. Needs no claim, so it works where the interface class is protected.
   * @throws UsbError `open-refused`, `unplugged`, `bad-descriptor`, `transfer-failed`
   */
  configurationDescriptor(): Promise<Bytes> {
    return this.#stateLock.run(async () => {
      if (this.#descriptor !== undefined) return this.#descriptor;
      await this.#use();
      try {
        return await this.#readDescriptor();
      } finally {
        await this.#unuse();
      }
    });
  }

  /**
   * Claims one interface.
   * @throws UsbError `protected-class`, `in-use`, `open-refused`, `no-interface`, `no-endpoint`, `unplugged`
   */
  openPort(setting: InterfaceDescriptor): Promise<UsbPort> {
    const { bInterfaceNumber, bAlternateSetting } = setting;
    const endpoints = ccidEndpoints(setting);
    return this.#stateLock.run(async () => {
      for (const port of this.#ports)
        if (port.interfaceNumber === bInterfaceNumber) throw new UsbError('in-use', `interface ${bInterfaceNumber} is open already`);
      await this.#use();
      try {
        const descriptor = await this.#readDescriptor();
        await this.#attempt('in-use', `claim interface ${bInterfaceNumber}`, () => this.device.claimInterface(bInterfaceNumber));
        const alternate = this.device.configuration?.interfaces.find((each) => each.interfaceNumber === bInterfaceNumber)?.alternate;
        if (alternate !== undefined && alternate.alternateSetting !== bAlternateSetting) {
          await this.#attempt('no-interface', 'select the alternate setting', () =>
            this.device.selectAlternateInterface(bInterfaceNumber, bAlternateSetting),
          );
        }
        const port: WebUsbPort = new WebUsbPort({
          device: this.device,
          interfaceNumber: bInterfaceNumber,
          endpoints,
          configurationDescriptor: descriptor,
          trace: this.#trace,
          explain: (error) => this.#explain(error, 'transfer-failed', 'transfer'),
          release: (reason) => this.#release(port, reason),
        });
        this.#ports.add(port);
        return port;
      } catch (error) {
        await this.#unuse();
        throw error;
      }
    });
  }

  /** Resets the device, sibling interfaces included. @throws UsbError `transfer-failed`, `unplugged` */
  reset(): Promise<void> {
    return this.#stateLock.run(() => this.#attempt('transfer-failed', 'reset', () => this.device.reset()));
  }

  async #use(): Promise<void> {
    if (this.#gone) throw new UsbError('unplugged', 'the device was unplugged');
    if (this.#users++ > 0) return;
    this.#host.addEventListener('disconnect', this.#onDisconnect);
    try {
      if (!this.device.opened) await this.#attempt('open-refused', 'open', () => this.device.open());
      const first = this.device.configurations[0];
      if (this.device.configuration === null && first !== undefined) {
        await this.#attempt('open-refused', 'select the configuration', () => this.device.selectConfiguration(first.configurationValue));
      }
      this.#trace({ layer: 'usb', kind: 'open', lengthBytes: 0, outcome: 'ok' });
    } catch (error) {
      this.#trace({ layer: 'usb', kind: 'open', lengthBytes: 0, outcome: error instanceof UsbError ? error.reason : 'failed' });
      await this.#unuse();
      throw error;
    }
  }

  async #unuse(): Promise<void> {
    if (--this.#users > 0) return;
    try {
      if (!this.#gone && this.device.opened) await this.device.close();
    } catch {
      // Nothing is left to give back on a device that can't be closed.
    }
    this.#host.removeEventListener('disconnect', this.#onDisconnect);
    this.#trace({ layer: 'usb', kind: 'close', lengthBytes: 0, outcome: 'ok' });
  }

  #release(port: WebUsbPort, reason: UsbCloseReason): Promise<void> {
    return this.#stateLock.run(async () => {
      if (!this.#ports.delete(port)) return;
      try {
        if (reason !== 'unplugged' && this.device.opened) await this.device.releaseInterface(port.interfaceNumber);
      } catch {
        // Closing the device releases it too.
      }
      await this.#unuse();
    });
  }

  readonly #onDisconnect = (event: USBConnectionEvent): void => {
    if (event.device !== this.device) return;
    this.#gone = true;
    this.#onGone.abort();
    for (const port of [...this.#ports]) port.end('unplugged');
  };

  async #readDescriptor(): Promise<Bytes> {
    if (this.#descriptor !== undefined) return this.#descriptor;
    const value = this.device.configuration?.configurationValue;
    const index = Math.max(
      0,
      this.device.configurations.findIndex((each) => each.configurationValue === value),
    );
    const head = await this.#getConfiguration(index, 9);
    const total = (head[2] ?? 0) | ((head[3] ?? 0) << 8);
    if (head.length < 9 || total > MAX_CONFIGURATION_BYTES) throw new UsbError('bad-descriptor', `configuration descriptor of ${total} bytes`);
    this.#descriptor = await this.#getConfiguration(index, Math.max(9, total));
    parseConfiguration(this.#descriptor);
    return this.#descriptor;
  }

  /** GET_DESCRIPTOR (USB 2.0, 9.4.3). */
  async #getConfiguration(index: number, length: number): Promise<Bytes> {
    const setup = { requestType: 'standard', recipient: 'device', request: 6, value: 0x0200 | index, index: 0 } as const;
    const reading = this.#attempt('transfer-failed', 'read the configuration', () => this.device.controlTransferIn(setup, length));
    // The browser waits without end for a device that does not answer.
    const result = await within(this.#clock, DESCRIPTOR_MS, (signal) => {
      const late = new UsbError('transfer-failed', `no configuration descriptor within ${DESCRIPTOR_MS} ms`);
      return new Promise<USBInTransferResult>((resolve, reject) => {
        reading.then(resolve, reject);
        signal.addEventListener('abort', () => reject(late));
      });
    });
    if (result.status !== 'ok' || result.data === undefined)
      throw new UsbError('bad-descriptor', `configuration descriptor: ${String(result.status)}`);
    return copy(result.data);
  }

  async #attempt<T>(reason: UsbReason, what: string, job: () => Promise<T>): Promise<T> {
    try {
      return await job();
    } catch (error) {
      throw await this.#explain(error, reason, what);
    }
  }

  /** Tells an unplugged device from other failures; waits for the disconnect event where the exception leaves it open. */
  async #explain(error: unknown, reason: UsbReason, what: string): Promise<UsbError> {
    const name = domName(error);
    const is = (why: UsbReason): UsbError => translate(error, why, what);
    if (name === 'SecurityError') return is(what === 'open' ? 'open-refused' : 'protected-class');
    if (name === 'NotFoundError' || name === 'NetworkError' || name === 'AbortError') {
      await this.#clock.sleep(UNPLUG_GRACE_MS, this.#onGone.signal).catch(() => undefined);
      if (this.#gone) return is('unplugged');
      if (name === 'NotFoundError') return is(reason === 'in-use' ? 'no-interface' : 'unplugged');
      if (name === 'AbortError') return is('closed');
    }
    if (name === 'InvalidStateError' && reason === 'transfer-failed') return is('closed');
    return is(reason);
  }
}
