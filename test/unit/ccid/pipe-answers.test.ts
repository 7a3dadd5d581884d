import { expect, it } from 'vitest';
import { CcidPipe } from '../../../src/ccid/index.ts';
import { UsbError } from '../../../src/usb/index.ts';
import { AutoClock } from '../channel/auto-clock.ts';
import { ScriptPort, type Step } from './script-port.ts';

const STATUS = { out: '65 00000000 00 00 000000' };
const empty = (count: number): readonly Step[] => Array.from({ length: count }, () => ({ in: '' }));

async function status(steps: readonly Step[]): Promise<unknown> {
  const port = new ScriptPort([STATUS, ...steps]);
  const pipe = new CcidPipe({ port, clock: new AutoClock() });
  const came = await pipe.exchange({ name: 'GetSlotStatus', bSlot: 0 }, 3000).then(
    ({ bStatus }) => bStatus,
    (error: unknown) => error,
  );
  port.end();
  return came;
}

it('sixteen empty transfers in a row are borne, an answer may follow; more are no reader', async () => {
  expect(await status([...empty(16), { in: '81 00000000 00 00 01 00 00' }])).toBe(1);
  expect(await status(empty(17))).toMatchObject({ layer: 'ccid', reason: 'bad-message' });
});

it('a bmCommandStatus that is reserved says nothing: neither done nor refused (CCID 1.1, 6.2.6)', async () => {
  expect(await status([{ in: '81 00000000 00 00 41 00 00' }])).toBe(0x41);
  for (const bStatus of ['c0', 'c1', 'c2'])
    expect(await status([{ in: `81 00000000 00 00 ${bStatus} 00 00` }])).toMatchObject({ layer: 'ccid', reason: 'bad-message', reachedCard: true });
});

it('a transfer that is too short for a header is no answer to anything: the answer may follow', async () => {
  expect(await status([{ in: '81 00 00' }, { in: '00 00000000 00 00 00' }, { in: '81 00000000 00 00 01 00 00' }])).toBe(1);
});

it('a message that a stall cut off is not gone on with: the next answer is read from its beginning', async () => {
  const stall: Step = { fails: new UsbError('stall', 'halted'), at: 'in' };
  const cleared: readonly Step[] = [{ clears: 'bulk-in' }, { clears: 'bulk-out' }];
  const port = new ScriptPort([
    { out: '6f 00000000 00 00 000000' },
    // 54 bytes of 90.
    { in: `80 5a000000 00 00 00 00 00 ${'11'.repeat(54)}` },
    stall,
    ...cleared,
    stall,
    ...cleared,
    { out: '65 00000000 00 01 000000' },
    { in: '81 00000000 00 01 01 00 00' },
  ]);
  const pipe = new CcidPipe({ port, clock: new AutoClock() });
  await expect(pipe.exchange({ name: 'XfrBlock', bSlot: 0 }, 3000)).rejects.toMatchObject({ layer: 'usb', reason: 'stall' });
  expect(await pipe.exchange({ name: 'GetSlotStatus', bSlot: 0 }, 3000)).toMatchObject({ bStatus: 1 });
  port.end();
});

it('a message of a kind that CCID does not have answers nothing, not even with a refusal', async () => {
  for (const bStatus of ['00', '40']) {
    expect(await status([{ in: `ff 00000000 00 00 ${bStatus} 00 00` }])).toMatchObject({ layer: 'ccid', reason: 'bad-message' });
    expect(await status([{ in: `81 00000000 00 00 ${bStatus} 00 00` }])).toBe(Number.parseInt(bStatus, 16));
  }
});
