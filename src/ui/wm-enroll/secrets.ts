import type { Bytes } from '../../codec/bytes.ts';

/*
 * A typed secret leaves its field at once: the bytes have one owner, the field is empty, nothing of it is in a property, an
 * attribute or an event. What JavaScript's own strings keep in memory is out of reach: SECURITY.md says so.
 */

/** Octets of what was typed, as the card gets them: UTF-8, which is ASCII for digits. */
export function secretLength(field: HTMLInputElement): number {
  return new TextEncoder().encode(field.value).length;
}

/** Takes the secret out of its field. The caller owns and wipes it. */
export function takeSecret(field: HTMLInputElement): Bytes {
  const secret: Bytes = new TextEncoder().encode(field.value);
  field.value = '';
  return secret;
}

/** Empties every secret field below `root`. */
export function emptySecrets(root: ParentNode | null): void {
  for (const field of root?.querySelectorAll<HTMLInputElement>('input[data-secret]') ?? []) field.value = '';
}
