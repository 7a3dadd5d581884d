import type { Bytes } from '../codec/bytes.ts';
import type { Clock } from '../codec/clock.ts';
import type { CardTransaction, ChannelLimits, TransmitOptions } from './types.ts';

export interface CommandBounds {
  readonly clock: Clock;
  /** Longest that one command may take, however often the card asks for more time. */
  readonly commandMs: number;
  /** Gives up the running command and every later one. */
  readonly signal: AbortSignal;
}

/**
 * A transaction whose commands all end: a card that asks for more time for ever is given up after `commandMs`. The command is then
 * ChannelError `aborted` with outcome 'unknown', as every command that was given up.
 */
export function boundedTransaction(card: CardTransaction, bounds: CommandBounds): CardTransaction {
  return card.reset === undefined ? new Bounded(card, bounds) : new BoundedWithReset(card, bounds);
}

class Bounded implements CardTransaction {
  protected readonly card: CardTransaction;
  readonly #bounds: CommandBounds;

  constructor(card: CardTransaction, bounds: CommandBounds) {
    this.card = card;
    this.#bounds = bounds;
  }

  get interrupted(): boolean {
    return this.card.interrupted;
  }

  get atr(): Bytes {
    return this.card.atr;
  }

  get limits(): ChannelLimits {
    return this.card.limits;
  }

  async transmit(command: Bytes, options: TransmitOptions = {}): Promise<Bytes> {
    const { clock, commandMs, signal } = this.#bounds;
    const over = new AbortController();
    const late = new AbortController();
    clock.sleep(commandMs, over.signal).then(
      () => late.abort(),
      () => undefined,
    );
    const signals = [signal, late.signal, ...(options.signal === undefined ? [] : [options.signal])];
    try {
      return await this.card.transmit(command, { ...options, signal: AbortSignal.any(signals) });
    } finally {
      over.abort();
    }
  }
}

class BoundedWithReset extends Bounded {
  reset(kind: 'warm' | 'cold'): Promise<Bytes> {
    return this.card.reset?.(kind) ?? Promise.reject(new Error('this transaction can not reset'));
  }
}
