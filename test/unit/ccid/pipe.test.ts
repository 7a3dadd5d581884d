import { describe, expect, it } from 'vitest';
import { CcidPipe, type CcidResponse } from '../../../src/ccid/index.ts';
import type { Clock } from '../../../src/codec/index.ts';
import { UsbError } from '../../../src/usb/index.ts';
import { AutoClock } from '../channel/auto-clock.ts';
import { ScriptPort, type Step } from './script-port.ts';

//                      type dwLength    slot seq  specific
const GET_SLOT_STATUS = '65  00 00 00 00  00  00  00 00 00';
const SLOT_STATUS_OK = '81  00 00 00 00  00  00  00 00 00';
const XFR_3 = '6f  03 00 00 00  00  00  00 00 00  0a 0b 0c';

async function play(
  steps: readonly Step[],
  run: (pipe: CcidPipe, port: ScriptPort) => Promise<unknown>,
  options: { packetBytes?: number; clock?: Clock } = {},
): Promise<ScriptPort> {
  const port = new ScriptPort(steps, options.packetBytes);
  await run(new CcidPipe({ port, clock: options.clock ?? new AutoClock() }), port);
  port.end();
  return port;
}
const status = (pipe: CcidPipe): Promise<CcidResponse> => pipe.exchange({ name: 'GetSlotStatus', bSlot: 0 }, 3000);
const transfer = (pipe: CcidPipe): Promise<CcidResponse> => pipe.exchange({ name: 'XfrBlock', bSlot: 0, abData: Uint8Array.of(10, 11, 12) }, 3000);
/** A DataBlock with `length` bytes, cut as the bus would, `offset` on. */
const dataBlock = (length: number, cut: [number, number]): string => {
  const bytes = [0x80, length & 0xff, length >> 8, 0, 0, 0, 0, 0, 0, 0, ...Array.from({ length }, (_, i) => i & 0xff)];
  return bytes
    .slice(...cut)
    .map((octet) => octet.toString(16).padStart(2, '0'))
    .join('');
};

describe('CcidPipe', () => {
  it('sends the command as one transfer, with the read queued first', async () => {
    const port = await play([{ out: GET_SLOT_STATUS }, { in: SLOT_STATUS_OK }], async (pipe) => {
      expect(await status(pipe)).toMatchObject({ bMessageType: 0x81, bmICCStatus: 0, bmCommandStatus: 0 });
    });
    expect(port.asked).toEqual([64]);
  });

  it('counts bSeq to 255 and on from 0', async () => {
    const steps = Array.from({ length: 258 }, (_, i): Step[] => {
      const seq = (i & 0xff).toString(16).padStart(2, '0');
      return [{ out: `65 00000000 00 ${seq} 000000` }, { in: `81 00000000 00 ${seq} 000000` }];
    }).flat();
    await play(steps, async (pipe) => {
      for (let i = 0; i < 258; i++) await status(pipe);
    });
  });

  it('reads the rest in whole packets, and drops the empty packet behind the message at the next read', async () => {
    const port = await play(
      [
        { out: XFR_3 },
        { in: dataBlock(182, [0, 64]) },
        { in: dataBlock(182, [64, 192]) },
        { out: '65 00000000 00 01 000000' },
        { in: '' },
        { in: '81 00000000 00 01 000000' },
      ],
      async (pipe) => {
        expect((await transfer(pipe)).abData).toHaveLength(182);
        await status(pipe);
      },
    );
    expect(port.asked).toEqual([64, 128, 64, 64]);
  });

  it('takes an empty packet between the parts of a message', async () => {
    await play([{ out: XFR_3 }, { in: dataBlock(100, [0, 64]) }, { in: '' }, { in: dataBlock(100, [64, 110]) }], async (pipe) => {
      expect((await transfer(pipe)).abData).toHaveLength(100);
    });
  });

  it('drops bytes behind dwLength, refuses fewer', async () => {
    await play([{ out: XFR_3 }, { in: `${dataBlock(2, [0, 12])} ff ff ff` }], async (pipe) => {
      expect([...(await transfer(pipe)).abData]).toEqual([0, 1]);
    });
    await play([{ out: XFR_3 }, { in: dataBlock(20, [0, 29]) }], async (pipe) => {
      await expect(transfer(pipe)).rejects.toMatchObject({
        layer: 'ccid',
        reason: 'truncated',
        ccidMessage: 'PC_to_RDR_XfrBlock',
        reachedCard: true,
      });
    });
  });

  it('drops as many stale bytes as the longest answer of an earlier owner has, and gives up after 70,000', async () => {
    // A whole packet of something that is no message, and one that is.
    const packet: Step = { in: 'ee'.repeat(64) };
    const frame: Step = { in: '80 00000000 00 77 000000' };
    await play([{ out: XFR_3 }, frame, ...Array<Step>(1030).fill(packet), { in: dataBlock(2, [0, 12]) }], transfer);
    await play([{ out: XFR_3 }, ...Array<Step>(Math.ceil(70_001 / 64)).fill(packet)], async (pipe) => {
      await expect(transfer(pipe)).rejects.toMatchObject({ reason: 'bad-message' });
    });
  });

  it('takes the slot for part of the match', async () => {
    await play([{ out: XFR_3 }, { in: '80 00000000 01 00 000000' }, { in: dataBlock(2, [0, 12]) }], transfer);
  });

  it('waits longer after a time extension, for that one read, and tells the caller', async () => {
    const clock = new AutoClock();
    let waits = 0;
    await play(
      [{ out: XFR_3 }, { in: '80 00000000 00 00 80 05 00' }],
      async (pipe) => {
        const waiting = pipe.exchange({ name: 'XfrBlock', bSlot: 0, abData: Uint8Array.of(10, 11, 12) }, 1000, { onWaiting: () => waits++ });
        await expect(waiting).rejects.toMatchObject({ reason: 'timeout' });
        expect(waits).toBe(1);
        expect(clock.nowMs()).toBe(5000);
      },
      { clock },
    );
  });

  it('ends a storm of time extensions', async () => {
    const storm = Array<Step>(1001).fill({ in: '80 00000000 00 00 80 01 00' });
    await play([{ out: XFR_3 }, ...storm], async (pipe) => {
      await expect(transfer(pipe)).rejects.toMatchObject({ reason: 'timeout', bStatus: 0x80 });
    });
  });

  it('finishes a message whose reader gave up before it reads its own', async () => {
    const clock = new AutoClock();
    const steps: Step[] = [{ out: XFR_3 }, { in: dataBlock(100, [0, 64]) }];
    const port = new ScriptPort([
      ...steps,
      { out: '65 00000000 00 01 000000' },
      { in: dataBlock(100, [64, 110]) },
      { in: '81 00000000 00 01 000000' },
    ]);
    const pipe = new CcidPipe({ port, clock });
    await expect(transfer(pipe)).rejects.toMatchObject({ reason: 'timeout' });
    expect(await status(pipe)).toMatchObject({ bMessageType: 0x81 });
    port.end();
  });

  it('clears both endpoints after a stall, and keeps the USB error', async () => {
    await play(
      [{ out: XFR_3 }, { fails: new UsbError('stall', 'stalled'), at: 'in' }, { clears: 'bulk-in' }, { clears: 'bulk-out' }],
      async (pipe) => {
        await expect(transfer(pipe)).rejects.toMatchObject({ layer: 'usb', reason: 'stall' });
      },
    );
  });

  it.each(['stall', 'babble', 'transfer-failed'] as const)(
    'reads once more after a read that ended by %s: the answer may still come',
    async (reason) => {
      const broken: Step = { fails: new UsbError(reason, reason), at: 'in' };
      const cleared: Step[] = reason === 'transfer-failed' ? [] : [{ clears: 'bulk-in' }, { clears: 'bulk-out' }];
      await play([{ out: XFR_3 }, broken, ...cleared, { in: dataBlock(2, [0, 12]) }], async (pipe) => {
        expect([...(await transfer(pipe)).abData]).toEqual([0, 1]);
      });
      // Once only, and not for long: the first failure is what is told.
      const clock = new AutoClock();
      await play([{ out: XFR_3 }, broken, ...cleared, { fails: new UsbError('babble', 'again'), at: 'in' }], async (pipe) => {
        await expect(transfer(pipe)).rejects.toMatchObject({ layer: 'usb', reason });
      });
      await play(
        [{ out: XFR_3 }, broken, ...cleared],
        async (pipe) => {
          await expect(pipe.exchange({ name: 'XfrBlock', bSlot: 0, abData: Uint8Array.of(10, 11, 12) }, 60_000)).rejects.toMatchObject({ reason });
        },
        { clock },
      );
      expect(clock.nowMs()).toBeLessThanOrEqual(1000);
    },
  );

  it('a time extension is a multiple of the waiting time of the card, not of the whole time-out', async () => {
    const extension: Step = { in: '80 00000000 00 00 80 05 00' };
    for (const [waitingMs, untilMs] of [
      [1500, 3000 + 4 * 1500],
      [undefined, 5 * 3000],
    ] as const) {
      const clock = new AutoClock();
      await play(
        [{ out: XFR_3 }, extension],
        async (pipe) => {
          const going = pipe.exchange({ name: 'XfrBlock', bSlot: 0, abData: Uint8Array.of(10, 11, 12) }, 3000, { waitingMs });
          await expect(going).rejects.toMatchObject({ reason: 'timeout', message: `PC_to_RDR_XfrBlock: no answer within ${untilMs} ms` });
        },
        { clock },
      );
      expect(clock.nowMs()).toBe(untilMs);
    }
  });

  it('bSeq begins elsewhere for each owner, so that an old answer is none to the new one', async () => {
    const clock = new AutoClock();
    await clock.sleep(0x1234);
    const old: Step = { in: '81 00000000 00 00 000000' };
    await play([{ out: '65 00000000 00 34 000000' }, old, { in: '81 00000000 00 34 000000' }], status, { clock });
  });

  it('hands out failures with their status, whatever message carries them', async () => {
    await play([{ out: XFR_3 }, { in: '81 00000000 00 00 41 fe 00' }], async (pipe) => {
      expect(await transfer(pipe)).toMatchObject({ bmCommandStatus: 1, bmICCStatus: 1, bError: 0xfe });
    });
    await play([{ out: XFR_3 }, { in: SLOT_STATUS_OK }], async (pipe) => {
      await expect(transfer(pipe)).rejects.toMatchObject({ reason: 'bad-message' });
    });
  });

  it('refuses a dwLength no answer can have, without reserving it', async () => {
    await play([{ out: XFR_3 }, { in: '80 ffffff7f 00 00 000000' }], async (pipe) => {
      await expect(transfer(pipe)).rejects.toMatchObject({ reason: 'too-long' });
    });
  });

  it('aborts with both halves and one bSeq', async () => {
    await play(
      [
        { out: GET_SLOT_STATUS },
        { in: SLOT_STATUS_OK },
        { control: `class interface 1 ${(1 << 8) | 3} 2` },
        { out: '72 00000000 03 01 000000' },
        { in: '81 00000000 03 01 000000' },
      ],
      async (pipe) => {
        await status(pipe);
        await pipe.abort(3, 1000);
      },
    );
  });

  it('sends no second half of an abort whose first one is refused', async () => {
    const stalls = new UsbError('stall', 'no such request');
    await play([], async (pipe, port) => {
      port.controlOut = () => Promise.reject(stalls);
      await expect(pipe.abort(3, 1000)).rejects.toBe(stalls);
    });
  });

  it('knows a command aborted before its turn from one aborted on its way', async () => {
    await play([], async (pipe) => {
      await expect(pipe.exchange({ name: 'GetSlotStatus', bSlot: 0 }, 1000, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        reason: 'aborted',
        reachedCard: false,
      });
    });
    const stop = new AbortController();
    await play([{ out: GET_SLOT_STATUS }], async (pipe) => {
      const going = pipe.exchange({ name: 'GetSlotStatus', bSlot: 0 }, 1000, { signal: stop.signal });
      setTimeout(() => stop.abort(), 2);
      await expect(going).rejects.toMatchObject({ reason: 'aborted', reachedCard: true });
    });
  });

  it('wipes the message it made', async () => {
    const port = new ScriptPort([{ out: XFR_3 }, { in: dataBlock(2, [0, 12]) }]);
    let sent = new Uint8Array(0);
    const bulkOut = port.bulkOut.bind(port);
    port.bulkOut = (data) => {
      sent = data;
      return bulkOut(data);
    };
    await transfer(new CcidPipe({ port, clock: new AutoClock() }));
    expect(sent.every((octet) => octet === 0)).toBe(true);
  });
});

describe('the script port', () => {
  it('fails on other bytes and on leftovers', async () => {
    await expect(play([{ out: SLOT_STATUS_OK }], status)).rejects.toThrow('script says');
    await expect(play([{ out: GET_SLOT_STATUS }, { in: SLOT_STATUS_OK }, { in: '' }], status)).rejects.toThrow('not played');
  });
});
