import { describe, expect, it } from 'vitest';
import { READER_ENDPOINTS } from '../../src/simulator/index.ts';
import { AutoClock } from '../unit/channel/auto-clock.ts';
import { bench, firstSlot, turns, until } from './driver-setup.ts';
import { EchoCard } from './echo-card.ts';

const ECHO = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
const ECHOED = Uint8Array.of(1, 2, 3, 0x90, 0);
const GET_SLOT_STATUS = 0x65;
const { interruptIn } = READER_ENDPOINTS;

async function watched(options: Parameters<typeof bench>[0] = {}) {
  const clock = new AutoClock();
  const made = await bench({ clock, ...options }, { clock });
  const { open, slot } = await firstSlot(made.reader);
  const seen: string[] = [];
  for (const each of open.slots) each.onChange((presence) => seen.push(`${each.index}:${presence}`));
  const asked = (): number => made.simulated.journal.commands.filter((each) => each.bMessageType === GET_SLOT_STATUS).length;
  await turns(30);
  return { ...made, clock, open, slot, seen, asked };
}

describe('five slots', () => {
  it.each([
    ['notifications', true],
    ['polling', false],
  ] as const)('by %s: each slot is told of its own card', async (_name, notifies) => {
    const { simulated, open, seen, asked } = await watched({ slots: 5, notifies });
    expect(open.slots.map((slot) => slot.presence)).toEqual(['absent', 'absent', 'absent', 'absent', 'absent']);
    const before = asked();
    for (const at of [4, 1]) {
      simulated.insert(new EchoCard(true), at);
      await until(() => seen.at(-1) === `${at}:present`);
    }
    const [, one, , , four] = open.slots;
    const channel = await four?.connect();
    expect(await channel?.transaction((card) => card.transmit(ECHO))).toEqual(ECHOED);
    simulated.remove(4);
    await until(() => seen.at(-1) === '4:absent');
    expect(await channel?.closed).toBe('card-removed');
    expect(one?.presence).toBe('present');
    expect(seen).toEqual(['4:present', '1:present', '4:powered', '4:absent']);
    if (notifies) expect(asked()).toBe(before);
    await open.close();
  });
});

describe('a card that was swapped while nobody read', () => {
  it('is told by a notification that says changed, though a card is there', async () => {
    const { simulated, open, slot } = await watched({ cards: [new EchoCard(true)] });
    const channel = await slot.connect();
    await channel.transaction((card) => card.transmit(ECHO));
    let ended: string | undefined;
    void channel.closed.then((reason) => (ended = reason));
    // What tells of the removal is lost: the next notification has the new card, and that the slot changed.
    simulated.device.faults.plant({ kind: 'silence', address: interruptIn });
    simulated.remove();
    await turns(5);
    simulated.insert(new EchoCard(true));
    await until(() => ended !== undefined);
    expect(ended).toBe('card-removed');
    expect(slot.presence).toBe('present');
    expect(await (await slot.connect()).transaction((card) => card.transmit(ECHO))).toEqual(ECHOED);
    await open.close();
  });
});

describe('a card that is swapped while a transaction waits for a person', () => {
  // Short APDU, everything automatic, the activation on insertion too.
  const dwFeatures = 0x000204be;
  const polled = async () => {
    const first = new EchoCard(true);
    const made = await watched({ cards: [first], notifies: false, ccid: { dwFeatures } });
    return { ...made, first, channel: await made.slot.connect() };
  };

  it('is noticed by polling, though the reader powers the new one by itself: nothing is sent to that', async () => {
    const { simulated, open, clock, channel } = await polled();
    const next = new EchoCard(true);
    const error = await channel
      .transaction(async (card) => {
        expect(await card.transmit(ECHO)).toEqual(ECHOED);
        simulated.remove();
        await clock.sleep(600);
        await turns(30);
        simulated.insert(next);
        return card.transmit(ECHO);
      })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ reason: 'card-removed', outcome: 'not-sent' });
    expect(await channel.closed).toBe('card-removed');
    expect(next.resets).toEqual(['cold']);
    expect(next.seen).toEqual([]);
    await open.close();
  });

  it('polling waits while a command is at work, and goes on after it', async () => {
    const { open, clock, channel, first, asked } = await polled();
    await channel.transaction(async (card) => {
      const before = asked();
      let during = 0;
      first.work = async () => {
        const began = asked();
        await clock.sleep(2600);
        during = asked() - began;
      };
      expect(await card.transmit(ECHO)).toEqual(ECHOED);
      expect(during).toBe(0);
      expect(asked()).toBe(before);
      await clock.sleep(1200);
      await turns(30);
      expect(asked()).toBeGreaterThan(before);
      expect(await card.transmit(ECHO)).toEqual(ECHOED);
    });
    await open.close();
  });
});

describe('an interrupt endpoint that fails', () => {
  it.each(['stall-and-go-on', 'noise', 'stall', 'babble'] as const)(
    '%s, once: the slot is asked for what was lost, and it is heard again',
    async (kind) => {
      const { simulated, open, slot, seen, asked } = await watched();
      simulated.device.faults.plant({ kind, address: interruptIn });
      const before = asked();
      simulated.insert(new EchoCard(true));
      await until(() => slot.presence === 'present');
      expect(simulated.device.faults.struck).toBe(1);
      const then = asked();
      expect(then).toBe(before + 1);
      simulated.remove();
      await until(() => slot.presence === 'absent');
      expect(seen).toEqual(['0:present', '0:absent']);
      expect(asked()).toBe(then);
      await open.close();
    },
  );

  it.each(['stall-and-go-on', 'noise', 'babble', 'stall'] as const)('%s, for ever: the slot is asked instead', async (kind) => {
    const { simulated, open, slot, asked } = await watched();
    simulated.device.faults.plant({ kind, address: interruptIn, until: 'never' });
    const before = asked();
    simulated.insert(new EchoCard(true));
    await until(() => slot.presence === 'present');
    expect(asked()).toBeGreaterThan(before);
    simulated.remove();
    await until(() => slot.presence === 'absent');
    await open.close();
  });
});
