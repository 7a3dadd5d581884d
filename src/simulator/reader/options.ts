import type { Bytes, Clock } from '../../codec/index.ts';
import type { SimulatedCard } from '../smart-card.ts';
import type { InterfaceOptions, UsbDeviceOptions } from '../usb/index.ts';
import type { PinPadDefects, PinPadKeys } from './secure.ts';
import type { PpsAnswer } from './tpdu-level.ts';
import { type CcidDescriptor, type ExchangeLevel, encodeCcidDescriptor } from './descriptor.ts';

/** What firmware is seen to do wrong, beside a wrong descriptor. */
export interface ReaderDefects extends PinPadDefects {
  /** The first GetSlotStatus is answered only after this time. */
  readonly firstStatusMs?: number;
  /** Hears nothing for this time from its beginning. */
  readonly deafMs?: number;
  /** Longest message that it takes, where it announces another length. */
  readonly takesMessageBytes?: number;
  /** Extended APDUs are refused at extended APDU level. */
  readonly noExtendedApdu?: boolean;
  /** A card that is powered while it has power already answers its ATR and then nothing. */
  readonly powerOnNeedsOff?: boolean;
  /** Power-on fails with this bError until the escape came. */
  readonly powerOnNeedsEscape?: { readonly bError: number; readonly abData: readonly number[] };
  /** The card falls silent after S(IFS request), at TPDU level with T=1. */
  readonly breaksOnIfsd?: boolean;
  /** PIN entry sooner than this after the command before fails: a key is still pressed. */
  readonly keyHeldMs?: number;
  /** PIN entry fails until these escapes came, none of them sooner than `afterMs` after the reader began. */
  readonly pinPadNeedsEscapes?: { readonly afterMs: number; readonly escapes: readonly (readonly number[])[] };
  /** GetSlotStatus says that no card is there, always. */
  readonly noPresence?: boolean;
  /** GET_DATA_RATES and GET_CLOCK_FREQUENCIES answer no more bytes than these. */
  readonly tableBytes?: number;
  /** The only data rates of the slots after the first, in bit/s, whatever the descriptor says: at another one cards are mute. */
  readonly laterSlotsDataRates?: readonly number[];
}

/** A simulated CCID reader as data. Everything has an ordinary value. */
export interface SimulatedReaderOptions {
  readonly vendorId?: number;
  readonly productId?: number;
  readonly manufacturerName?: string | null;
  readonly productName?: string | null;
  /** null = none: permissions do not outlive the cable then. */
  readonly serialNumber?: string | null;
  readonly bcdDevice?: number;
  readonly bcdUSB?: number;
  /** 0x0B, the smart card class, or 0xFF, vendor-specific. */
  readonly interfaceClass?: 0x0b | 0xff;
  /** bInterfaceProtocol: 1 and 2 are tokens that speak ICCD. */
  readonly interfaceProtocol?: 0 | 1 | 2;
  readonly level?: ExchangeLevel;
  /** Card positions. */
  readonly slots?: number;
  /** Fields of the CCID descriptor to replace; dwFeatures decides what the reader does. */
  readonly ccid?: Partial<CcidDescriptor>;
  readonly ccidDescriptorPlace?: 'after-interface' | 'after-endpoints' | 'absent';
  /** False: no interrupt IN endpoint. */
  readonly notifies?: boolean;
  /** Interfaces that come before the CCID one. */
  readonly interfacesBefore?: readonly InterfaceOptions[];
  readonly interfacesAfter?: readonly InterfaceOptions[];
  /** wMaxPacketSize of the bulk endpoints. */
  readonly packetBytes?: number;
  /** False: answers that are a whole number of packets are not closed by an empty one. */
  readonly zeroLengthPacket?: boolean;
  /** Period of time extension frames while the card works. */
  readonly timeExtensionMs?: number;
  /** bError of these frames: the multiplier of the waiting time. */
  readonly timeExtensionMultiplier?: number;
  /** True: at short APDU level the reader leaves 61xx and 6Cxx of T=0 cards to the host. */
  readonly passesT0Status?: boolean;
  /** TPDU level, T=0: the card puts ENVELOPE commands together (ISO/IEC 7816-3, 12.2.7); else it knows no such instruction. */
  readonly t0TakesEnvelope?: boolean;
  /** TPDU level, T=1: a card that works longer than this asks for more time, each time it has passed. */
  readonly t1WaitingTimeMs?: number;
  /** TPDU level, T=1: how many waiting times a card asks for at once. */
  readonly t1WtxMultiplier?: number;
  /**
   * TPDU level, T=1: the reader calls a card mute that answers later than the BWI of its parameters and the bBWI of the block say. Cards
   * ask for time only where t1WaitingTimeMs is given.
   */
  readonly t1HoldsWaitingTime?: boolean;
  /** TPDU level, T=1: the card asks once for this IFSC. */
  readonly t1RequestsIfsc?: number;
  /** When: before its first answer, or amid the first command that comes in several blocks. */
  readonly t1RequestsIfscAt?: 'answer' | 'chain';
  /** TPDU level, T=1: the card ends the first command or the first answer of several blocks after each reset by S(ABORT request). */
  readonly t1Aborts?: 'command' | 'answer';
  /** TPDU level: what cards make of a PPS request that fits their ATR. */
  readonly ppsAnswer?: PpsAnswer;
  /** Fields by which the slots after the first work, where they do not share the descriptor. */
  readonly laterSlots?: Partial<CcidDescriptor>;
  readonly defects?: ReaderDefects;
  /** Answers Escape; null = not supported. */
  readonly escape?: (data: Bytes) => Bytes | null;
  /** Whoever stands at the PIN pad; bPINSupport in `ccid` says what it can. */
  readonly pinPad?: PinPadKeys;
  /** kHz, for GET_CLOCK_FREQUENCIES; without it the request stalls. */
  readonly clockFrequencies?: readonly number[];
  /** bit/s, for GET_DATA_RATES; without it the request stalls. */
  readonly dataRates?: readonly number[];
  /** Replaces the configuration descriptor byte for byte. */
  readonly configurationDescriptor?: Bytes;
  readonly clock?: Clock;
  /** Cards by slot, there from the start. */
  readonly cards?: readonly (SimulatedCard | null)[];
}

/** Endpoint addresses of one CCID interface. */
export interface ReaderEndpoints {
  readonly bulkOut: number;
  readonly bulkIn: number;
  readonly interruptIn: number;
}

/** Endpoint addresses of every simulated reader of one CCID interface. */
export const READER_ENDPOINTS = { bulkOut: 0x01, bulkIn: 0x82, interruptIn: 0x83 } as const;

/** The interface that a reader with these options is. */
export function readerInterface(options: SimulatedReaderOptions, ccid: CcidDescriptor, at: ReaderEndpoints): InterfaceOptions {
  const classDescriptor = encodeCcidDescriptor(ccid);
  const place = options.ccidDescriptorPlace ?? 'after-interface';
  const packetBytes = options.packetBytes ?? 64;
  return {
    interfaceClass: options.interfaceClass ?? 0x0b,
    interfaceProtocol: options.interfaceProtocol ?? 0,
    ...(place === 'after-interface' ? { classDescriptors: classDescriptor } : {}),
    ...(place === 'after-endpoints' ? { classDescriptorsAfterEndpoints: classDescriptor } : {}),
    endpoints: [
      { address: at.bulkOut, type: 'bulk', packetBytes },
      { address: at.bulkIn, type: 'bulk', packetBytes },
      ...(options.notifies === false ? [] : [{ address: at.interruptIn, type: 'interrupt' as const, packetBytes: 8, interval: 16 }]),
    ],
  };
}

/** The USB device that has these interfaces; everything else by the options. */
export function readerDevice(options: SimulatedReaderOptions, own: readonly InterfaceOptions[]): UsbDeviceOptions {
  return {
    vendorId: options.vendorId ?? 0x1209,
    productId: options.productId ?? 0x0b0b,
    bcdDevice: options.bcdDevice ?? 0x0100,
    bcdUSB: options.bcdUSB ?? 0x0200,
    manufacturerName: options.manufacturerName === undefined ? 'web-minidriver' : options.manufacturerName,
    productName: options.productName === undefined ? 'Simulated Reader' : options.productName,
    serialNumber: options.serialNumber === undefined ? 'SIM1' : options.serialNumber,
    interfaces: [...(options.interfacesBefore ?? []), ...own, ...(options.interfacesAfter ?? [])],
    ...(options.configurationDescriptor === undefined ? {} : { configurationDescriptor: options.configurationDescriptor }),
  };
}
