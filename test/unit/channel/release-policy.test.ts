import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pageReleasePolicy, type BroadcastLike, type LockManagerLike } from '../../../src/channel/release-policy.ts';

type Listener = (event: { readonly data: unknown }) => void;

/** What the other pages hear, and their voice. */
class Air implements BroadcastLike {
  readonly said: unknown[] = [];
  readonly #listeners = new Set<Listener>();
  postMessage(message: unknown): void {
    this.said.push(message);
  }
  addEventListener(_type: 'message', listener: Listener): void {
    this.#listeners.add(listener);
  }
  removeEventListener(_type: 'message', listener: Listener): void {
    this.#listeners.delete(listener);
  }
  hear(data: unknown): void {
    for (const listener of this.#listeners) listener({ data });
  }
  get listening(): number {
    return this.#listeners.size;
  }
}

/** A lock that is given when the test says so. */
class OneLock implements LockManagerLike {
  grant: () => void = () => undefined;
  freed = false;
  request(_name: string, _options: unknown, callback: () => Promise<void>): Promise<unknown> {
    return new Promise((resolve) => {
      this.grant = () => void callback().then(() => resolve((this.freed = true)));
    });
  }
}

const WANTED = { wants: 'web-minidriver key' };

describe('the lease of a page', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('hears who asks while it waits itself, and asks again until it has the lock', async () => {
    const [broadcast, locks] = [new Air(), new OneLock()];
    const waiting = pageReleasePolicy({ broadcast, locks }).lease('key');
    await vi.advanceTimersByTimeAsync(1200);
    expect(broadcast.said).toEqual([WANTED, WANTED, WANTED]);
    broadcast.hear(WANTED);
    locks.grant();
    const lease = await waiting;
    expect(lease.asked.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(5000);
    expect(broadcast.said).toHaveLength(3);
    lease.release();
    await vi.advanceTimersByTimeAsync(0);
    expect([locks.freed, broadcast.listening]).toEqual([true, 0]);
  });

  it.each([[{ wants: 'web-minidriver other' }], ['web-minidriver key'], [null], [{}]])('is not moved by %j', async (message) => {
    const [broadcast, locks] = [new Air(), new OneLock()];
    const waiting = pageReleasePolicy({ broadcast, locks }).lease('key');
    locks.grant();
    const lease = await waiting;
    broadcast.hear(message);
    expect(lease.asked.aborted).toBe(false);
    broadcast.hear(WANTED);
    expect(lease.asked.aborted).toBe(true);
  });
});
