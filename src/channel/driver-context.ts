import { type Clock, systemClock } from '../codec/clock.ts';
import { noTrace, type Trace } from '../codec/trace.ts';
import { type CcidTimeouts, DEFAULT_TIMEOUTS, type Quirk, QUIRKS } from '../ccid/index.ts';
import { keepClaimed, type ReleasePolicy } from './release-policy.ts';

/** What the driver takes from outside. Everything has a default that works in pages, workers and Node. */
export interface DriverOptions {
  readonly clock?: Clock;
  readonly trace?: Trace;
  readonly timeouts?: CcidTimeouts;
  readonly quirks?: readonly Quirk[];
  readonly release?: ReleasePolicy;
  /** How often a reader without interrupt endpoint is asked for its slots while somebody watches. */
  readonly pollMs?: number;
}

export type DriverContext = Required<DriverOptions>;

export function driverContext(options: DriverOptions): DriverContext {
  return {
    clock: options.clock ?? systemClock,
    trace: options.trace ?? noTrace,
    timeouts: options.timeouts ?? DEFAULT_TIMEOUTS,
    quirks: options.quirks ?? QUIRKS,
    release: options.release ?? keepClaimed,
    pollMs: options.pollMs ?? 500,
  };
}
