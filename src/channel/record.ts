import type { Bytes } from '../codec/bytes.ts';
import { toHex } from '../codec/hex.ts';
import { mayTraceBody } from './trace-body.ts';
import type { CardChannel, CardTransaction, TransmitOptions } from './types.ts';

/** A channel whose exchanges are written down, and what was written so far. */
export interface Recording {
  readonly channel: CardChannel;
  /** The trace as text, for {@link createReplaySource}. Bodies stand in it only for the commands on the allow-list of public ones. */
  text(): string;
}

/** First line of a trace. */
export const TRACE_HEAD = 'web-minidriver trace 1';

/**
 * Records what goes over a channel:
 *
 *     atr 3b..., protocol T=1, limits 261 0 258
 *     begin | begin interrupted | end
 *     => hex of a public command          <= hex of its answer, SW1 SW2 last
 *     => CLA INS P1 P2 + n hidden bytes   <= n hidden bytes + SW1 SW2
 *     <! reason outcome                   the command failed below the card
 *     reset kind ATR
 */
export function recordChannel(channel: CardChannel): Recording {
  const { shortCommandBytes, extendedCommandBytes, answerBytes } = channel.limits;
  const lines = [
    TRACE_HEAD,
    `atr ${toHex(channel.atr)}`,
    `protocol ${channel.protocol}`,
    `limits ${shortCommandBytes} ${extendedCommandBytes} ${answerBytes}`,
  ];
  return {
    channel: {
      atr: channel.atr,
      protocol: channel.protocol,
      limits: channel.limits,
      closed: channel.closed,
      close: () => channel.close(),
      transaction: (body) =>
        channel.transaction(async (card) => {
          lines.push(card.interrupted ? 'begin interrupted' : 'begin');
          try {
            return await body(recordTransaction(card, lines));
          } finally {
            lines.push('end');
          }
        }),
    },
    text: () => `${lines.join('\n')}\n`,
  };
}

/** A command as a trace shows it. */
export function commandLine(command: Bytes): string {
  return mayTraceBody(command) ? `=> ${toHex(command)}` : `=> ${toHex(command.subarray(0, 4))} + ${Math.max(0, command.length - 4)} hidden`;
}

function answerLine(command: Bytes, answer: Bytes): string {
  const dataBytes = answer.length - 2;
  return mayTraceBody(command) || dataBytes <= 0 ? `<= ${toHex(answer)}` : `<= ${dataBytes} hidden + ${toHex(answer.subarray(dataBytes))}`;
}

function recordTransaction(card: CardTransaction, lines: string[]): CardTransaction {
  const transmit = async (command: Bytes, options?: TransmitOptions): Promise<Bytes> => {
    lines.push(commandLine(command));
    try {
      const answer = await card.transmit(command, options);
      lines.push(answerLine(command, answer));
      return answer;
    } catch (error) {
      const failed = error as { readonly reason?: string; readonly outcome?: string };
      lines.push(`<! ${failed.reason ?? 'transport'} ${failed.outcome ?? 'unknown'}`);
      throw error;
    }
  };
  return {
    transmit,
    interrupted: card.interrupted,
    get atr() {
      return card.atr;
    },
    get limits() {
      return card.limits;
    },
    ...(card.reset === undefined
      ? {}
      : {
          reset: async (kind: 'warm' | 'cold'): Promise<Bytes> => {
            const atr = (await card.reset?.(kind)) ?? card.atr;
            lines.push(`reset ${kind} ${toHex(atr)}`);
            return atr;
          },
        }),
  };
}
