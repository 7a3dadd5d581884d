import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CcidError, CcidPipe, CcidSlot, describeInterface, findCcidInterfaces, parseNotification } from '../../src/ccid/index.ts';
import { carrierFor } from '../../src/channel/carrier.ts';
import { ChannelError } from '../../src/channel/index.ts';
import { type Bytes, type Clock, EMPTY, fromHex, LayerError } from '../../src/codec/index.ts';
import { Iso7816Error } from '../../src/iso7816/index.ts';
import { parseConfiguration, type UsbCloseReason, UsbError, type UsbPort } from '../../src/usb/index.ts';

/** A clock whose time passes at every look and every sleep, so that what only waits ends at once. */
function hurriedClock(): Clock {
  let nowMs = 0;
  return {
    nowMs: () => (nowMs += 1),
    sleep: async (ms, signal) => {
      // Long enough for every frame of a list to come first.
      for (let turn = 0; turn < 60; turn++) {
        if (signal?.aborted === true) throw signal.reason;
        await new Promise((resolve) => setImmediate(resolve));
      }
      nowMs += ms;
    },
  };
}

/** A reader that answers every command from a list of byte strings, whatever was asked; silence when they run out. */
class HostilePort implements UsbPort {
  readonly packetBytes = 64;
  readonly hasInterruptIn = false;
  readonly interfaceNumber = 0;
  readonly configurationDescriptor: Bytes = EMPTY;
  readonly closed: Promise<UsbCloseReason> = new Promise(() => undefined);
  readonly #answers: readonly Uint8Array[];
  commands = 0;
  reads = 0;
  #bSeq = 0;

  constructor(answers: readonly Uint8Array[]) {
    this.#answers = answers;
  }

  async bulkOut(data: Bytes): Promise<void> {
    this.commands++;
    this.#bSeq = data[6] ?? 0;
  }

  bulkIn(_maxBytes: number, options: { signal?: AbortSignal } = {}): Promise<Bytes> {
    return new Promise((resolve, reject) => {
      options.signal?.addEventListener('abort', () => reject(new UsbError('aborted', '')), { once: true });
      const answer = this.#answers[this.reads++];
      // The answer must not come before the command; silence once the list ends.
      if (answer !== undefined)
        setImmediate(() => {
          const out = Uint8Array.from(answer);
          // Half of all frames fit the command, so that deeper code is reached.
          if (out.length > 6 && (out[9] ?? 0) < 0x80) out[6] = this.#bSeq;
          resolve(out);
        });
    });
  }

  interruptIn(): Promise<Bytes> {
    return Promise.reject(new UsbError('no-endpoint', ''));
  }
  controlIn(): Promise<Bytes> {
    return Promise.resolve(Uint8Array.from(this.#answers[0] ?? []));
  }
  controlOut(): Promise<void> {
    return Promise.resolve();
  }
  clearHalt(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

const CCID = fromHex(
  '36 21 1001 00 07 03000000 c0120000 c0120000 00 67320000 ce990c00 00 fe000000 00000000 00000000 ba040400 0f010000 00 00 0000 00 01',
);
const withFeatures = (dwFeatures: number): Bytes => {
  const out = CCID.slice();
  new DataView(out.buffer).setUint32(40, dwFeatures, true);
  return out;
};

/** Frames that look like answers: right types and plausible lengths are common. */
const frame: fc.Arbitrary<Uint8Array> = fc
  .record({
    bMessageType: fc.constantFrom(0x80, 0x80, 0x80, 0x81, 0x82, 0x00, 0xff),
    length: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(0xffffffff, 0x10000, 54, 55)),
    bSlot: fc.constantFrom(0, 0, 0, 0, 1),
    bStatus: fc.constantFrom(0, 0, 0, 1, 0x40, 0x41, 0x42, 0x80, 0xc0),
    bError: fc.constantFrom(0, 1, 0xfe, 0xfd, 0xf2, 0xe0, 0x7f, 0xbb),
    bChain: fc.constantFrom(0, 0, 1, 2, 3, 0x10, 0x55),
    data: fc.uint8Array({ maxLength: 54 }),
  })
  .map(({ bMessageType, length, bSlot, bStatus, bError, bChain, data }) => {
    const dwLength = length <= 20 ? data.length : length;
    const out = new Uint8Array(10 + data.length);
    out.set([bMessageType, 0, 0, 0, 0, bSlot, 0, bStatus, bError, bChain]);
    new DataView(out.buffer).setUint32(1, dwLength, true);
    out.set(data, 10);
    return out;
  });
/** Mostly the card is powered first: T=0, T=1, or an ATR that ends too early. */
const powered = fc.constantFrom('', '3b 00', '3b 80 81 01 00', '3b 80 80 01 01', '3b ff').map((atr): Uint8Array[] => {
  const data = fromHex(atr);
  return data.length === 0 ? [] : [Uint8Array.from([0x80, data.length, 0, 0, 0, 0, 0, 0, 0, 0, ...data])];
});
const later = fc.array(fc.oneof({ weight: 6, arbitrary: frame }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) }), { maxLength: 40 });
const answers = fc.tuple(powered, later).map(([first, rest]) => [...first, ...rest]);

function assertTyped(error: unknown): void {
  expect(error).toBeInstanceOf(LayerError);
  expect(error instanceof CcidError || error instanceof UsbError || error instanceof ChannelError || error instanceof Iso7816Error).toBe(true);
}

describe('hostile readers', () => {
  for (const [name, dwFeatures] of [
    ['extended APDU', 0x000404ba],
    ['short APDU', 0x000204b2],
    ['TPDU', 0x00010030],
  ] as const)
    it(`at ${name} level: power-on and a command end, typed, within bounded exchanges`, async () => {
      const reached = { power: 0, answer: 0 };
      await fc.assert(
        fc.asyncProperty(answers, fc.uint8Array({ minLength: 4, maxLength: 300 }), async (list, apdu) => {
          const port = new HostilePort(list);
          const clock = hurriedClock();
          const [found] = findCcidInterfaces([
            {
              bInterfaceNumber: 0,
              bAlternateSetting: 0,
              bInterfaceClass: 0x0b,
              bInterfaceSubClass: 0,
              bInterfaceProtocol: 0,
              extra: [withFeatures(dwFeatures)],
              endpoints: [],
            },
          ]);
          if (found === undefined) throw new Error('no interface');
          const slot = new CcidSlot({ pipe: new CcidPipe({ port, clock }), bSlot: 0, ccid: found.ccid, clock });
          try {
            const atr = await slot.iccPowerOn();
            reached.power++;
            const carrier = await carrierFor(slot, atr, () => slot.iccPowerOn());
            await carrier.exchange(Uint8Array.from(apdu), {});
            reached.answer++;
          } catch (error) {
            assertTyped(error);
          }
          // Every command waits for at least one frame or one time-out; silence makes the rest fail at once.
          expect(port.commands).toBeLessThanOrEqual(list.length + 40);
          expect(port.reads).toBeLessThanOrEqual(list.length + 80);
        }),
        { numRuns: 500 },
      );
      // The control: enough of it gets past the first message to mean something.
      expect(reached.power).toBeGreaterThan(150);
      if (name !== 'TPDU') expect(reached.answer).toBeGreaterThan(3);
    });
});

describe('hostile descriptors', () => {
  const REAL = fromHex(
    `09 02 5d 00 01 01 00 80 32  09 04 00 00 03 0b 00 00 00  ${[...CCID].map((octet) => octet.toString(16).padStart(2, '0')).join(' ')}  07 05 01 02 40 00 00  07 05 82 02 40 00 00  07 05 83 03 08 00 10`,
  );

  it('random bytes and mutations of a real one: facts or a typed error', () => {
    const mutated = fc.array(fc.tuple(fc.nat(REAL.length - 1), fc.nat(255)), { maxLength: 8 }).map((changes) => {
      const out = REAL.slice();
      for (const [at, value] of changes) out[at] = value;
      return out;
    });
    fc.assert(
      fc.property(
        fc.oneof(
          mutated,
          fc.uint8Array({ maxLength: 200 }).map((each) => Uint8Array.from(each)),
          mutated.chain((each) => fc.nat(each.length).map((length) => each.slice(0, length))),
        ),
        (source) => {
          try {
            for (const each of findCcidInterfaces(parseConfiguration(source).interfaces)) expect(describeInterface(each).length).toBeGreaterThan(20);
          } catch (error) {
            assertTyped(error);
          }
        },
      ),
      { numRuns: 3000 },
    );
    // The control: unmutated, it is a reader.
    expect(findCcidInterfaces(parseConfiguration(REAL).interfaces)).toHaveLength(1);
  });

  it('random notifications', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), fc.integer({ min: 1, max: 256 }), (source, slots) => {
        const notification = parseNotification(source, slots);
        if (notification?.kind === 'slot-change') expect(notification.slots.length).toBeLessThanOrEqual(slots);
      }),
    );
  });
});
