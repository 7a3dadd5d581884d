import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat } from '../../../../src/codec/index.ts';
import { createSimulatedReader, READER_ENDPOINTS } from '../../../../src/simulator/reader/index.ts';
import { RawHost } from './raw-host.ts';
import { ToyCard } from './toy-card.ts';

const level = fc.constantFrom('tpdu' as const, 'short-apdu' as const, 'extended-apdu' as const);
const knownTypes = [0x61, 0x62, 0x63, 0x65, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x71, 0x73];
const message = fc.record({
  type: fc.oneof(
    fc.constantFrom(...knownTypes),
    fc.integer({ min: 0, max: 255 }).filter((type) => type !== 0x72),
  ),
  slot: fc.constantFrom(0, 0, 0, 1, 9),
  rest: fc.uint8Array({ minLength: 3, maxLength: 3 }),
  data: fc.uint8Array({ maxLength: 300 }),
});

const settled = async (): Promise<void> => {
  for (let i = 0; i < 30; i++) await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
};

describe('a simulated reader under a host that sends anything', () => {
  it('answers each whole message once, with its slot and sequence number', async () => {
    await fc.assert(
      fc.asyncProperty(level, fc.array(message, { maxLength: 12 }), async (chosen, messages) => {
        const host = new RawHost(createSimulatedReader({ level: chosen, slots: 2, cards: [new ToyCard(), null] }));
        for (const [index, { type, slot, rest, data }] of messages.entries()) {
          const pending = host.in(65600);
          const sent: Bytes = concat(bytes([type, data.length & 0xff, data.length >> 8, 0, 0, slot, index, ...rest]), data);
          expect((await host.out(sent)).status).toBe('completed');
          const { data: answer } = await pending;
          expect(answer.length).toBeGreaterThanOrEqual(10);
          expect([answer[5], answer[6]]).toEqual([slot, index]);
          expect(new DataView(answer.buffer).getUint32(1, true)).toBe(answer.length - 10);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('survives noise, and works again after a reset', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 8 }), async (noise) => {
        const host = new RawHost(createSimulatedReader({ cards: [new ToyCard()] }));
        for (const part of noise) await host.out(bytes(part));
        await settled();
        host.reader.device.reset();
        expect(host.reader.device.waitingPackets(READER_ENDPOINTS.bulkIn)).toBe(0);
        expect(await host.command(0x65)).toBe('81000000000000010000');
      }),
      { numRuns: 100 },
    );
  });
});
