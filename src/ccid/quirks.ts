import type { ExchangeLevel } from './descriptor.ts';

/** What a reader needs beyond its descriptor. Times multiply or replace the defaults of `CcidTimeouts`. */
export interface QuirkEffects {
  /** Factor on the first GetSlotStatus after opening. */
  readonly openTimeoutFactor?: number;
  readonly openDelayMs?: number;
  readonly extraTimeoutMs?: number;
  /** A dwMaxCCIDMessageLength that is too small by so much, and what the reader takes in truth. */
  readonly messageBytes?: { readonly announced: number; readonly taken: number };
  readonly level?: ExchangeLevel;
  /** Level of slot 1 and on, where they do not share that of the descriptor. */
  readonly laterSlotsLevel?: ExchangeLevel;
  readonly powerOffFirst?: boolean;
  /** Sent once by Escape when power-on fails with this bError; then it is tried again. */
  readonly escapeOnPowerError?: { readonly bError: number; readonly abData: readonly number[] };
  /** The card's IFSD stays 32: an S(IFS request) breaks it. */
  readonly noIfsdRequest?: boolean;
  /** bPINSupport lies, or the typed PIN reaches the host. */
  readonly noPinPad?: boolean;
  /** bNumberMessage of PC_to_RDR_Secure that the firmware wants. */
  readonly verifyMessages?: number;
  readonly modifyMessages?: number;
  /** PIN modification wants three message indexes, whatever bNumberMessage says. */
  readonly allMessageIndexes?: boolean;
  /** wPINMaxExtraDigit has its bytes in the other order. */
  readonly swappedPinLengths?: boolean;
  /** Before PIN entry: the Enter key of the last one is still pressed. */
  readonly pinDelayMs?: number;
  /** Escapes that the PIN pad wants once, before its first use, and a pause before them. */
  readonly pinPadSetup?: { readonly delayMs: number; readonly escapes: readonly (readonly number[])[] };
  /** PIN modification wants three message indexes, unless the escape GET_FIRMWARE_FEATURES says that this is mended. */
  readonly allMessageIndexesUnlessMended?: boolean;
  /** Taken in place of dwMaxIFSD. */
  readonly ifsdBytes?: number;
  /** Data rates of slot 1 and on, in bit/s, where they do not share those of the descriptor. */
  readonly laterSlotsDataRates?: readonly number[];
  /** The reader does not know whether a card is there: one is, until it can't be powered. */
  readonly presenceByPower?: boolean;
  /** Of several CCID interfaces only the first knows whether cards are there; cards of the others lose their power before they get it. */
  readonly laterInterfacesFollow?: boolean;
  /** The firmware below `belowBcdDevice` is not used at all. */
  readonly refused?: boolean;
}

export interface Quirk extends QuirkEffects {
  readonly name: string;
  readonly vendorId: number;
  /** Any product of the vendor when absent. */
  readonly productIds?: readonly number[];
  /** Only firmware below this bcdDevice. */
  readonly belowBcdDevice?: number;
  /** Provenance: the readers, and what libccid does for them. */
  readonly readers: string;
  readonly libccid: string;
}

/** The rows for one product. */
export function quirksFor(table: readonly Quirk[], vendorId: number, productId: number, bcdDevice = 0xffff): readonly Quirk[] {
  return table.filter(
    (row) =>
      row.vendorId === vendorId && (row.productIds?.includes(productId) ?? true) && bcdDevice < (row.belowBcdDevice ?? Number.POSITIVE_INFINITY),
  );
}

/** All effects together; a later row wins. */
export function effectsOf(rows: readonly Quirk[]): QuirkEffects {
  return Object.assign({}, ...rows) as QuirkEffects;
}
