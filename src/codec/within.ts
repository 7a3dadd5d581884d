import type { Clock } from './clock.ts';

/** Runs what can be aborted: it ends after `ms`, or when its caller gives up. @throws as the job does, whose signal has no reason then */
export async function within<T>(clock: Clock, ms: number, job: (signal: AbortSignal) => Promise<T>, caller?: AbortSignal): Promise<T> {
  const end = new AbortController();
  const done = new AbortController();
  const stop = (): void => end.abort();
  if (caller?.aborted === true) stop();
  caller?.addEventListener('abort', stop, { signal: done.signal });
  clock.sleep(ms, done.signal).then(stop, () => undefined);
  try {
    return await job(end.signal);
  } finally {
    done.abort();
  }
}
