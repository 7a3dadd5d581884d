import { type Bytes, EMPTY, concat, copy } from '../../codec/index.ts';
import type { FaultKind } from './faults.ts';

/** What goes out instead of an answer. */
export interface Damaged {
  readonly parts: readonly { readonly data: Bytes; readonly asOnePacket: boolean }[];
  /** The true answer is among it, whole. */
  readonly intact: boolean;
}

function changed(answer: Bytes, change: (view: DataView) => void): Bytes {
  const out = copy(answer);
  change(new DataView(out.buffer));
  return out;
}

const one = (data: Bytes): Damaged => ({ parts: [{ data, asOnePacket: false }], intact: false });

/** Applies a fault that damages answers; null when `kind` is not of that sort. */
export function damage(kind: FaultKind, answer: Bytes, packetBytes: number): Damaged | null {
  const whole = { data: answer, asOnePacket: false };
  switch (kind) {
    case 'short-frame':
      return one(answer.slice(0, 5));
    case 'wrong-bSeq':
      return one(changed(answer, (view) => view.setUint8(6, view.getUint8(6) ^ 0x80)));
    case 'wrong-slot':
      return one(changed(answer, (view) => view.setUint8(5, view.getUint8(5) ^ 0x40)));
    case 'wrong-type':
      return one(changed(answer, (view) => view.setUint8(0, view.getUint8(0) ^ 0x07)));
    case 'bad-dwLength':
      return one(changed(answer, (view) => view.setUint32(1, view.getUint32(1, true) + 16, true)));
    case 'huge-dwLength':
      return one(changed(answer, (view) => view.setUint32(1, 0xfffffff0, true)));
    case 'babble':
      return {
        parts: [{ data: concat(answer, new Uint8Array(packetBytes)).slice(0, Math.max(packetBytes + 7, answer.length)), asOnePacket: true }],
        intact: false,
      };
    case 'stray-zlp':
      return { parts: [{ data: EMPTY, asOnePacket: true }, whole], intact: true };
    case 'flipped-byte':
      return one(changed(answer, (view) => view.setUint8(view.byteLength - 1, view.getUint8(view.byteLength - 1) ^ 0x01)));
    case 'trailing-bytes':
      return { parts: [{ data: concat(answer, Uint8Array.of(0, 0)), asOnePacket: false }], intact: true };
    case 'stale-reply':
      return {
        parts: [
          {
            data: changed(answer.slice(0, 10), (view) => (view.setUint32(1, 0, true), view.setUint8(6, view.getUint8(6) ^ 0x55))),
            asOnePacket: false,
          },
          whole,
        ],
        intact: true,
      };
    default:
      return null;
  }
}
