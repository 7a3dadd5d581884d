import { type Bytes, concat, EMPTY } from '../codec/bytes.ts';
import { type InterfaceDescriptor, SMART_CARD_CLASS, VENDOR_CLASS } from '../usb/index.ts';
import { CcidError } from './errors.ts';

/** The CCID class descriptor, fields as they stand there (CCID 1.1, 5.1). */
export interface CcidDescriptor {
  readonly bcdCCID: number;
  readonly bMaxSlotIndex: number;
  readonly bVoltageSupport: number;
  readonly dwProtocols: number;
  readonly dwDefaultClock: number;
  readonly dwMaximumClock: number;
  readonly bNumClockSupported: number;
  readonly dwDataRate: number;
  readonly dwMaxDataRate: number;
  readonly bNumDataRatesSupported: number;
  readonly dwMaxIFSD: number;
  readonly dwSynchProtocols: number;
  readonly dwMechanical: number;
  readonly dwFeatures: number;
  readonly dwMaxCCIDMessageLength: number;
  readonly bClassGetResponse: number;
  readonly bClassEnvelope: number;
  readonly wLcdLayout: number;
  readonly bPINSupport: number;
  readonly bMaxCCIDBusySlots: number;
}

const CCID_DESCRIPTOR_TYPE = 0x21;
const CCID_DESCRIPTOR_BYTES = 54;

/** @throws CcidError `bad-descriptor` unless `source` has 54 bytes, whatever it says of itself in its first two. */
export function parseCcidDescriptor(source: Bytes): CcidDescriptor {
  if (source.length !== CCID_DESCRIPTOR_BYTES) throw new CcidError('bad-descriptor', `CCID descriptor of ${source.length} bytes`);
  const view = new DataView(source.buffer, source.byteOffset);
  const u8 = (at: number): number => view.getUint8(at);
  const u16 = (at: number): number => view.getUint16(at, true);
  const u32 = (at: number): number => view.getUint32(at, true);
  return {
    bcdCCID: u16(2),
    bMaxSlotIndex: u8(4),
    bVoltageSupport: u8(5),
    dwProtocols: u32(6),
    dwDefaultClock: u32(10),
    dwMaximumClock: u32(14),
    bNumClockSupported: u8(18),
    dwDataRate: u32(19),
    dwMaxDataRate: u32(23),
    bNumDataRatesSupported: u8(27),
    dwMaxIFSD: u32(28),
    dwSynchProtocols: u32(32),
    dwMechanical: u32(36),
    dwFeatures: u32(40),
    dwMaxCCIDMessageLength: u32(44),
    bClassGetResponse: u8(48),
    bClassEnvelope: u8(49),
    wLcdLayout: u16(50),
    bPINSupport: u8(52),
    bMaxCCIDBusySlots: u8(53),
  };
}

/** 54 bytes of type 0x21: HID uses the same type with another length. */
function isCcidDescriptor(source: Bytes): boolean {
  return source.length === CCID_DESCRIPTOR_BYTES && source[1] === CCID_DESCRIPTOR_TYPE;
}

/** One CCID interface of a device. */
export interface CcidInterface {
  readonly setting: InterfaceDescriptor;
  readonly ccid: CcidDescriptor;
  /** bLength and bDescriptorType as they stand there, where one is wrong. */
  readonly repaired?: readonly [bLength: number, bDescriptorType: number];
}

/**
 * The class descriptor stands straight after the interface, or after its last endpoint (O2Micro OZ776, Reiner SCT, bludrive II). Its
 * bLength and bDescriptorType may be wrong: libccid (get_ccid_device_descriptor) looks at neither, and takes what has 54 bytes in all.
 */
function classDescriptor({ bInterfaceClass, extra, endpoints }: InterfaceDescriptor): Bytes | undefined {
  const places = [extra, endpoints.at(-1)?.extra ?? []];
  return (
    places.flat().find(isCcidDescriptor) ??
    // Among vendors' interfaces the type tells ours from others.
    places
      .map((place) => concat(EMPTY, ...place))
      .find((all) => (bInterfaceClass === SMART_CARD_CLASS ? all.length === CCID_DESCRIPTOR_BYTES : isCcidDescriptor(all)))
  );
}

/** The CCID interfaces among all settings of a configuration, the first usable setting of each; class 0xFF counts when it has the descriptor. */
export function findCcidInterfaces(settings: readonly InterfaceDescriptor[]): readonly CcidInterface[] {
  const found = new Map<number, CcidInterface>();
  for (const setting of settings) {
    if (setting.bInterfaceClass !== SMART_CARD_CLASS && setting.bInterfaceClass !== VENDOR_CLASS) continue;
    const source = classDescriptor(setting);
    if (source === undefined || found.has(setting.bInterfaceNumber)) continue;
    const [bLength = 0, bDescriptorType = 0] = source;
    const repaired = [bLength, bDescriptorType] as const;
    const right = bLength === CCID_DESCRIPTOR_BYTES && bDescriptorType === CCID_DESCRIPTOR_TYPE;
    found.set(setting.bInterfaceNumber, { setting, ccid: parseCcidDescriptor(source), ...(right ? {} : { repaired }) });
  }
  return [...found.values()];
}

export type ExchangeLevel = 'character' | 'tpdu' | 'short-apdu' | 'extended-apdu';

/** Who builds blocks and APDUs, reader or host (CCID 1.1, dwFeatures). The highest level wins when firmware sets several. */
export function exchangeLevel(ccid: CcidDescriptor): ExchangeLevel {
  if ((ccid.dwFeatures & 0x40000) !== 0) return 'extended-apdu';
  if ((ccid.dwFeatures & 0x20000) !== 0) return 'short-apdu';
  return (ccid.dwFeatures & 0x10000) !== 0 ? 'tpdu' : 'character';
}

/** dwFeatures bits (CCID 1.1, table 5.1-1). */
export const FEATURE = {
  autoParameters: 0x02,
  autoActivation: 0x04,
  autoVoltage: 0x08,
  autoClock: 0x10,
  autoBaud: 0x20,
  autoNegotiation: 0x40,
  autoPps: 0x80,
  clockStop: 0x100,
  nad: 0x200,
  autoIfsd: 0x400,
} as const;

export function hasFeature(ccid: CcidDescriptor, feature: keyof typeof FEATURE): boolean {
  return (ccid.dwFeatures & FEATURE[feature]) !== 0;
}

/** Protocols of the reader; the swapped value 0x00000300 of some firmware is read as meant. */
export function supportedProtocols(ccid: CcidDescriptor): { readonly t0: boolean; readonly t1: boolean } {
  const bits = (ccid.dwProtocols & 3) !== 0 ? ccid.dwProtocols : ccid.dwProtocols >>> 8;
  return { t0: (bits & 1) !== 0, t1: (bits & 2) !== 0 };
}

/** Largest T=1 information field the reader receives, in bytes: 0 and values over 254 are seen (ISO 7816-3, 11.4.2). */
export function ifsdBytes(ccid: CcidDescriptor): number {
  return ccid.dwMaxIFSD === 0 || ccid.dwMaxIFSD > 254 ? 254 : ccid.dwMaxIFSD;
}

/** Slots that may be busy at a time; 0 is seen and means 1. */
export function busySlots(ccid: CcidDescriptor): number {
  return Math.max(1, ccid.bMaxCCIDBusySlots);
}
