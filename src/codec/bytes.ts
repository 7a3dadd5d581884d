/**
 * The one byte-string type of the project. A plain `Uint8Array` may sit on a SharedArrayBuffer, which WebUSB's
 * `transferOut` and WebCrypto refuse; this alias keeps such views out at compile time.
 */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A new byte string from octets, or `length` zero octets. */
export function bytes(source: number | ArrayLike<number> | Iterable<number>): Bytes {
  if (typeof source === 'number') return new Uint8Array(source);
  return Uint8Array.from(source as Iterable<number>);
}

/** The empty byte string. Never written to. */
export const EMPTY: Bytes = new Uint8Array(0);

/** One new byte string holding all parts in order. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A copy that owns its buffer, whatever the source sits on. */
export function copy(source: Uint8Array | ArrayBuffer | DataView): Bytes {
  if (source instanceof ArrayBuffer) return new Uint8Array(source.slice(0));
  const view = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  const out = new Uint8Array(view.length);
  out.set(view);
  return out;
}

/** Equality of public data; stops at the first difference. For secrets use {@link equalConstantTime}. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Equality whose run time depends on the lengths only. */
export function equalConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Overwrites secrets with zeros. JavaScript may still hold copies: see SECURITY.md. */
export function wipe(...secrets: readonly (Uint8Array | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0);
}

/** The bytes in reverse order, as a copy: CAPI's little-endian numbers from the card's big-endian ones and back. */
export function reversed(source: Uint8Array): Bytes {
  return copy(source).reverse();
}

/** `source` with zeros in front up to `lengthBytes`; longer input is returned as a copy. */
export function leftPad(source: Uint8Array, lengthBytes: number): Bytes {
  if (source.length >= lengthBytes) return copy(source);
  const out = new Uint8Array(lengthBytes);
  out.set(source, lengthBytes - source.length);
  return out;
}
