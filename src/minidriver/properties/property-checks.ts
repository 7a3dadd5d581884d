import { dword } from '../calls/checks.ts';
import { fail, MinidriverError } from '../cardmod/error.ts';
import type { PropertyRequest } from '../cardmod/properties-types.ts';

/* Checks that card and container properties share. */

/** Longest property name taken for one at all, in characters. */
const MAX_NAME = 64;

/** @throws MinidriverError SCARD_E_INVALID_PARAMETER for no name, an empty and an absurdly long one (certification kit) */
export function propertyName(wszProperty: unknown): string {
  if (typeof wszProperty !== 'string' || wszProperty === '' || wszProperty.length > MAX_NAME)
    fail('SCARD_E_INVALID_PARAMETER', 'not a property name');
  return wszProperty;
}

/** The version and the room that the caller's buffer stands for. */
export function checkRequest(request: PropertyRequest | null | undefined, newest: number | undefined, oldest = 0): void {
  if (request === null) fail('SCARD_E_INVALID_PARAMETER', 'pbData is missing');
  if (request?.cbData !== undefined) dword(request.cbData, 'cbData');
  if (request?.dwVersion === undefined || newest === undefined) return;
  const version = dword(request.dwVersion, 'dwVersion');
  if (version > newest || version < oldest) fail('ERROR_REVISION_MISMATCH', 'this version of the structure is not known');
}

/** @throws MinidriverError ERROR_INSUFFICIENT_BUFFER with `pdwDataLen` (S707 4.5.4) */
export function checkRoom(request: PropertyRequest | undefined, needed: number): void {
  if (request?.cbData !== undefined && request.cbData < needed)
    throw new MinidriverError('ERROR_INSUFFICIENT_BUFFER', 'the value is longer than the buffer', { pdwDataLen: needed });
}
