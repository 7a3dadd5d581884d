/*
 * PIV data objects as data (SP 800-73-4 part 1, table 3 and appendix A; retired ones 3.3; vendor objects: Yubico PIV tool documentation).
 */

/** Who may read an object over contacts. */
export type ReadAccess = 'always' | 'pin';

export interface PivObject {
  readonly name: string;
  /** Tag octets as one number, 0x5FC102 for 5F C1 02. */
  readonly tag: number;
  /** ContainerID of the standard; undefined for vendor objects. */
  readonly container?: number;
  /** Minimum container capacity in bytes: what every card must be able to keep (table 7). */
  readonly capacityBytes: number;
  readonly read: ReadAccess;
  /** True when its content identifies a person. */
  readonly personal?: boolean;
}

const retired: readonly PivObject[] = Array.from({ length: 20 }, (_, i) => ({
  name: `X.509 Certificate for Retired Key Management ${i + 1}`,
  tag: 0x5fc10d + i,
  container: 0x1001 + i,
  capacityBytes: 1895,
  read: 'always',
  personal: true,
}));

/** Every object of the standard, in the order of its table. */
export const OBJECTS: readonly PivObject[] = [
  { name: 'Card Capability Container', tag: 0x5fc107, container: 0xdb00, capacityBytes: 170, read: 'always', personal: true },
  { name: 'Card Holder Unique Identifier', tag: 0x5fc102, container: 0x3000, capacityBytes: 2881, read: 'always', personal: true },
  { name: 'X.509 Certificate for PIV Authentication', tag: 0x5fc105, container: 0x0101, capacityBytes: 1857, read: 'always', personal: true },
  { name: 'Cardholder Fingerprints', tag: 0x5fc103, container: 0x6010, capacityBytes: 4006, read: 'pin', personal: true },
  { name: 'Security Object', tag: 0x5fc106, container: 0x9000, capacityBytes: 1336, read: 'always' },
  { name: 'Cardholder Facial Image', tag: 0x5fc108, container: 0x6030, capacityBytes: 12710, read: 'pin', personal: true },
  { name: 'X.509 Certificate for Card Authentication', tag: 0x5fc101, container: 0x0500, capacityBytes: 1857, read: 'always', personal: true },
  { name: 'X.509 Certificate for Digital Signature', tag: 0x5fc10a, container: 0x0100, capacityBytes: 1857, read: 'always', personal: true },
  { name: 'X.509 Certificate for Key Management', tag: 0x5fc10b, container: 0x0102, capacityBytes: 1857, read: 'always', personal: true },
  { name: 'Printed Information', tag: 0x5fc109, container: 0x3001, capacityBytes: 245, read: 'pin', personal: true },
  { name: 'Discovery Object', tag: 0x7e, container: 0x6050, capacityBytes: 19, read: 'always' },
  { name: 'Key History Object', tag: 0x5fc10c, container: 0x6060, capacityBytes: 128, read: 'always' },
  ...retired,
  { name: 'Cardholder Iris Images', tag: 0x5fc121, container: 0x1015, capacityBytes: 7106, read: 'pin', personal: true },
  { name: 'Biometric Information Templates Group Template', tag: 0x7f61, container: 0x1016, capacityBytes: 65, read: 'always' },
  { name: 'Secure Messaging Certificate Signer', tag: 0x5fc122, container: 0x1017, capacityBytes: 2471, read: 'always' },
  { name: 'Pairing Code Reference Data Container', tag: 0x5fc123, container: 0x1018, capacityBytes: 12, read: 'pin', personal: true },
];

/** Objects behind the PIN: what is in them is personal, or the management key itself. */
export const GUARDED_TAGS: ReadonlySet<number> = new Set(OBJECTS.filter((object) => object.read === 'pin').map((object) => object.tag));

/** Tags that the session itself speaks of. */
export const TAG = {
  CHUID: 0x5fc102,
  CCC: 0x5fc107,
  DISCOVERY: 0x7e,
  BIT_GROUP: 0x7f61,
  KEY_HISTORY: 0x5fc10c,
  PRINTED: 0x5fc109,
  SECURITY: 0x5fc106,
  MESSAGING_SIGNER: 0x5fc122,
  PAIRING_CODE: 0x5fc123,
  FINGERPRINTS: 0x5fc103,
  FACE: 0x5fc108,
  IRIS: 0x5fc121,
  ADMIN_DATA: 0x5fff00,
  ATTESTATION: 0x5fff01,
  CONTAINER_MAP: 0x5fff10,
  ROOTS_FIRST: 0x5fff11,
  ROOTS_LAST: 0x5fff15,
} as const;

/** Vendor objects (Yubico). */
export const VENDOR_OBJECTS: readonly PivObject[] = [
  { name: 'Admin data (Yubico)', tag: TAG.ADMIN_DATA, capacityBytes: 3052, read: 'always' },
  { name: 'Attestation certificate (Yubico)', tag: TAG.ATTESTATION, capacityBytes: 3052, read: 'always' },
  { name: 'Container map (Yubico)', tag: TAG.CONTAINER_MAP, capacityBytes: 3052, read: 'always', personal: true },
  // The first of five, which a file that needs more goes on in.
  { name: 'Root certificates (Yubico)', tag: TAG.ROOTS_FIRST, capacityBytes: 3052, read: 'always' },
];
