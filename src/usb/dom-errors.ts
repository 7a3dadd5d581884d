import { UsbError, type UsbReason } from './errors.ts';

/** The name of a DOMException, or of the plain Error that WebUSB's stand-ins outside browsers throw. */
export function domName(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
}

/** Wraps what the browser threw, once. */
export function translate(error: unknown, reason: UsbReason, message: string): UsbError {
  if (error instanceof UsbError) return error;
  return new UsbError(reason, `${message}: ${domName(error)}`, { cause: error });
}
