// Kept in the published types, which name those of WebUSB.
/// <reference types="w3c-web-usb" preserve="true" />
import { WORDS, failure } from './host-rules.ts';
import type { UsbDevice } from './usb-device.ts';
import { SimulatedUsbDevice } from './web-usb-device.ts';

export interface SimulatedUsbOptions {
  /** True: interfaces of protected classes are shut, as in an ordinary page. False, the default: as in an Isolated Web App with usb-unrestricted. */
  readonly ordinaryPage?: boolean;
  /** False: getDevices() answers only what requestDevice() was answered with. True, the default: every device is permitted. */
  readonly granted?: boolean;
  /** Stands for the person at the device chooser; null = chose none. The first device unless told. */
  readonly choose?: (devices: readonly USBDevice[]) => USBDevice | null | Promise<USBDevice | null>;
  /** Devices that the system refuses to open. */
  readonly openRefused?: (device: UsbDevice) => boolean;
}

/** WebUSB's `navigator.usb` over simulated devices, with the hands to plug and unplug them. */
export interface SimulatedUsb extends USB {
  plug(device: UsbDevice): void;
  unplug(device: UsbDevice): void;
  /** What happens to this page's hold on devices when the page is closed or reloaded. */
  closePage(): void;
}

/** A connect or disconnect event; Node has no USBConnectionEvent. */
class ConnectionEvent extends Event implements USBConnectionEvent {
  readonly device: USBDevice;

  constructor(type: string, device: USBDevice) {
    super(type);
    this.device = device;
  }
}

/** Does a device match one filter (WebUSB, 5.1)? */
function matches(device: USBDevice, filter: USBDeviceFilter): boolean {
  if (filter.vendorId !== undefined && filter.vendorId !== device.vendorId) return false;
  if (filter.productId !== undefined && filter.productId !== device.productId) return false;
  if (filter.serialNumber !== undefined && filter.serialNumber !== device.serialNumber) return false;
  if (filter.classCode === undefined) return true;
  const same = (classCode: number, subclass: number, protocol: number): boolean =>
    classCode === filter.classCode &&
    (filter.subclassCode === undefined || subclass === filter.subclassCode) &&
    (filter.protocolCode === undefined || protocol === filter.protocolCode);
  if (same(device.deviceClass, device.deviceSubclass, device.deviceProtocol)) return true;
  return device.configurations.some((configuration) =>
    configuration.interfaces.some((item) =>
      item.alternates.some((alternate) => same(alternate.interfaceClass, alternate.interfaceSubclass, alternate.interfaceProtocol)),
    ),
  );
}

/** A filter that WebUSB refuses: a part without the whole it belongs to. */
function invalid(filter: USBDeviceFilter): boolean {
  return (
    (filter.productId !== undefined && filter.vendorId === undefined) ||
    (filter.subclassCode !== undefined && filter.classCode === undefined) ||
    (filter.protocolCode !== undefined && filter.subclassCode === undefined)
  );
}

interface Attached {
  readonly shown: SimulatedUsbDevice;
  permitted: boolean;
}

class UsbHost extends EventTarget implements SimulatedUsb {
  onconnect: ((this: SimulatedUsb, event: USBConnectionEvent) => unknown) | null = null;
  ondisconnect: ((this: SimulatedUsb, event: USBConnectionEvent) => unknown) | null = null;
  readonly #options: SimulatedUsbOptions;
  readonly #attached = new Map<UsbDevice, Attached>();
  readonly #remembered = new Set<string>();
  readonly #watched = new Set<UsbDevice>();

  constructor(devices: readonly UsbDevice[], options: SimulatedUsbOptions) {
    super();
    this.#options = options;
    for (const device of devices) this.plug(device);
  }

  override addEventListener(
    type: 'connect' | 'disconnect',
    listener: (this: SimulatedUsb, event: USBConnectionEvent) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  override addEventListener(type: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(type, listener as EventListener | null, options);
  }

  override removeEventListener(
    type: 'connect' | 'disconnect',
    callback: (this: SimulatedUsb, event: USBConnectionEvent) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(type: string, callback: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
  override removeEventListener(type: string, callback: unknown, options?: boolean | EventListenerOptions): void {
    super.removeEventListener(type, callback as EventListener | null, options);
  }

  async getDevices(): Promise<USBDevice[]> {
    return [...this.#attached.values()].filter((item) => item.permitted).map((item) => item.shown);
  }

  async requestDevice(options?: USBDeviceRequestOptions): Promise<USBDevice> {
    if (options === undefined || !Array.isArray(options.filters))
      throw new TypeError("Failed to execute 'requestDevice' on 'USB': required member filters is undefined.");
    if ([...options.filters, ...(options.exclusionFilters ?? [])].some(invalid))
      throw new TypeError('A filter containing a part must also contain the whole.');
    const fits = (device: USBDevice): boolean =>
      (options.filters.length === 0 || options.filters.some((filter) => matches(device, filter))) &&
      !(options.exclusionFilters ?? []).some((filter) => matches(device, filter));
    const offered = [...this.#attached.values()].filter((item) => fits(item.shown));
    const shown = offered.map((item) => item.shown);
    const chosen = this.#options.choose === undefined ? (shown[0] ?? null) : await this.#options.choose(shown);
    const item = offered.find((candidate) => candidate.shown === chosen);
    if (item === undefined) throw failure('NotFoundError', WORDS.noneSelected);
    item.permitted = true;
    this.#remembered.add(this.#identity(item.shown));
    return item.shown;
  }

  plug(device: UsbDevice): void {
    if (!this.#watched.has(device)) {
      this.#watched.add(device);
      device.onPlugChange((plugged) => (plugged ? this.#arrived(device) : this.#left(device)));
    }
    if (device.plugged) this.#arrived(device);
    else device.plug();
  }

  unplug(device: UsbDevice): void {
    device.unplug();
  }

  closePage(): void {
    for (const { shown } of this.#attached.values()) shown.abandon();
  }

  #identity(device: USBDevice): string {
    return `${device.vendorId}:${device.productId}:${device.serialNumber ?? ''}`;
  }

  #arrived(device: UsbDevice): void {
    if (this.#attached.has(device)) return;
    const shown = this.#show(device);
    // A permission outlives the cable only for a device that can be told from its twins.
    const known = shown.serialNumber !== null && this.#remembered.has(this.#identity(shown));
    const item: Attached = { shown, permitted: (this.#options.granted ?? true) || known };
    this.#attached.set(device, item);
    if (item.permitted) this.#tell('connect', shown);
  }

  #show(device: UsbDevice): SimulatedUsbDevice {
    const rules = { ordinaryPage: this.#options.ordinaryPage ?? false, openRefused: this.#options.openRefused ?? (() => false) };
    const shown: SimulatedUsbDevice = new SimulatedUsbDevice(device, rules, () => {
      const item = this.#attached.get(device);
      if (item !== undefined) item.permitted = false;
      this.#remembered.delete(this.#identity(shown));
    });
    return shown;
  }

  #left(device: UsbDevice): void {
    const item = this.#attached.get(device);
    if (item === undefined) return;
    this.#attached.delete(device);
    item.shown.disconnected();
    if (item.permitted) this.#tell('disconnect', item.shown);
  }

  /** Events come in a task of their own: rejections of pending transfers are seen first. */
  #tell(type: 'connect' | 'disconnect', device: USBDevice): void {
    setTimeout(() => {
      const event = new ConnectionEvent(type, device);
      (type === 'connect' ? this.onconnect : this.ondisconnect)?.call(this, event);
      this.dispatchEvent(event);
    }, 0);
  }
}

/** WebUSB over simulated devices, plugged in at once. Pure ECMAScript: works in a page, a worker and Node. */
export function createSimulatedUsb(devices: readonly UsbDevice[] = [], options: SimulatedUsbOptions = {}): SimulatedUsb {
  return new UsbHost(devices, options);
}
