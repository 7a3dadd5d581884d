export type Notification =
  | { readonly kind: 'slot-change'; readonly slots: readonly { readonly bSlot: number; readonly present: boolean; readonly changed: boolean }[] }
  | { readonly kind: 'hardware-error'; readonly bSlot: number; readonly bSeq: number; readonly bHardwareErrorCode: number };

/** RDR_to_PC_NotifySlotChange and RDR_to_PC_HardwareError (CCID 1.1, 6.3); undefined for anything else, empty and stale ones included. */
export function parseNotification(source: Uint8Array, slotCount: number): Notification | undefined {
  if (source[0] === 0x51 && source.length >= 4) {
    return { kind: 'hardware-error', bSlot: source[1] ?? 0, bSeq: source[2] ?? 0, bHardwareErrorCode: source[3] ?? 0 };
  }
  if (source[0] !== 0x50 || source.length < 2) return undefined;
  const slots = [];
  for (let bSlot = 0; bSlot < slotCount && 1 + (bSlot >> 2) < source.length; bSlot++) {
    const bits = (source[1 + (bSlot >> 2)] ?? 0) >> (2 * (bSlot & 3));
    slots.push({ bSlot, present: (bits & 1) !== 0, changed: (bits & 2) !== 0 });
  }
  return { kind: 'slot-change', slots };
}
