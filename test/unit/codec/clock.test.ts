import { describe, expect, it } from 'vitest';
import { LayerError, CodecError, systemClock, systemRandom } from '../../../src/codec/index.ts';

describe('clock and random', () => {
  it('sleep ends, or rejects with the reason of the signal', async () => {
    const before = systemClock.nowMs();
    await systemClock.sleep(1);
    expect(systemClock.nowMs()).toBeGreaterThanOrEqual(before);
    const reason = new Error('enough');
    await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const control = new AbortController();
    const sleeping = systemClock.sleep(60_000, control.signal);
    control.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(systemClock.sleep(0, new AbortController().signal)).resolves.toBeUndefined();
  });

  it('random octets differ', () => {
    expect(systemRandom(0).length).toBe(0);
    expect([...systemRandom(16)]).not.toEqual([...systemRandom(16)]);
  });

  it('errors carry layer, reason and cause', () => {
    const cause = new Error('below');
    const error = new CodecError('truncated', 'text', { cause });
    expect(error).toBeInstanceOf(LayerError);
    expect([error.layer, error.reason, error.message, error.cause, error.name]).toEqual(['codec', 'truncated', 'text', cause, 'CodecError']);
    expect('cause' in new CodecError('truncated', 'text')).toBe(false);
  });
});
