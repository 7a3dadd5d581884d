import { Builder, type Bytes, EMPTY, concat } from '../../codec/index.ts';

/** One endpoint of a simulated interface (USB 2.0, 9.6.6). */
export interface EndpointOptions {
  /** bEndpointAddress: number in the low nibble, 0x80 = IN. */
  readonly address: number;
  readonly type: 'bulk' | 'interrupt';
  /** wMaxPacketSize. */
  readonly packetBytes: number;
  /** bInterval, in frames; interrupt endpoints only. */
  readonly interval?: number;
}

/** One interface with a single alternate setting (USB 2.0, 9.6.5). */
export interface InterfaceOptions {
  readonly interfaceClass: number;
  readonly interfaceSubclass?: number;
  readonly interfaceProtocol?: number;
  /** Class descriptors that stand straight after the interface descriptor. */
  readonly classDescriptors?: Bytes;
  /** Class descriptors that stand after the last endpoint, as some firmware has it. */
  readonly classDescriptorsAfterEndpoints?: Bytes;
  readonly endpoints: readonly EndpointOptions[];
}

/** A simulated USB device as data. */
export interface UsbDeviceOptions {
  readonly vendorId: number;
  readonly productId: number;
  /** bcdUSB, 0x0200 unless told. From 0x0210 on, hosts ask for a BOS descriptor. */
  readonly bcdUSB?: number;
  /** bcdDevice, 0x0100 unless told. */
  readonly bcdDevice?: number;
  readonly deviceClass?: number;
  readonly deviceSubclass?: number;
  readonly deviceProtocol?: number;
  readonly manufacturerName?: string | null;
  readonly productName?: string | null;
  readonly serialNumber?: string | null;
  readonly interfaces: readonly InterfaceOptions[];
  /** Replaces the built configuration descriptor byte for byte: for malformed ones. */
  readonly configurationDescriptor?: Bytes;
}

/** Standard descriptor types (USB 2.0, table 9-5). */
export const DESCRIPTOR = { DEVICE: 1, CONFIGURATION: 2, STRING: 3, INTERFACE: 4, ENDPOINT: 5, BOS: 15 } as const;

/** The 18 bytes of the device descriptor (USB 2.0, table 9-8). String indices: 1 manufacturer, 2 product, 3 serial number. */
export function deviceDescriptor(options: UsbDeviceOptions): Bytes {
  const index = (text: string | null | undefined, number: number): number => (text === undefined || text === null ? 0 : number);
  return new Builder()
    .u8(18)
    .u8(DESCRIPTOR.DEVICE)
    .u16le(options.bcdUSB ?? 0x0200)
    .u8(options.deviceClass ?? 0)
    .u8(options.deviceSubclass ?? 0)
    .u8(options.deviceProtocol ?? 0)
    .u8(8)
    .u16le(options.vendorId)
    .u16le(options.productId)
    .u16le(options.bcdDevice ?? 0x0100)
    .u8(index(options.manufacturerName, 1))
    .u8(index(options.productName, 2))
    .u8(index(options.serialNumber, 3))
    .u8(1)
    .finish();
}

function interfaceDescriptors(options: InterfaceOptions, number: number): Bytes {
  const head = [
    9,
    DESCRIPTOR.INTERFACE,
    number,
    0,
    options.endpoints.length,
    options.interfaceClass,
    options.interfaceSubclass ?? 0,
    options.interfaceProtocol ?? 0,
    0,
  ];
  const endpoints = options.endpoints.map((endpoint) =>
    new Builder()
      .u8(7)
      .u8(DESCRIPTOR.ENDPOINT)
      .u8(endpoint.address)
      .u8(endpoint.type === 'bulk' ? 2 : 3)
      .u16le(endpoint.packetBytes)
      .u8(endpoint.interval ?? 0)
      .finish(),
  );
  return concat(Uint8Array.from(head), options.classDescriptors ?? EMPTY, ...endpoints, options.classDescriptorsAfterEndpoints ?? EMPTY);
}

/** The configuration descriptor with everything that belongs to it (USB 2.0, 9.4.3 and table 9-10). */
export function configurationDescriptor(options: UsbDeviceOptions): Bytes {
  if (options.configurationDescriptor !== undefined) return options.configurationDescriptor;
  const body = concat(...options.interfaces.map(interfaceDescriptors));
  const head = new Builder()
    .u8(9)
    .u8(DESCRIPTOR.CONFIGURATION)
    .u16le(9 + body.length)
    .u8(options.interfaces.length)
    .u8(1)
    .u8(0)
    .u8(0x80)
    .u8(50);
  return concat(head.finish(), body);
}

/** A string descriptor (USB 2.0, 9.6.7): UTF-16LE, or the list of language codes for index 0. */
export function stringDescriptor(text: string | undefined): Bytes {
  if (text === undefined) return Uint8Array.of(4, DESCRIPTOR.STRING, 0x09, 0x04);
  const body = new Builder();
  for (let i = 0; i < text.length && i < 126; i++) body.u16le(text.charCodeAt(i));
  return concat(Uint8Array.of(2 + body.length, DESCRIPTOR.STRING), body.finish());
}
