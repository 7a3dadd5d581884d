import { Builder, type Bytes } from '../../codec/index.ts';

/** The 54 bytes of the CCID class descriptor as named numbers (CCID 1.1, table 5.1-1). */
export interface CcidDescriptor {
  readonly bLength: number;
  readonly bDescriptorType: number;
  readonly bcdCCID: number;
  readonly bMaxSlotIndex: number;
  readonly bVoltageSupport: number;
  readonly dwProtocols: number;
  /** kHz */
  readonly dwDefaultClock: number;
  /** kHz */
  readonly dwMaximumClock: number;
  readonly bNumClockSupported: number;
  /** bit/s */
  readonly dwDataRate: number;
  /** bit/s */
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

/** Bits of dwFeatures that the simulated reader itself acts on. */
export const FEATURE = {
  AUTO_PARAMETERS: 0x02,
  AUTO_ACTIVATION: 0x04,
  AUTO_VOLTAGE: 0x08,
  AUTO_CLOCK: 0x10,
  AUTO_RATE: 0x20,
  AUTO_NEGOTIATION: 0x40,
  AUTO_PPS: 0x80,
  AUTO_IFSD: 0x400,
  TPDU: 0x10000,
  SHORT_APDU: 0x20000,
  EXTENDED_APDU: 0x40000,
} as const;

/** What the reader does of the transport protocol (CCID 1.1, 3.3 "exchange level"). */
export type ExchangeLevel = 'tpdu' | 'short-apdu' | 'extended-apdu';

const automatic = FEATURE.AUTO_PARAMETERS | FEATURE.AUTO_VOLTAGE | FEATURE.AUTO_CLOCK | FEATURE.AUTO_RATE;

/** dwFeatures and dwMaxCCIDMessageLength of an ordinary reader of each level. */
const ordinary: Readonly<Record<ExchangeLevel, { readonly dwFeatures: number; readonly dwMaxCCIDMessageLength: number }>> = {
  tpdu: { dwFeatures: FEATURE.TPDU | FEATURE.AUTO_VOLTAGE | FEATURE.AUTO_CLOCK | FEATURE.AUTO_RATE, dwMaxCCIDMessageLength: 271 },
  'short-apdu': { dwFeatures: FEATURE.SHORT_APDU | automatic | FEATURE.AUTO_PPS | FEATURE.AUTO_IFSD, dwMaxCCIDMessageLength: 271 },
  'extended-apdu': { dwFeatures: FEATURE.EXTENDED_APDU | automatic | FEATURE.AUTO_PPS | FEATURE.AUTO_IFSD, dwMaxCCIDMessageLength: 3072 },
};

/** A descriptor of an ordinary reader, with the fields given replaced. */
export function ccidDescriptor(level: ExchangeLevel, slots: number, fields: Partial<CcidDescriptor> = {}): CcidDescriptor {
  return {
    bLength: 54,
    bDescriptorType: 0x21,
    bcdCCID: 0x0110,
    bMaxSlotIndex: slots - 1,
    bVoltageSupport: 7,
    dwProtocols: 3,
    dwDefaultClock: 4800,
    dwMaximumClock: 4800,
    bNumClockSupported: 0,
    dwDataRate: 12903,
    dwMaxDataRate: 825806,
    bNumDataRatesSupported: 0,
    dwMaxIFSD: 254,
    dwSynchProtocols: 0,
    dwMechanical: 0,
    ...ordinary[level],
    bClassGetResponse: 0xff,
    bClassEnvelope: 0xff,
    wLcdLayout: 0,
    bPINSupport: 0,
    bMaxCCIDBusySlots: 1,
    ...fields,
  };
}

export function encodeCcidDescriptor(d: CcidDescriptor): Bytes {
  return new Builder()
    .u8(d.bLength)
    .u8(d.bDescriptorType)
    .u16le(d.bcdCCID)
    .u8(d.bMaxSlotIndex)
    .u8(d.bVoltageSupport)
    .u32le(d.dwProtocols)
    .u32le(d.dwDefaultClock)
    .u32le(d.dwMaximumClock)
    .u8(d.bNumClockSupported)
    .u32le(d.dwDataRate)
    .u32le(d.dwMaxDataRate)
    .u8(d.bNumDataRatesSupported)
    .u32le(d.dwMaxIFSD)
    .u32le(d.dwSynchProtocols)
    .u32le(d.dwMechanical)
    .u32le(d.dwFeatures)
    .u32le(d.dwMaxCCIDMessageLength)
    .u8(d.bClassGetResponse)
    .u8(d.bClassEnvelope)
    .u16le(d.wLcdLayout)
    .u8(d.bPINSupport)
    .u8(d.bMaxCCIDBusySlots)
    .finish();
}
