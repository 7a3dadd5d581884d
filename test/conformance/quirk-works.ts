import type { OpenReader, Slot } from '../../src/channel/index.ts';
import type { SimulatedReader } from '../../src/simulator/index.ts';
import type { AutoClock } from '../unit/channel/auto-clock.ts';
import type { EchoCard } from './echo-card.ts';

export const COMMAND: Uint8Array<ArrayBuffer> = Uint8Array.of(0x80, 0xee, 0, 0, 3, 1, 2, 3, 0);
export const ANSWER: Uint8Array<ArrayBuffer> = Uint8Array.of(1, 2, 3, 0x90, 0);
const VERIFY = Uint8Array.of(0, 0x20, 0, 0x80, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
const CHANGE = Uint8Array.of(0, 0x24, 0, 0x80, 16, ...Array<number>(16).fill(0xff));
const SELECT = Uint8Array.of(0, 0xa4, 4, 0, 5, 0xa0, 0, 0, 3, 8, 0);
const LIMITS = { minLength: 6, maxLength: 8 };

/** An open reader, the slot that the quirk is about, and what is behind it. */
export interface AtWork {
  readonly open: OpenReader;
  readonly slot: Slot;
  readonly card: EchoCard;
  readonly simulated: SimulatedReader;
  readonly clock: AutoClock;
}

/** Something that a person does with a reader; true when it went well. */
export type Work = (at: AtWork) => Promise<boolean>;

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Sends `bytes` data bytes and wants them back. */
export const echo =
  (bytes = 3): Work =>
  async ({ slot }) =>
    (await slot.connect()).transaction(async (card) => {
      const data = Uint8Array.from({ length: bytes }, (_, i) => i & 0xff);
      const extended = bytes > 255;
      const head = extended ? [0x80, 0xee, 0, 0, 0, bytes >> 8, bytes & 0xff] : [0x80, 0xee, 0, 0, bytes];
      const answer = await card.transmit(Uint8Array.from([...head, ...data, ...(extended ? [0, 0] : [0])]));
      return equal(answer.slice(0, -2), data);
    });

/** An answer that a block of 254 bytes can hold comes in one. */
export const oneBlock: Work = async ({ slot, simulated }) => {
  const channel = await slot.connect();
  return channel.transaction(async (card) => {
    const before = simulated.journal.commands.length;
    const answer = await card.transmit(COMMAND);
    return answer.length > 200 && simulated.journal.commands.length === before + 1;
  });
};

/** The slot tells that a card is there. */
export const presence: Work = async ({ slot }) => slot.presence === 'present';

/** The card is powered again while it has power, cold and warm. */
export const twice: Work = async ({ slot }) => {
  await (await slot.connect()).close();
  const again = await slot.connect();
  return again.transaction(async (card) => {
    await card.reset?.('warm');
    return equal(await card.transmit(COMMAND), ANSWER);
  });
};

/** A card that comes and goes is found, though the reader says always that none is there. */
export const comeAndGo: Work = async (at) => {
  const { slot, simulated, card } = at;
  if (!(await presence(at)) || !(await echo()(at))) return false;
  simulated.remove(slot.index);
  // The first command after that finds out, power-on confirms it.
  const gone = await echo()(at).then(
    () => false,
    async () =>
      slot.connect().then(
        () => false,
        () => slot.presence === 'absent',
      ),
  );
  simulated.insert(card, slot.index);
  return gone && (await echo()(at)) && slot.presence === 'powered';
};

/** The card works for this time before it answers, without a word. */
export const slowCard =
  (ms: number): Work =>
  async (at) => {
    at.card.work = () => at.clock.sleep(ms);
    return echo()(at);
  };

/** PIN entry on the reader. */
export const entry =
  (kind: 'verify' | 'modify'): Work =>
  async ({ slot }) =>
    (await slot.connect()).transaction(async (card) => {
      await card.transmit(SELECT);
      const result = await (kind === 'verify' ? slot.pinPad?.verify(VERIFY, LIMITS) : slot.pinPad?.modify(CHANGE, LIMITS));
      return result?.kind === 'answer' && result.response[0] === 0x90;
    });

/** No page may be offered PIN entry on this reader. */
export const noPinPad: Work = async (at) => at.slot.pinPad === undefined && (await echo()(at));
