import { describe, expect, it } from 'vitest';
import type { PinPadResult } from '../../src/channel/index.ts';
import { type SimulatedCard, type SimulatedReaderOptions } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { type Bench, bench, firstSlot } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';

const VERIFY = Uint8Array.of(0, 0x20, 0, 0x80, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
const LIMITS = { minLength: 6, maxLength: 8 };
const ESCAPE = 0x6b;

/** PIN entries one after the other, in one transaction. */
async function entries(count: number, options: SimulatedReaderOptions, card: SimulatedCard): Promise<Bench & { readonly results: PinPadResult[] }> {
  const clock = new AutoClock();
  const made = await bench({ clock, ccid: { bPINSupport: 3 }, cards: [card], pinPad: async () => ({ pin: '123456' }), ...options }, { clock });
  const { open, slot } = await firstSlot(made.reader);
  const results: PinPadResult[] = [];
  await (
    await slot.connect()
  ).transaction(async () => {
    for (let i = 0; i < count; i++) if (slot.pinPad !== undefined) results.push(await slot.pinPad.verify(VERIFY, LIMITS));
  });
  await open.close();
  return { ...made, results };
}

/** What readers without an error for it answer in the card's place. */
class Says extends EchoCard {
  readonly #answer: Uint8Array<ArrayBuffer>;

  constructor(...answer: readonly number[]) {
    super(true);
    this.#answer = Uint8Array.from(answer);
  }

  override async transmit(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#answer;
  }
}

describe('status words that a reader answers in the card’s place (PC/SC part 10, 2.5.2)', () => {
  it.each([
    ['6400', [0x64, 0x00], { kind: 'timeout' }],
    ['6401', [0x64, 0x01], { kind: 'cancelled' }],
    ['6402', [0x64, 0x02], { kind: 'mismatch' }],
    ['6403: the length is wrong, which the caller is told as it is', [0x64, 0x03], { kind: 'answer', response: Uint8Array.of(0x64, 0x03) }],
    ['the same behind data are none', [0x01, 0x64, 0x01], { kind: 'answer', response: Uint8Array.of(0x01, 0x64, 0x01) }],
  ] as const)('%s', async (_name, answer, expected) => {
    expect((await entries(1, {}, new Says(...answer))).results).toEqual([expected]);
  });
});

describe('what a PIN pad wants before its first use', () => {
  it('is sent once for each claim, not before each entry (GemPC Pinpad)', async () => {
    const { simulated, reader, results } = await entries(
      3,
      { vendorId: 0x08e6, productId: 0x3478, escape: () => new Uint8Array(0) },
      new EchoCard(true),
    );
    expect(results).toHaveLength(3);
    const escapes = (): number => simulated.journal.commands.filter((each) => each.bMessageType === ESCAPE).length;
    expect(escapes()).toBe(2);
    // Who has taken the reader meanwhile may have set it otherwise.
    const { open, slot } = await firstSlot(reader);
    await (await slot.connect()).transaction(async () => slot.pinPad?.verify(VERIFY, LIMITS));
    expect(escapes()).toBe(4);
    await open.close();
  });
});
