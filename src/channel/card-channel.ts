import type { Bytes } from '../codec/bytes.ts';
import { CcidError, type CcidSlot } from '../ccid/index.ts';
import { ApduExchange } from '../iso7816/index.ts';
import { Lock } from '../usb/index.ts';
import type { ApduCarrier } from './apdu-carrier.ts';
import type { ChannelSlot, RunningTransaction, SlotChannel } from './channel-slot.ts';
import { ChannelError } from './errors.ts';
import { commandFailure, connectFailure, neverReachedCard } from './failures.ts';
import type { PinEntry } from './pin-pad.ts';
import type { CardChannel, CardTransaction, ChannelCloseReason, ChannelLimits, PinPadResult, TransmitOptions } from './types.ts';

/** A powered card in a CCID reader. */
export class CcidCardChannel implements SlotChannel {
  readonly atr: Bytes;
  readonly protocol: CardChannel['protocol'];
  readonly limits: ChannelLimits;
  readonly closed: Promise<ChannelCloseReason>;
  readonly #slot: ChannelSlot;
  #resolveClosed: (reason: ChannelCloseReason) => void = () => undefined;
  #ended: ChannelCloseReason | undefined;
  #used = false;
  #entering = false;
  #running = false;

  constructor(slot: ChannelSlot, carrier: ApduCarrier) {
    this.#slot = slot;
    this.atr = carrier.atr;
    this.protocol = carrier.protocol;
    this.limits = carrier.limits;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  async transaction<T>(body: (card: CardTransaction) => Promise<T>): Promise<T> {
    // Only a call made while the body starts can be told from one that may wait; a later one queues behind its own transaction.
    if (this.#entering) throw new ChannelError('busy', 'not-sent', 'transactions do not nest');
    this.#assertOpen();
    const slot = this.#slot;
    let started = false;
    try {
      return await slot.session.exclusive(async () => {
        this.#assertOpen();
        await slot.power();
        this.#assertOpen();
        const card = new CcidCardTransaction(slot, this.#used && slot.lastUser !== this);
        this.#used = true;
        slot.lastUser = this;
        slot.context.trace({ layer: 'card', kind: 'begin', detail: card.interrupted ? 'interrupted' : 'continued' });
        try {
          started = true;
          slot.current = card;
          this.#running = true;
          this.#entering = true;
          let result: Promise<T>;
          try {
            result = body(card);
          } finally {
            this.#entering = false;
          }
          return await result;
        } finally {
          await card.end();
          slot.current = undefined;
          this.#running = false;
          slot.context.trace({ layer: 'card', kind: 'end' });
          if (this.#ended === 'closed') await slot.leave(this);
        }
      });
    } catch (error) {
      throw started ? error : commandFailure(error, 'not-sent');
    }
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.end('closed');
    // Inside its own transaction the power is taken when that ends.
    if (this.#running) return;
    await this.#slot.session.usb.exchangeLock.run(() => this.#slot.leave(this)).catch(() => undefined);
  }

  /** The card or the reader went, or the owner closed. */
  end(reason: ChannelCloseReason): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    if (reason !== 'closed') this.#slot.drop(this);
    this.#resolveClosed(reason);
  }

  #assertOpen(): void {
    if (this.#ended === undefined) return;
    const reason = this.#ended === 'card-removed' || this.#ended === 'unplugged' ? this.#ended : 'closed';
    throw new ChannelError(reason, 'not-sent', `the channel ended: ${this.#ended}`);
  }
}

/** What runs alone on a card; {@link ChannelSlot.current} while it does. */
class CcidCardTransaction implements CardTransaction, RunningTransaction {
  readonly interrupted: boolean;
  readonly #slot: ChannelSlot;
  readonly #turn = new Lock();
  #carrier: ApduCarrier;
  #over = false;

  constructor(slot: ChannelSlot, interrupted: boolean) {
    this.#slot = slot;
    this.interrupted = interrupted;
    if (slot.carrier === undefined) throw new ChannelError('card-removed', 'not-sent', 'the card was removed');
    this.#carrier = slot.carrier;
  }

  get atr(): Bytes {
    return this.#carrier.atr;
  }

  get limits(): ChannelLimits {
    return this.#carrier.limits;
  }

  async transmit(command: Bytes, options: TransmitOptions = {}): Promise<Bytes> {
    try {
      return await this.#turn.run(() => this.#transmit(command, options), options.signal);
    } catch (error) {
      throw commandFailure(error, 'not-sent');
    }
  }

  async reset(kind: 'warm' | 'cold'): Promise<Bytes> {
    try {
      return await this.#turn.run(async () => {
        if (this.#over) throw new ChannelError('closed', 'not-sent', 'the transaction is over');
        this.#carrier = await this.#slot.reset(kind);
        return this.#carrier.atr;
      });
    } catch (error) {
      throw connectFailure(error);
    }
  }

  async between<T>(job: () => Promise<T>): Promise<T | undefined> {
    return this.#turn.idle && !this.#over ? this.#turn.run(job) : undefined;
  }

  /** Waits for a command that the body left behind; later ones are refused. */
  async end(): Promise<void> {
    this.#over = true;
    await this.#turn.run(() => Promise.resolve());
  }

  /** PIN entry on the reader, in turn with the commands. */
  enterPin(entry: PinEntry): Promise<PinPadResult> {
    return this.#turn.run(async () => {
      const { enterPin } = await import('./few-readers.ts');
      return this.#perform((carrier, ccid) => enterPin(this.#slot.context, ccid, carrier, entry, (error) => this.#lose(error)));
    }, entry.signal);
  }

  async #transmit(command: Bytes, options: TransmitOptions): Promise<Bytes> {
    const { trace, clock, bodies } = this.#slot.context;
    const isPublic = bodies?.mayTraceBody(command) === true;
    const body = (ins: number, apdu: Uint8Array): { readonly body?: Bytes } => bodies?.traceBody(isPublic, command, ins, apdu) ?? {};
    return this.#perform(async (carrier, _ccid, sent) => {
      const exchange = new ApduExchange(command, {
        form: options.form ?? 'auto',
        shortCommandBytes: carrier.limits.shortCommandBytes,
        extendedCommandBytes: carrier.readerExtendedBytes,
        answerBytes: carrier.limits.answerBytes,
        cardTakesExtended: carrier.cardTakesExtended,
        wrongLeIsFinal: carrier.wrongLeIsFinal === true,
      });
      try {
        for (let apdu = exchange.start(); ;) {
          const [cla = 0, ins = 0, p1 = 0, p2 = 0] = apdu;
          const startMs = clock.nowMs();
          trace({ layer: 'apdu', kind: 'command', cla, ins, p1, p2, lengthBytes: apdu.length, ...body(ins, apdu) });
          const response = await carrier.exchange(apdu, { signal: options.signal, onWaiting: options.onWaiting });
          sent();
          const sw = ((response.at(-2) ?? 0) << 8) | (response.at(-1) ?? 0);
          trace({
            layer: 'apdu',
            kind: 'response',
            ins,
            sw,
            lengthBytes: response.length,
            durationMs: clock.nowMs() - startMs,
            ...body(ins, response),
          });
          const step = exchange.next(response);
          if ('done' in step) return step.done;
          apdu = step.send;
        }
      } finally {
        exchange.wipe();
      }
    });
  }

  /** Runs what talks to the card; what fails after it may have reached the card resets that. `sent` says that something did. */
  async #perform<T>(job: (carrier: ApduCarrier, ccid: CcidSlot, sent: () => void) => Promise<T>): Promise<T> {
    if (this.#over) throw new ChannelError('closed', 'not-sent', 'the transaction is over');
    const { carrier, ccid, presence } = this.#slot;
    if (carrier !== this.#carrier || ccid === undefined)
      throw new ChannelError(presence === 'absent' ? 'card-removed' : 'card-reset', 'not-sent', 'the card lost its state in this transaction');
    let sent = false;
    try {
      return await job(carrier, ccid, () => {
        sent = true;
      });
    } catch (error) {
      const outcome = !sent && neverReachedCard(error) ? 'not-sent' : 'unknown';
      // A reader that stays busy with something is freed in the same way, though the card saw nothing.
      if (outcome === 'unknown' || (error instanceof CcidError && error.reason === 'busy')) await this.#lose(error);
      throw commandFailure(error, outcome);
    }
  }

  /** After a command that may have run: the card is reset before anybody uses it again, and nothing is repeated. */
  async #lose(error: unknown): Promise<void> {
    if (error instanceof CcidError && error.reason === 'no-card') {
      this.#slot.onStatus('absent', true);
      return;
    }
    this.#slot.forgetCard();
    await this.#slot.giveUp(error);
  }
}
