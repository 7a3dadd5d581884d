import { describe, expect, it } from 'vitest';
import { createPivCard } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot } from './driver-setup.ts';

const SELECT = Uint8Array.of(0, 0xa4, 4, 0, 5, 0xa0, 0, 0, 3, 8, 0);
const VERIFY = Uint8Array.of(0, 0x20, 0, 0x80, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
const LIMITS = { minLength: 6, maxLength: 8 };

/** A person takes so long at a reader that says nothing meanwhile. */
async function entered(tookMs: number): Promise<{ readonly result: unknown; readonly waitedMs: number }> {
  const clock = new AutoClock();
  const { reader } = await bench(
    {
      clock,
      level: 'tpdu',
      timeExtensionMs: 1e9,
      ccid: { bPINSupport: 1 },
      cards: [createPivCard({ profile: 'yubikey-5.4' })],
      pinPad: async () => {
        await clock.sleep(tookMs);
        return { pin: '123456' };
      },
    },
    { clock },
  );
  const { open, slot } = await firstSlot(reader);
  const channel = await slot.connect();
  const came = await channel.transaction(async (card) => {
    await card.transmit(SELECT);
    const fromMs = clock.nowMs();
    const result: unknown = await slot.pinPad?.verify(VERIFY, LIMITS).catch((error: unknown) => error);
    return { result, waitedMs: clock.nowMs() - fromMs };
  });
  await open.close();
  return came;
}

describe('how long a person may take at the reader: 90 s, as libccid gives them (CCID 1.1, 6.1.11: bTimeOut is 60 s)', () => {
  it('85 s, without a word of the reader', async () => {
    expect((await entered(85_000)).result).toEqual({ kind: 'answer', response: Uint8Array.of(0x90, 0) });
  });

  it('not 95 s: the outcome is unknown', async () => {
    const { result, waitedMs } = await entered(95_000);
    expect(result).toMatchObject({ layer: 'channel', reason: 'timeout', outcome: 'unknown' });
    expect(waitedMs).toBeGreaterThanOrEqual(90_000);
  });
});
