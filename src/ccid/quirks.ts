import type { ExchangeLevel } from './descriptor.ts';

/** What a reader needs beyond its descriptor. Times multiply or replace the defaults of `CcidTimeouts`. */
export interface QuirkEffects {
  /** Factor on the first GetSlotStatus after opening. */
  readonly openTimeoutFactor?: number;
  readonly openDelayMs?: number;
  readonly extraTimeoutMs?: number;
  /** Used when dwMaxCCIDMessageLength is smaller. */
  readonly minMessageBytes?: number;
  readonly level?: ExchangeLevel;
  readonly powerOffFirst?: boolean;
}

export interface Quirk extends QuirkEffects {
  readonly name: string;
  /** Who found it. */
  readonly source: string;
  readonly vendorId: number;
  /** Any product of the vendor when absent. */
  readonly productIds?: readonly number[];
}

const LIBCCID = 'LudovicRousseau/CCID 5de6a96';

/** Readers that are known to need something, as data. */
export const QUIRKS: readonly Quirk[] = [
  { name: 'slow-after-open', source: `${LIBCCID}, Elatec TWN4`, vendorId: 0x09d8, productIds: [0x0427, 0x0428], openTimeoutFactor: 10 },
  { name: 'slow-after-open', source: `${LIBCCID}, ACR122U`, vendorId: 0x072f, productIds: [0x2200], openTimeoutFactor: 10 },
  { name: 'slow-after-open', source: `${LIBCCID}, SCL011 and uTrust 3700F, 3701F, 4701F`, vendorId: 0x04e6, productIds: [0x5293, 0x5790, 0x5791, 0x5724], openTimeoutFactor: 4 },
  { name: 'pause-after-open', source: `${LIBCCID}, CL1356D`, vendorId: 0x0b81, productIds: [0x0200], openDelayMs: 1000, openTimeoutFactor: 20 },
  { name: 'message-length-263-is-271', source: `${LIBCCID}, SCM readers`, vendorId: 0x04e6, minMessageBytes: 271 },
  { name: 'no-extended-apdu', source: `${LIBCCID}, KOBIL TriB@nk`, vendorId: 0x0d46, productIds: [0x3010], level: 'short-apdu' },
  { name: 'power-off-before-power-on', source: `${LIBCCID}, KOBIL IDToken`, vendorId: 0x0d46, productIds: [0x301d], powerOffFirst: true },
  { name: 'five-minutes-more', source: `${LIBCCID}, Thales eToken Fusion NFC`, vendorId: 0x08e6, productIds: [0x34d2], extraTimeoutMs: 300_000 },
];

/** The rows for one product. */
export function quirksFor(vendorId: number, productId: number, table: readonly Quirk[] = QUIRKS): readonly Quirk[] {
  return table.filter((row) => row.vendorId === vendorId && (row.productIds?.includes(productId) ?? true));
}

/** All effects together; a later row wins. */
export function effectsOf(rows: readonly Quirk[]): QuirkEffects {
  return Object.assign({}, ...rows) as QuirkEffects;
}
