import { describe, expect, it } from 'vitest';
import { type CcidDescriptor, CcidPipe, CcidSlot, type QuirkEffects } from '../../../src/ccid/index.ts';
import { AutoClock } from '../channel/auto-clock.ts';
import { ScriptPort, type Step } from './script-port.ts';

const EXTENDED = 0x000404ba;
const base: CcidDescriptor = {
  bcdCCID: 0x0110,
  bMaxSlotIndex: 0,
  bVoltageSupport: 7,
  dwProtocols: 3,
  dwDefaultClock: 4000,
  dwMaximumClock: 4000,
  bNumClockSupported: 0,
  dwDataRate: 10_752,
  dwMaxDataRate: 250_000,
  bNumDataRatesSupported: 0,
  dwMaxIFSD: 254,
  dwSynchProtocols: 0,
  dwMechanical: 0,
  dwFeatures: EXTENDED,
  dwMaxCCIDMessageLength: 14,
  bClassGetResponse: 0xff,
  bClassEnvelope: 0xff,
  wLcdLayout: 0,
  bPINSupport: 0,
  bMaxCCIDBusySlots: 1,
};

async function play(
  steps: readonly Step[],
  run: (slot: CcidSlot, clock: AutoClock) => Promise<unknown>,
  fields: Partial<CcidDescriptor> = {},
  effects: QuirkEffects = {},
): Promise<void> {
  const port = new ScriptPort(steps);
  const clock = new AutoClock();
  await run(new CcidSlot({ pipe: new CcidPipe({ port, clock }), bSlot: 0, ccid: { ...base, ...fields }, effects, clock }), clock);
  port.end();
}

describe('XfrBlock at extended APDU level (CCID 1.1, 6.1.4: wLevelParameter, bChainParameter)', () => {
  const wide = { dwMaxCCIDMessageLength: 15 };

  it('begins with 0001, goes on with 0003, ends with 0002, and waits for 10 between', () =>
    play(
      [
        { out: '6f 05000000 00 00 00 0100  01 02 03 04 05' },
        { in: '80 00000000 00 00 00 00 10' },
        { out: '6f 05000000 00 01 00 0300  06 07 08 09 0a' },
        { in: '80 00000000 00 01 00 00 10' },
        { out: '6f 01000000 00 02 00 0200  0b' },
        { in: '80 02000000 00 02 00 00 00  90 00' },
      ],
      async (slot) => expect(await slot.xfrBlock(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))).toEqual(Uint8Array.of(0x90, 0)),
      wide,
    ));

  it('asks for each further part of an answer with 0010 and no data', () =>
    play(
      [
        { out: '6f 04000000 00 00 00 0000  00 b0 00 00' },
        { in: '80 02000000 00 00 00 00 01  aa bb' },
        { out: '6f 00000000 00 01 00 1000' },
        { in: '80 01000000 00 01 00 00 03  cc' },
        { out: '6f 00000000 00 02 00 1000' },
        { in: '80 02000000 00 02 00 00 02  90 00' },
      ],
      async (slot) => expect(await slot.xfrBlock(Uint8Array.of(0, 0xb0, 0, 0))).toEqual(Uint8Array.of(0xaa, 0xbb, 0xcc, 0x90, 0)),
      wide,
    ));

  it('asks a reader at short APDU level for further parts too (Cherry KC 1000 SC, OMNIKEY 3x21)', () =>
    play(
      [
        { out: '6f 01000000 00 00 000000  01' },
        { in: '80 02000000 00 00 00 00 01  aa bb' },
        { out: '6f 00000000 00 01 001000' },
        { in: '80 02000000 00 01 00 00 02  90 00' },
      ],
      async (slot) => expect(await slot.xfrBlock(Uint8Array.of(1))).toEqual(Uint8Array.of(0xaa, 0xbb, 0x90, 0)),
      { dwFeatures: 0x000204ba },
    ));

  it('refuses to be asked for more of a command that was sent whole', () =>
    play([{ out: '6f 01000000 00 00 000000  01' }, { in: '80 00000000 00 00 00 00 10' }], (slot) =>
      expect(slot.xfrBlock(Uint8Array.of(1))).rejects.toMatchObject({ reason: 'bad-message', reachedCard: true }),
    ));

  it('refuses an answer before the whole command is there', () =>
    play(
      [{ out: '6f 05000000 00 00 00 0100  01 02 03 04 05' }, { in: '80 02000000 00 00 00 00 00  90 00' }],
      (slot) => expect(slot.xfrBlock(Uint8Array.of(1, 2, 3, 4, 5, 6))).rejects.toMatchObject({ reason: 'bad-message', reachedCard: true }),
      wide,
    ));

  it('refuses an answer whose parts are empty', () =>
    play(
      [
        { out: '6f 01000000 00 00 00 0000  01' },
        { in: '80 00000000 00 00 00 00 01' },
        { out: '6f 00000000 00 01 00 1000' },
        { in: '80 00000000 00 01 00 00 03' },
      ],
      (slot) => expect(slot.xfrBlock(Uint8Array.of(1))).rejects.toMatchObject({ reason: 'bad-message' }),
      wide,
    ));

  it('knows a refused first part from a refused later one', async () => {
    await play(
      [{ out: '6f 01000000 00 00 00 0000  01' }, { in: '80 00000000 00 00 40 01 00' }],
      (slot) =>
        expect(slot.xfrBlock(Uint8Array.of(1))).rejects.toMatchObject({ reason: 'command-failed', bStatus: 0x40, bError: 1, reachedCard: false }),
      wide,
    );
    await play(
      [
        { out: '6f 05000000 00 00 00 0100  01 02 03 04 05' },
        { in: '80 00000000 00 00 00 00 10' },
        { out: '6f 01000000 00 01 00 0200  06' },
        { in: '80 00000000 00 01 40 01 00' },
      ],
      (slot) => expect(slot.xfrBlock(Uint8Array.of(1, 2, 3, 4, 5, 6))).rejects.toMatchObject({ bError: 1, reachedCard: true }),
      wide,
    );
  });

  it('does not follow bChainParameter at TPDU level, where it is reserved', () =>
    play(
      [{ out: '6f 01000000 00 00 00 0000  01' }, { in: '80 01000000 00 00 00 00 01  02' }],
      async (slot) => expect(await slot.xfrBlock(Uint8Array.of(1))).toEqual(Uint8Array.of(2)),
      {
        ...wide,
        dwFeatures: 0x00010030,
      },
    ));
});

describe('power (CCID 1.1, 6.1.1)', () => {
  const ON = (seq: string, volt: string): Step => ({ out: `62 00000000 00 ${seq} ${volt} 0000` });
  const OFF = (seq: string): Step[] => [{ out: `63 00000000 00 ${seq} 000000` }, { in: `81 00000000 00 ${seq} 010000` }];
  const ATR = (seq: string): Step => ({ in: `80 02000000 00 ${seq} 000000  3b 00` });
  const MUTE = (seq: string): Step => ({ in: `80 00000000 00 ${seq} 41fe00` });

  it('leaves the voltage to a reader that chooses it', () =>
    play([ON('00', '00'), ATR('00')], async (slot) => expect(await slot.iccPowerOn()).toEqual(Uint8Array.of(0x3b, 0))));

  it('tries 5 V, 1.8 V, 3 V, with power-off between, twice', () =>
    play(
      [
        ON('00', '01'),
        MUTE('00'),
        ...OFF('01'),
        ON('02', '03'),
        MUTE('02'),
        ...OFF('03'),
        ON('04', '02'),
        MUTE('04'),
        ...OFF('05'),
        ON('06', '01'),
        ATR('06'),
      ],
      (slot) => slot.iccPowerOn(),
      { dwFeatures: 0x000404b2 },
    ));

  it('skips voltages that the reader lacks', () =>
    play([ON('00', '02'), ATR('00')], (slot) => slot.iccPowerOn(), { dwFeatures: 0x000404b2, bVoltageSupport: 2 }));

  it('leaves the voltage to a reader that powers cards by itself', () =>
    play([ON('00', '00'), ATR('00')], (slot) => slot.iccPowerOn(), { dwFeatures: 0x000404b6 }));

  it('leaves the voltage to a reader that names none', () =>
    play([ON('00', '00'), ATR('00')], (slot) => slot.iccPowerOn(), { dwFeatures: 0x000404b2, bVoltageSupport: 0 }));

  it('tells mute, absent and failed apart', async () => {
    await play([ON('00', '00'), MUTE('00'), ...OFF('01'), ON('02', '00'), MUTE('02')], (slot) =>
      expect(slot.iccPowerOn()).rejects.toMatchObject({ reason: 'mute', bError: 0xfe }),
    );
    await play([ON('00', '00'), { in: '80 00000000 00 00 42fe00' }], (slot) =>
      expect(slot.iccPowerOn()).rejects.toMatchObject({ reason: 'no-card' }),
    );
    await play([ON('00', '00'), { in: '80 00000000 00 00 41f800' }, ...OFF('01'), ON('02', '00'), { in: '80 00000000 00 02 41f800' }], (slot) =>
      expect(slot.iccPowerOn()).rejects.toMatchObject({ reason: 'power-failed', bError: 0xf8, message: 'PC_to_RDR_IccPowerOn: bError F8' }),
    );
  });

  it('waits while automatic sequences run', () =>
    play(
      [ON('00', '00'), { in: '80 00000000 00 00 41f200' }, ON('01', '00'), { in: '80 00000000 00 01 41f200' }, ON('02', '00'), ATR('02')],
      async (slot, clock) => {
        await slot.iccPowerOn();
        // A tenth of a second each time.
        expect(clock.nowMs()).toBe(200);
      },
    ));

  it('waits two seconds for them at most', () => {
    const busy = (seq: number): readonly Step[] => {
      const bSeq = seq.toString(16).padStart(2, '0');
      return [ON(bSeq, '00'), { in: `80 00000000 00 ${bSeq} 41f200` }];
    };
    return play(Array.from({ length: 21 }, (_, seq) => busy(seq)).flat(), async (slot, clock) => {
      await expect(slot.iccPowerOn()).rejects.toMatchObject({ reason: 'busy' });
      expect(clock.nowMs()).toBe(2000);
    });
  });

  it('takes the power first where a quirk says so', () =>
    play([...OFF('00'), ON('01', '00'), ATR('01')], (slot) => slot.iccPowerOn(), {}, { powerOffFirst: true }));

  it('bError counts where the command failed, and nowhere else: what was done is not done again', () =>
    play([ON('00', '00'), ATR('00'), { out: '6f 01000000 00 01 000000  01' }, { in: '80 02000000 00 01 00f200  90 00' }], async (slot) => {
      await slot.iccPowerOn();
      expect(await slot.xfrBlock(Uint8Array.of(1))).toEqual(Uint8Array.of(0x90, 0));
    }));

  it('never repeats a block that a busy reader refused, but for the first after power-on', async () => {
    const BLOCK = (seq: string): Step => ({ out: `6f 01000000 00 ${seq} 000000  01` });
    const answer = (seq: string, status: string): Step => ({ in: `80 00000000 00 ${seq} ${status} 00` });
    await play(
      [ON('00', '00'), ATR('00'), BLOCK('01'), answer('01', '40f2'), BLOCK('02'), answer('02', '0000'), BLOCK('03'), answer('03', '40f2')],
      async (slot) => {
        await slot.iccPowerOn();
        await slot.xfrBlock(Uint8Array.of(1));
        await expect(slot.xfrBlock(Uint8Array.of(1))).rejects.toMatchObject({ reason: 'busy', reachedCard: false });
      },
    );
    await play([ON('00', '00'), ATR('00'), BLOCK('01'), answer('01', '40e0')], async (slot) => {
      await slot.iccPowerOn();
      await expect(slot.xfrBlock(Uint8Array.of(1))).rejects.toMatchObject({ reason: 'busy', reachedCard: false });
    });
  });
});

describe('dwMaxCCIDMessageLength', () => {
  it.each([
    [0, 261],
    [14, 261],
    [15, 5],
    [64, 54],
    [271, 261],
    [65_554, 65_544],
    [0xffff_ffff, 65_544],
  ])('%i: %i bytes in one message; what has no room for a short command is not meant', (dwMaxCCIDMessageLength, blockBytes) =>
    play([], async (slot) => expect(slot.blockBytes).toBe(blockBytes), { dwMaxCCIDMessageLength }),
  );
});

describe('GetSlotStatus', () => {
  const STATUS = '65 00000000 00 00 000000';
  for (const [answer, expected] of [
    ['00 00', 'active'],
    ['01 00', 'inactive'],
    ['02 00', 'absent'],
    ['42 fe', 'absent'],
    ['41 fe', 'absent'],
    ['03 00', 'absent'],
  ] as const)
    it(`reads ${answer} as ${expected}`, () =>
      play([{ out: STATUS }, { in: `81 00000000 00 00 ${answer} 00` }], async (slot) => expect(await slot.getSlotStatus()).toBe(expected)));

  it('fails on other errors', () =>
    play([{ out: STATUS }, { in: '81 00000000 00 00 40 05 00' }], (slot) =>
      expect(slot.getSlotStatus()).rejects.toMatchObject({
        reason: 'command-failed',
        bError: 5,
        message: 'PC_to_RDR_GetSlotStatus: bError 05',
      }),
    ));
});
