/*
 * PIV keys as data (SP 800-73-4 part 1, table 4; SP 800-78-4, table 6-1). The order is that of the minidriver's container indices: 0 = 9A,
 * 1 = 9C, 2 = 9D, 3 = 9E, 4..23 = 82..95.
 */

/** How the card guards a key by default: `always` = the PIN immediately before each operation. */
export type PinRule = 'never' | 'once' | 'always';

export interface PivSlot {
  /** Key reference of GENERAL AUTHENTICATE and GENERATE. */
  readonly key: number;
  /** Tag of the certificate's data object. */
  readonly certificate: number;
  readonly name: string;
  readonly pin: PinRule;
  readonly usage: 'signature' | 'key-exchange' | 'both';
}

/** By container index. */
export const SLOTS: readonly PivSlot[] = [
  { key: 0x9a, certificate: 0x5fc105, name: 'PIV 9A', pin: 'once', usage: 'both' },
  { key: 0x9c, certificate: 0x5fc10a, name: 'PIV 9C', pin: 'always', usage: 'signature' },
  { key: 0x9d, certificate: 0x5fc10b, name: 'PIV 9D', pin: 'once', usage: 'key-exchange' },
  { key: 0x9e, certificate: 0x5fc101, name: 'PIV 9E', pin: 'never', usage: 'signature' },
  ...Array.from({ length: 20 }, (_, i): PivSlot => ({
    key: 0x82 + i,
    certificate: 0x5fc10d + i,
    name: `PIV ${(0x82 + i).toString(16).toUpperCase()}`,
    pin: 'once',
    usage: 'key-exchange',
  })),
];

/** Key references that are not containers. */
export const KEY_REFERENCE = { GLOBAL_PIN: 0x00, PIV_PIN: 0x80, PUK: 0x81, MANAGEMENT: 0x9b, CARD_AUTHENTICATION: 0x9e, ATTESTATION: 0xf9 } as const;
