import { type Bytes, bytes } from '../codec/bytes.ts';

/** Full AID of the PIV Card Application, version 0100 (SP 800-73-4 part 1, 2.2). */
export const PIV_AID: Bytes = bytes([0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00]);

/** PIX without the version, for SELECT answers whose tag 4F holds the PIX alone (Yubico). */
export const PIV_PIX: Bytes = PIV_AID.slice(5, 9);

/**
 * Applications that cards commonly carry beside PIV: selecting one ends PIV's security state (SP 800-73-4 part 2, 3.1.1). Yubico's
 * management application, GlobalPlatform's issuer security domain in its two common names.
 */
export const OTHER_AIDS: readonly Bytes[] = [
  bytes([0xa0, 0x00, 0x00, 0x05, 0x27, 0x47, 0x11, 0x17]),
  bytes([0xa0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00]),
  bytes([0xa0, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00]),
];
