import { ChannelError } from '../../channel/errors.ts';
import type { Clock } from '../../codec/clock.ts';

export interface WithinOptions {
  readonly ms: number;
  /** What aborted work gets to end by itself, and so to say what it found. */
  readonly graceMs: number;
  /** Aborted, with a ChannelError as its reason, when the time is over or the caller has given up: the work should listen to it. */
  readonly stop: AbortController;
  /** The caller's own giving up. */
  readonly given: AbortSignal;
}

/**
 * `work` with an end to it: after `ms`, or when the caller gives up, the work is told to stop, and after the grace it is left alone.
 * @throws ChannelError `timeout`, `aborted` when the work did not end; else what the work throws
 */
export function within<T>(clock: Clock, work: Promise<T>, { ms, graceMs, stop, given }: WithinOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    const timers = new AbortController();
    const end = (reason: 'timeout' | 'aborted'): void => {
      const error = new ChannelError(reason, 'unknown', reason === 'timeout' ? `no end within ${ms} ms` : 'given up');
      stop.abort(error);
      clock.sleep(graceMs, timers.signal).then(
        () => {
          finish();
          reject(error);
        },
        () => undefined,
      );
    };
    const onGiven = (): void => end('aborted');
    const finish = (): void => {
      given.removeEventListener('abort', onGiven);
      timers.abort();
    };
    given.addEventListener('abort', onGiven, { once: true });
    if (given.aborted) onGiven();
    clock.sleep(ms, timers.signal).then(
      () => end('timeout'),
      () => undefined,
    );
    work.then(
      (value) => {
        finish();
        resolve(value);
      },
      (error: Error) => {
        finish();
        reject(error);
      },
    );
  });
}
