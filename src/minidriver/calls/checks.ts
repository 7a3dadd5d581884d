import { type Bytes, copy } from '../../codec/bytes.ts';
import type { CardEdge } from '../card-edge.ts';
import { ROLE_EVERYONE } from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';

/* Checks that need no card; they come before any exchange (S707 4.6.1, 4.6.2, 4.8.4.1; here everywhere: CHOICES.md, order-of-checks). */

/** A DWORD. @throws MinidriverError SCARD_E_INVALID_PARAMETER */
export function dword(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0xffffffff)
    fail('SCARD_E_INVALID_PARAMETER', `${what} is not a DWORD`);
  return value;
}

/** A buffer that must not be NULL. @throws MinidriverError SCARD_E_INVALID_PARAMETER */
export function buffer(value: unknown, what: string): Bytes {
  if (typeof value === 'string') fail('SCARD_E_INVALID_PARAMETER', `${what} is a string; bytes are wanted: new TextEncoder().encode(text)`);
  if (!(value instanceof Uint8Array)) fail('SCARD_E_INVALID_PARAMETER', `${what} is missing`);
  return value.buffer instanceof ArrayBuffer ? (value as Bytes) : copy(value);
}

/** @throws MinidriverError SCARD_E_INVALID_PARAMETER for flags where none are defined */
export function noFlags(dwFlags: unknown): void {
  if (dword(dwFlags, 'dwFlags') !== 0) fail('SCARD_E_INVALID_PARAMETER', 'no flag is defined here');
}

/** @throws MinidriverError SCARD_E_INVALID_PARAMETER for a bit outside `allowed` */
export function flagsWithin(dwFlags: unknown, allowed: number): number {
  const flags = dword(dwFlags, 'dwFlags');
  if ((flags & ~allowed) !== 0) fail('SCARD_E_INVALID_PARAMETER', 'an undefined flag is set');
  return flags;
}

/** A structure that must not be NULL. @throws MinidriverError SCARD_E_INVALID_PARAMETER */
export function structure<T extends object>(value: T | null | undefined, what: string): T {
  if (typeof value !== 'object' || value === null) fail('SCARD_E_INVALID_PARAMETER', `${what} is missing`);
  return value;
}

/**
 * Version preset in a structure; 0 is taken as 1 (S707 2.5.2). The text would negotiate versions above the driver's, the certification
 * kit refuses them: so is it done here (CHOICES.md, structure-versions).
 * @throws MinidriverError SCARD_E_INVALID_PARAMETER without the structure, ERROR_REVISION_MISMATCH above `newest`
 */
export function versioned(value: { readonly dwVersion: number } | null | undefined, newest: number, what: string): number {
  const version = dword(structure(value, what).dwVersion, 'dwVersion');
  if (version > newest) fail('ERROR_REVISION_MISMATCH', `version ${version} of ${what} is not known`);
  return version === 0 ? 1 : version;
}

/** A container index within the card. @throws MinidriverError SCARD_E_INVALID_PARAMETER for no number, SCARD_E_NO_KEY_CONTAINER out of range (S707 4.6.1) */
export function containerIndex(edge: CardEdge, value: unknown): number {
  if (typeof value !== 'number') fail('SCARD_E_INVALID_PARAMETER', 'bContainerIndex is missing');
  if (!Number.isInteger(value) || value < 0 || value >= edge.capabilities.maxKeyContainers)
    fail('SCARD_E_NO_KEY_CONTAINER', 'no container has this index');
  return value;
}

/** @throws MinidriverError SCARD_W_SECURITY_VIOLATION unless one of the roles is authenticated; ROLE_EVERYONE always is. */
export function authenticatedAs(edge: CardEdge, ...roles: readonly number[]): void {
  if (roles.some((role) => role === ROLE_EVERYONE || (edge.authenticated & (1 << role)) !== 0)) return;
  fail('SCARD_W_SECURITY_VIOLATION', 'the role is not authenticated');
}
