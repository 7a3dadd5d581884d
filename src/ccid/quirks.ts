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
  readonly vendorId: number;
  /** Any product of the vendor when absent. */
  readonly productIds?: readonly number[];
}

/** Readers that are known to need something, as data. All found by LudovicRousseau/CCID (5de6a96). */
export const QUIRKS: readonly Quirk[] = [
  // Elatec TWN4
  { name: 'slow-after-open', vendorId: 0x09d8, productIds: [0x0427, 0x0428], openTimeoutFactor: 10 },
  // ACR122U
  { name: 'slow-after-open', vendorId: 0x072f, productIds: [0x2200], openTimeoutFactor: 10 },
  // SCL011 and uTrust 3700F, 3701F, 4701F
  { name: 'slow-after-open', vendorId: 0x04e6, productIds: [0x5293, 0x5790, 0x5791, 0x5724], openTimeoutFactor: 4 },
  // CL1356D
  { name: 'pause-after-open', vendorId: 0x0b81, productIds: [0x0200], openDelayMs: 1000, openTimeoutFactor: 20 },
  // SCM readers
  { name: 'message-length-263-is-271', vendorId: 0x04e6, minMessageBytes: 271 },
  // KOBIL TriB@nk
  { name: 'no-extended-apdu', vendorId: 0x0d46, productIds: [0x3010], level: 'short-apdu' },
  // KOBIL IDToken
  { name: 'power-off-before-power-on', vendorId: 0x0d46, productIds: [0x301d], powerOffFirst: true },
  // Thales eToken Fusion NFC
  { name: 'five-minutes-more', vendorId: 0x08e6, productIds: [0x34d2], extraTimeoutMs: 300_000 },
];

/** The rows for one product. */
export function quirksFor(vendorId: number, productId: number, table: readonly Quirk[] = QUIRKS): readonly Quirk[] {
  return table.filter((row) => row.vendorId === vendorId && (row.productIds?.includes(productId) ?? true));
}

/** All effects together; a later row wins. */
export function effectsOf(rows: readonly Quirk[]): QuirkEffects {
  return Object.assign({}, ...rows) as QuirkEffects;
}
