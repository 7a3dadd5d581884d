import { describe, expect, it } from 'vitest';
import { SlotWatch } from '../../../src/ccid/slot-watch.ts';
import type { IccStatus } from '../../../src/ccid/index.ts';
import { type Bytes, EMPTY } from '../../../src/codec/index.ts';
import { type TransferOptions, type UsbCloseReason, UsbError, type UsbPort } from '../../../src/usb/index.ts';
import { AutoClock } from '../channel/auto-clock.ts';

/** What the interrupt endpoint gives next; 'halt' stalls every read until the halt is cleared. */
type Given = Bytes | UsbError | 'halt';

/** A port whose interrupt endpoint has what is old, plays a list once the slots were asked, and then waits. */
class InterruptPort implements UsbPort {
  readonly packetBytes = 64;
  readonly interfaceNumber = 0;
  readonly configurationDescriptor: Bytes = EMPTY;
  readonly closed: Promise<UsbCloseReason> = new Promise(() => undefined);
  readonly hasInterruptIn: boolean;
  readonly cleared: string[] = [];
  reads = 0;
  readonly #given: Given[];
  readonly #later: readonly Given[];

  constructor(given: readonly Given[], hasInterruptIn = true, old: readonly Given[] = []) {
    this.#given = [...old];
    this.#later = given;
    this.hasInterruptIn = hasInterruptIn;
  }

  /** The slots are asked for the first time. */
  begin(): void {
    this.reads = 0;
    this.#given.push(...this.#later);
  }

  interruptIn({ signal }: TransferOptions = {}): Promise<Bytes> {
    this.reads++;
    const next = this.#given[0];
    if (next === 'halt') return Promise.reject(new UsbError('stall', 'halted'));
    this.#given.shift();
    if (next instanceof UsbError) return Promise.reject(next);
    if (next !== undefined) return Promise.resolve(next);
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new UsbError('aborted', 'aborted')), { once: true }));
  }

  clearHalt(endpoint: string): Promise<void> {
    this.cleared.push(endpoint);
    if (this.#given[0] === 'halt') this.#given.shift();
    return Promise.resolve();
  }

  bulkOut(): Promise<void> {
    return Promise.reject(new Error('the watch sends nothing by itself'));
  }
  bulkIn(): Promise<Bytes> {
    return Promise.reject(new Error('the watch reads no answers by itself'));
  }
  controlIn(): Promise<Bytes> {
    return Promise.reject(new Error('no control request'));
  }
  controlOut(): Promise<void> {
    return Promise.reject(new Error('no control request'));
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

interface Watched {
  readonly port: InterruptPort;
  /** What was told, `slot:status` with `!` behind a change. */
  readonly told: string[];
  /** Time and slot of each question. */
  readonly asked: [number, number][];
}

const POLL_MS = 500;

interface Habits {
  readonly slotCount?: number;
  readonly ms?: number;
  readonly answer?: () => IccStatus | undefined | Error;
  /** undefined = the watch's own. */
  readonly pollMs?: number | undefined;
}

/** Watches for a time, then stops. */
async function watch(port: InterruptPort, habits: Habits = {}): Promise<Watched> {
  const { slotCount = 1, ms = 1700, answer = (): IccStatus => 'absent' } = habits;
  const pollMs = 'pollMs' in habits ? habits.pollMs : POLL_MS;
  const clock = new AutoClock();
  const told: string[] = [];
  const asked: [number, number][] = [];
  let fromMs = 0;
  const watching = new SlotWatch({
    port,
    slotCount,
    clock,
    ...(pollMs === undefined ? {} : { pollMs }),
    ask: (bSlot) => {
      if (asked.length === 0) {
        fromMs = clock.nowMs();
        port.begin();
      }
      asked.push([clock.nowMs() - fromMs, bSlot]);
      const said = answer();
      return said instanceof Error ? Promise.reject(said) : Promise.resolve(said);
    },
    onStatus: (bSlot, status, changed) => told.push(`${bSlot}:${status}${changed ? '!' : ''}`),
  });
  watching.start();
  await clock.sleep(ms);
  watching.stop();
  const then = asked.length + port.reads;
  await clock.sleep(10 * POLL_MS);
  expect(asked.length + port.reads, 'goes on after it was stopped').toBe(then);
  return { port, told, asked };
}

const times = ({ asked }: Watched): number[] => [...new Set(asked.map(([ms]) => ms))];
/** RDR_to_PC_NotifySlotChange: two bits a slot, present and changed, lowest first (CCID 1.1, 6.3.1). */
const notify = (...bits: number[]): Bytes => Uint8Array.of(0x50, ...bits);

describe('by the interrupt endpoint', () => {
  it('asks every slot once, then tells what is notified, and does not poll', async () => {
    const seen = await watch(new InterruptPort([notify(0b1101), notify(0b0010)]), { slotCount: 2 });
    expect(times(seen)).toEqual([0]);
    // Slot 0 is there and did not change; slot 1 came; slot 0 went.
    expect(seen.told).toEqual(['0:absent', '1:absent', '1:present!', '0:absent!']);
  });

  it('what waited in the endpoint is dropped for a tenth of a second: the card that went may be back', async () => {
    const old = [notify(0b10), EMPTY, notify(0b11), new UsbError('stall', 'halted')];
    for (const some of [old, old.slice(0, 3)]) {
      const seen = await watch(new InterruptPort([notify(0b10)], true, some), { answer: () => 'active' });
      expect(seen.told).toEqual(['0:active', '0:absent!']);
      expect(times(seen)).toEqual([0]);
    }
    // Also from an endpoint that always has one.
    const endless = Array.from({ length: 500 }, () => notify(0b10));
    expect((await watch(new InterruptPort([], true, endless), { answer: () => 'active' })).told).toEqual(['0:active']);
  });

  it('reads the slots beyond the fourth in the next byte', async () => {
    const seen = await watch(new InterruptPort([notify(0b01010101, 0b11), notify(0, 0b10)]), { slotCount: 5 });
    expect(seen.asked.map(([, bSlot]) => bSlot)).toEqual([0, 1, 2, 3, 4]);
    expect(seen.told.slice(5)).toEqual(['4:present!', '4:absent!']);
  });

  it('a stall is cleared, the slot is asked for what was lost, and what comes then is heard', async () => {
    const seen = await watch(new InterruptPort(['halt', notify(0b11)]));
    expect(seen.port.cleared).toEqual(['interrupt-in']);
    expect(seen.told).toEqual(['0:absent', '0:absent', '0:present!']);
    expect(times(seen)).toEqual([0]);
  });

  it('two failures, and again two behind a good notification, are borne', async () => {
    const noise = (): UsbError => new UsbError('transfer-failed', 'noise');
    const seen = await watch(new InterruptPort([noise(), noise(), notify(0b11), noise(), noise(), notify(0b10)]));
    // Asked at first and after each failure.
    expect(seen.told).toEqual(['0:absent', '0:absent', '0:absent', '0:present!', '0:absent', '0:absent', '0:absent!']);
    expect(times(seen)).toEqual([0]);
    // Only a stall halts the endpoint.
    expect(seen.port.cleared).toEqual([]);
  });

  it('empty and foreign notifications are borne, and HardwareError tells nothing of cards', async () => {
    const seen = await watch(new InterruptPort([EMPTY, Uint8Array.of(0x99, 1), Uint8Array.of(0x51, 0, 0, 1), notify(0b11)]));
    expect(seen.told).toEqual(['0:absent', '0:present!']);
    expect(times(seen)).toEqual([0]);
  });
});

describe('by asking', () => {
  it('every slot of a reader without the endpoint, each period', async () => {
    const seen = await watch(new InterruptPort([], false), { slotCount: 5, answer: () => 'inactive' });
    expect(times(seen)).toEqual([0, 500, 1000, 1500]);
    expect(seen.asked.map(([, bSlot]) => bSlot)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
    expect(seen.port.reads).toBe(0);
    expect(seen.told).toContain('4:inactive');
  });

  it('twice a second where nobody says how often', async () => {
    expect(times(await watch(new InterruptPort([], false), { pollMs: undefined }))).toEqual([0, 500, 1000, 1500]);
  });

  it('takes over after three failures in a row', async () => {
    const seen = await watch(new InterruptPort(Array.from({ length: 3 }, () => new UsbError('transfer-failed', 'noise'))));
    expect(seen.port.reads).toBe(3);
    expect(times(seen)).toEqual([0, 500, 1000, 1500]);
  });

  it('takes over from an endpoint that halts whenever it was cleared', async () => {
    const seen = await watch(new InterruptPort(['halt', 'halt', 'halt', 'halt']));
    expect(seen.port.cleared).toEqual(['interrupt-in', 'interrupt-in', 'interrupt-in']);
    expect(times(seen)).toEqual([0, 500, 1000, 1500]);
  });

  it('takes over from an endless run of empty notifications', async () => {
    const seen = await watch(new InterruptPort(Array.from({ length: 500 }, () => EMPTY)));
    expect(seen.port.reads).toBeLessThan(50);
    expect(times(seen)).toEqual([0, 500, 1000, 1500]);
  });

  it('a slot that can not be asked now, or fails, is asked again, and nothing is told of it', async () => {
    for (const answer of [() => undefined, () => new UsbError('transfer-failed', 'noise')]) {
      const seen = await watch(new InterruptPort([], false), { slotCount: 2, answer });
      expect(times(seen)).toEqual([0, 500, 1000, 1500]);
      expect(seen.told).toEqual([]);
    }
  });
});

describe('the end', () => {
  it.each(['unplugged', 'closed'] as const)('a port that is %s is asked no more', async (reason) => {
    const polled = await watch(new InterruptPort([], false), { slotCount: 2, answer: () => new UsbError(reason, 'gone') });
    expect(polled.asked).toEqual([[0, 0]]);
    const heard = await watch(new InterruptPort([new UsbError(reason, 'gone')]));
    expect(heard.port.reads).toBe(1);
    expect(times(heard)).toEqual([0]);
  });

  it('started twice it watches once, and it can be started again', async () => {
    const clock = new AutoClock();
    let asked = 0;
    const watching = new SlotWatch({
      port: new InterruptPort([], false),
      slotCount: 1,
      clock,
      ask: () => Promise.resolve((asked++, 'absent' as const)),
      onStatus: () => undefined,
    });
    watching.start();
    watching.start();
    await clock.sleep(600);
    expect(asked).toBe(2);
    watching.stop();
    watching.start();
    await clock.sleep(600);
    expect(asked).toBe(4);
    watching.stop();
  });
});
