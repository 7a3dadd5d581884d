import { describe, expect, it } from 'vitest';
import type { SimulatedCard, SimulatedReaderOptions } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { type Bench, bench, firstSlot } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const ECHOED = Uint8Array.of(1, 2, 3, 0x90, 0);
/** Short APDU level without automatic voltage selection. */
const BY_HAND = 0x000204b2;

class CardOfClass extends EchoCard {
  readonly voltages: NonNullable<SimulatedCard['voltages']>;

  constructor(...voltages: CardOfClass['voltages']) {
    super(true);
    this.voltages = voltages;
  }
}

const benchOf = (card: CardOfClass, ccid: SimulatedReaderOptions['ccid'], clock = new AutoClock()): Promise<Bench> =>
  bench({ level: 'short-apdu', ccid: { dwFeatures: BY_HAND, bVoltageSupport: 7, ...ccid }, clock, cards: [card] }, { clock });

/** Power commands: 'on' with bPowerSelect, or 'off'. */
const power = ({ simulated }: Bench): readonly string[] =>
  simulated.journal.commands
    .filter(({ bMessageType }) => bMessageType === 0x62 || bMessageType === 0x63)
    .map(({ bMessageType, byte7 }) => (bMessageType === 0x63 ? 'off' : `on ${byte7}`));

describe('cards of one voltage class (ISO/IEC 7816-3, 5.1; CCID 1.1, 6.1.1)', () => {
  it.each([
    ['5 V', new CardOfClass(5), 7, ['on 1']],
    ['1.8 V', new CardOfClass(1.8), 7, ['on 1', 'off', 'on 3']],
    ['3 V', new CardOfClass(3), 7, ['on 1', 'off', 'on 3', 'off', 'on 2']],
    ['3 V in a reader without 5 V', new CardOfClass(3), 6, ['on 3', 'off', 'on 2']],
    ['3 V and 1.8 V in a reader of 5 V and 3 V', new CardOfClass(3, 1.8), 3, ['on 1', 'off', 'on 2']],
  ] as const)('%s: each class in turn, with no power between', async (_name, card, bVoltageSupport, expected) => {
    const made = await benchOf(card, { bVoltageSupport });
    const { open, slot } = await firstSlot(made.reader);
    const channel = await slot.connect();
    expect(power(made)).toEqual(expected);
    expect(card.resets).toEqual(['cold']);
    expect(await channel.transaction((each) => each.transmit(ECHO))).toEqual(ECHOED);
    await open.close();
  });

  it('a reader that has not the class finds the card mute, after two rounds', async () => {
    const made = await benchOf(new CardOfClass(1.8), { bVoltageSupport: 3 });
    const { open, slot } = await firstSlot(made.reader);
    await expect(slot.connect()).rejects.toMatchObject({ reason: 'card-mute', outcome: 'not-sent' });
    expect(power(made).slice(0, 7)).toEqual(['on 1', 'off', 'on 2', 'off', 'on 1', 'off', 'on 2']);
    await open.close();
  });

  it('a reader with automatic selection is left to it', async () => {
    const made = await benchOf(new CardOfClass(3), { dwFeatures: BY_HAND | 8 });
    const { open, slot } = await firstSlot(made.reader);
    await slot.connect();
    expect(power(made)).toEqual(['on 0']);
    await open.close();
  });

  it('the reset after a failure is a warm one at the voltage of the card', async () => {
    const card = new CardOfClass(3);
    const made = await benchOf(card, {});
    const { open, slot } = await firstSlot(made.reader);
    const channel = await slot.connect();
    made.simulated.journal.clear();
    made.simulated.fault({ kind: 'parity', message: 0x6f });
    await expect(channel.transaction((each) => each.transmit(ECHO))).rejects.toMatchObject({ outcome: 'unknown' });
    expect(power(made)).toEqual(['on 2']);
    expect(card.resets).toEqual(['cold', 'warm']);
    expect(await channel.transaction((each) => each.transmit(ECHO))).toEqual(ECHOED);
    await open.close();
  });

  it('so is a warm reset that is asked for; a cold one takes the power first', async () => {
    const card = new CardOfClass(3);
    const made = await benchOf(card, {});
    const { open, slot } = await firstSlot(made.reader);
    const channel = await slot.connect();
    made.simulated.journal.clear();
    await channel.transaction((each) => each.reset?.('warm') ?? Promise.reject(new Error('no reset')));
    expect(power(made)).toEqual(['on 2']);
    expect(card.resets).toEqual(['cold', 'warm']);
    await channel.transaction((each) => each.reset?.('cold') ?? Promise.reject(new Error('no reset')));
    expect(card.resets).toEqual(['cold', 'warm', 'off', 'cold']);
    // Without power nothing is known of the card any more: the classes come in turn again.
    expect(power(made)).toEqual(['on 2', 'off', 'on 1', 'off', 'on 3', 'off', 'on 2']);
    expect(await channel.transaction((each) => each.transmit(ECHO))).toEqual(ECHOED);
    await open.close();
  });
});
