import type { Bytes } from '../codec/bytes.ts';
import { UsbError } from './errors.ts';

/** USB 2.0, 9.6.6. `extra` holds the class and vendor descriptors that follow it, whole. */
export interface EndpointDescriptor {
  readonly bEndpointAddress: number;
  readonly bmAttributes: number;
  readonly wMaxPacketSize: number;
  readonly extra: readonly Bytes[];
}

/** USB 2.0, 9.6.5: one alternate setting of one interface. */
export interface InterfaceDescriptor {
  readonly bInterfaceNumber: number;
  readonly bAlternateSetting: number;
  readonly bInterfaceClass: number;
  readonly bInterfaceSubClass: number;
  readonly bInterfaceProtocol: number;
  /** Class and vendor descriptors between the interface and its first endpoint. */
  readonly extra: readonly Bytes[];
  readonly endpoints: readonly EndpointDescriptor[];
}

/** USB 2.0, 9.6.3 */
export interface ConfigurationDescriptor {
  readonly bConfigurationValue: number;
  readonly interfaces: readonly InterfaceDescriptor[];
}

const CONFIGURATION = 2;
const INTERFACE = 4;
const ENDPOINT = 5;

/**
 * Reads the answer to GET_DESCRIPTOR(CONFIGURATION), which WebUSB passes on although it hides class descriptors elsewhere. A descriptor
 * that runs over the end is left out, and what stands before it counts, as in libusb and Linux.
 * @throws UsbError `bad-descriptor`
 */
export function parseConfiguration(source: Bytes): ConfigurationDescriptor {
  const octet = (at: number): number => source[at] ?? 0;
  if (source.length < 9 || octet(1) !== CONFIGURATION || octet(0) < 9) throw new UsbError('bad-descriptor', 'no configuration descriptor');
  const end = Math.min(source.length, octet(2) | (octet(3) << 8));
  const interfaces: (InterfaceDescriptor & { extra: Bytes[]; endpoints: EndpointDescriptor[] })[] = [];
  let extra: Bytes[] | undefined;
  for (let at = octet(0); at < end; at += octet(at)) {
    const length = octet(at);
    const type = octet(at + 1);
    if (length < 2) throw new UsbError('bad-descriptor', `descriptor of ${length} bytes at offset ${at}`);
    if (at + length > end) break;
    const current = interfaces.at(-1);
    if (type === INTERFACE && length >= 9) {
      extra = [];
      interfaces.push({
        bInterfaceNumber: octet(at + 2),
        bAlternateSetting: octet(at + 3),
        bInterfaceClass: octet(at + 5),
        bInterfaceSubClass: octet(at + 6),
        bInterfaceProtocol: octet(at + 7),
        extra,
        endpoints: [],
      });
    } else if (type === ENDPOINT && length >= 7 && current !== undefined) {
      extra = [];
      current.endpoints.push({
        bEndpointAddress: octet(at + 2),
        bmAttributes: octet(at + 3) & 3,
        wMaxPacketSize: (octet(at + 4) | (octet(at + 5) << 8)) & 0x7ff,
        extra,
      });
    } else extra?.push(source.slice(at, at + length));
  }
  return { bConfigurationValue: octet(5), interfaces };
}

/** The endpoints a CCID interface uses: the first of each type and direction (CCID 1.1, 4). */
export interface CcidEndpoints {
  readonly bulkOut: EndpointDescriptor;
  readonly bulkIn: EndpointDescriptor;
  readonly interruptIn: EndpointDescriptor | undefined;
}

/** @throws UsbError `no-endpoint` without a bulk pair, `bad-descriptor` for a packet size of zero. */
export function ccidEndpoints(setting: InterfaceDescriptor): CcidEndpoints {
  const find = (attributes: number, direction: number): EndpointDescriptor | undefined =>
    setting.endpoints.find((endpoint) => endpoint.bmAttributes === attributes && (endpoint.bEndpointAddress & 0x80) === direction);
  const bulkOut = find(2, 0);
  const bulkIn = find(2, 0x80);
  if (bulkOut === undefined || bulkIn === undefined) throw new UsbError('no-endpoint', `interface ${setting.bInterfaceNumber} has no bulk pair`);
  const interruptIn = find(3, 0x80);
  if (bulkIn.wMaxPacketSize === 0 || interruptIn?.wMaxPacketSize === 0) throw new UsbError('bad-descriptor', 'an endpoint has packets of zero bytes');
  return { bulkOut, bulkIn, interruptIn };
}
