import type { CardTransaction, ChannelLimits } from '../../../src/channel/types.ts';
import { type Bytes, concat, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { ApduExchange } from '../../../src/iso7816/index.ts';
import type { PersistentCard, SimulatedCard } from '../../../src/simulator/smart-card.ts';

/** One APDU as it went to the card, and the status word that came back. */
export interface Exchange {
  readonly command: string;
  readonly sw: string;
}

/** A transaction straight on a simulated card: chaining, 61xx and 6Cxx by iso7816/, no reader between. */
export interface CardTerminal extends CardTransaction {
  readonly log: readonly Exchange[];
  interrupted: boolean;
  /** Forgets the log. */
  clear(): void;
  /** INS of each APDU in the log, as hexadecimal. */
  instructions(): string;
}

export function terminal(card: SimulatedCard, options: { readonly reset?: boolean } = {}): CardTerminal {
  const limits: ChannelLimits = {
    shortCommandBytes: 261,
    extendedCommandBytes: card.extendedLength ? 65544 : 0,
    answerBytes: card.extendedLength ? 65538 : 258,
  };
  let log: Exchange[] = [];
  return {
    atr: card.atr,
    limits,
    interrupted: false,
    get log() {
      return log;
    },
    clear() {
      log = [];
    },
    instructions() {
      return log.map((each) => each.command.slice(2, 4)).join(' ');
    },
    async transmit(command, transmitOptions = {}) {
      const exchange = new ApduExchange(command, { form: transmitOptions.form ?? 'auto', ...limits, cardTakesExtended: card.extendedLength });
      let send = exchange.start();
      for (;;) {
        const sent = toHex(send);
        const response = await card.transmit(copy(send));
        log.push({ command: sent, sw: toHex(response.subarray(-2)) });
        const step = exchange.next(response);
        if ('done' in step) return step.done;
        send = step.send;
      }
    },
    ...(options.reset === false
      ? {}
      : {
          async reset(kind: 'warm' | 'cold') {
            card.reset(kind);
            return card.atr;
          },
        }),
  };
}

/** The same card, which answers commands of this pattern as `reply` says; `answer` lets the card do it. */
export function answering(card: PersistentCard, command: RegExp, reply: (answer: () => Promise<string>) => Promise<string>): PersistentCard {
  const transmit = async (sent: Bytes): Promise<Bytes> =>
    command.test(toHex(sent)) ? fromHex(await reply(async () => toHex(await card.transmit(sent)))) : card.transmit(sent);
  return { ...card, transmit, reset: (kind) => card.reset(kind), save: () => card.save() };
}

/** A scripted card: replies in order, commands recorded; `end` fails on replies nobody asked for. */
export interface ScriptedCard extends CardTransaction {
  readonly sent: readonly string[];
  interrupted: boolean;
  /** Appends exchanges: expected command (hexadecimal, or undefined for any) and its reply, data parts then SW. */
  expect(command: string | undefined, ...reply: readonly (string | Bytes)[]): ScriptedCard;
  end(): void;
}

export function scripted(atr = '3b00'): ScriptedCard {
  const queue: { readonly command: string | undefined; readonly reply: Bytes }[] = [];
  const sent: string[] = [];
  const card: ScriptedCard = {
    atr: fromHex(atr),
    limits: { shortCommandBytes: 261, extendedCommandBytes: 0, answerBytes: 258 },
    interrupted: false,
    sent,
    expect(command, ...reply) {
      queue.push({ command: command?.replace(/\s/g, ''), reply: concat(...reply.map((part) => (typeof part === 'string' ? fromHex(part) : part))) });
      return card;
    },
    async transmit(command) {
      const hex = toHex(command);
      sent.push(hex);
      const next = queue.shift();
      if (next === undefined) throw new Error(`nothing is scripted for ${hex}`);
      if (next.command !== undefined && next.command !== hex) throw new Error(`expected ${next.command}, got ${hex}`);
      return next.reply;
    },
    end() {
      if (queue.length > 0) throw new Error(`${queue.length} scripted replies were not asked for`);
    },
  };
  return card;
}

/** SELECT of PIV as our session sends it: an extended Le, which the channel cuts. */
export const SELECT_PIV = '00a40400 00000b a000000308000010000100 0000';
export const GET_VERSION = '00fd0000 000000';
/** Application property templates: the standard's and Yubico's. */
export const APT_STANDARD = '6116 4f0ba000000308000010000100 79074f05a000000308';
export const APT_YUBICO = '6111 4f06000010000100 79074f05a000000308';

/** A script that begins with what opening a session sends. */
export function opened(version: string | undefined, atr?: string): ScriptedCard {
  const card = scripted(atr).expect(SELECT_PIV, version === undefined ? APT_STANDARD : APT_YUBICO, '9000');
  return version === undefined ? card.expect(GET_VERSION, '6d00') : card.expect(GET_VERSION, version, '9000');
}
