import type { Clock } from '../../codec/clock.ts';

/** Waits for `work`, but no longer than `ms`; what it then does is its own affair. Never rejects. */
export async function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([work, clock.sleep(ms, over.signal)]);
  } catch {
    // A failed clean-up has no one to tell.
  } finally {
    over.abort();
  }
}
