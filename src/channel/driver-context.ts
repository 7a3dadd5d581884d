import { type Clock, systemClock } from '../codec/clock.ts';
import { noTrace, type Trace } from '../codec/trace.ts';
import { type CcidTimeouts, DEFAULT_TIMEOUTS, type Quirk, quirksFor } from '../ccid/index.ts';
import type * as TraceBodies from './trace-body.ts';
import { keepClaimed, type ReleasePolicy } from './release-policy.ts';

/** What the driver takes from outside. Everything has a default that works in pages, workers and Node. */
export interface DriverOptions {
  readonly clock?: Clock;
  readonly trace?: Trace;
  readonly timeouts?: CcidTimeouts;
  /** In place of QUIRKS. Firmware of a row that is `refused` is used when the row is left out. */
  readonly quirks?: readonly Quirk[];
  readonly release?: ReleasePolicy;
  /** How often a reader without interrupt endpoint is asked for its slots while somebody watches. */
  readonly pollMs?: number;
}

export interface DriverContext extends Required<Omit<DriverOptions, 'quirks'>> {
  /** The quirk rows of a device. The driver's own table is loaded with the first reader. */
  readonly quirks: (device: USBDevice) => Promise<readonly Quirk[]>;
  /** What may be traced of commands; there after the first reader was opened, and only where somebody traces. */
  bodies: typeof TraceBodies | undefined;
}

export function driverContext(options: DriverOptions): DriverContext {
  return {
    clock: options.clock ?? systemClock,
    trace: options.trace ?? noTrace,
    timeouts: options.timeouts ?? DEFAULT_TIMEOUTS,
    quirks: async ({ vendorId, productId, deviceVersionMajor, deviceVersionMinor, deviceVersionSubminor }) =>
      quirksFor(
        options.quirks ?? (await import('../ccid/quirk-table.ts')).QUIRKS,
        vendorId,
        productId,
        // bcdDevice: the browser hands out its digits one by one.
        (deviceVersionMajor << 8) | (deviceVersionMinor << 4) | deviceVersionSubminor,
      ),
    release: options.release ?? keepClaimed,
    pollMs: options.pollMs ?? 500,
    bodies: undefined,
  };
}
