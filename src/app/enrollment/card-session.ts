import { boundedTransaction } from '../../channel/bounded.ts';
import type { CardChannel, CardTransaction } from '../../channel/types.ts';
import type { Clock } from '../../codec/clock.ts';
import type { RandomSource } from '../../codec/random.ts';
import type { Trace } from '../../codec/trace.ts';
import {
  type CARD_DATA,
  type CardEdge,
  CardEdgeError,
  type CardModule,
  type EdgePinPad,
  CP_CARD_AUTHENTICATED_STATE,
  createCardModule,
  type ManagementKeyProvider,
  newCardData,
  type OpenEdgeOptions,
  PIN_SET_ALL_ROLES,
} from '../../minidriver/index.ts';
import type { CardFamily, FamilyCard } from '../card-families/family.ts';
import { FlowError } from '../errors.ts';
import { HeldTransaction } from '../held-transaction.ts';

export interface CardSessionParts {
  readonly families: readonly CardFamily[];
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly trace: Trace;
}

/** Longest time for one command: large RSA keys take cards minutes. */
const COMMAND_MS = 300_000;

/**
 * One card in use: its minidriver context, the transaction held on it, and whoever proves its administration key. Everything that an
 * enrollment does to a card goes through {@link card} (the v7 functions) or, where v7 has no word for it, through {@link edge}.
 */
export class CardSession {
  readonly channel: CardChannel;
  /** The reader's keys for PINs, where it has them. */
  readonly pinPad: EdgePinPad | undefined;
  /** Called when the card asks for more time while it makes a key. */
  onWaiting: () => void = () => undefined;
  /** Called when the administration key has been proven, or may have been: from here on the card may change. */
  onAdministration: () => void = () => undefined;
  /** True once the card's identity is known to be complete. */
  provisioned = false;
  readonly #parts: CardSessionParts;
  readonly #module: CardModule<CardTransaction>;
  readonly #stop = new AbortController();
  #card: CARD_DATA<CardTransaction> | undefined;
  #family: CardFamily | undefined;
  #familyCard: FamilyCard | undefined;
  #held: HeldTransaction | undefined;
  #managementKey: ManagementKeyProvider | undefined;
  #forgetSignal: () => void = () => undefined;
  /** Ends the PIN entry that is going on. */
  #entry: AbortSignal | undefined;

  private constructor(channel: CardChannel, parts: CardSessionParts, pinPad: EdgePinPad | undefined) {
    this.channel = channel;
    this.pinPad = pinPad;
    this.#parts = parts;
    const { clock, random, trace } = parts;
    this.#module = createCardModule<CardTransaction>((transaction, options) => this.#openEdge(transaction, options), {
      clock,
      random,
      trace,
      managementKey: () => this.#watched(),
      onWaiting: () => this.onWaiting(),
      ...(pinPad === undefined ? {} : { pinPad }),
      onPinEntry: (hint) => {
        const signal = this.#entry;
        const cancel = (): void => hint.cancel();
        if (signal?.aborted === true) cancel();
        signal?.addEventListener('abort', cancel);
        return () => signal?.removeEventListener('abort', cancel);
      },
    });
  }

  /**
   * Finds the card's family and acquires a context. The transaction is held afterwards. `signal` gives up as long as nothing but reading
   * goes on, which is until the first {@link rest}.
   * @throws MinidriverError, ChannelError
   */
  static async open(channel: CardChannel, parts: CardSessionParts, signal: AbortSignal, pinPad?: EdgePinPad): Promise<CardSession> {
    const session = new CardSession(channel, parts, pinPad);
    const stop = (): void => session.stop();
    signal.addEventListener('abort', stop);
    session.#forgetSignal = () => signal.removeEventListener('abort', stop);
    try {
      const hScard = await session.#begin();
      const card = newCardData<CardTransaction>({ pbAtr: channel.atr, hScard, pwszCardName: 'web-minidriver' });
      await session.#module.CardAcquireContext(card, 0);
      session.#card = card;
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  get card(): CARD_DATA<CardTransaction> {
    return this.#card ?? ended();
  }

  get edge(): CardEdge<CardTransaction> {
    return this.familyCard.edge;
  }

  get familyCard(): FamilyCard {
    return this.#familyCard ?? ended();
  }

  get family(): CardFamily {
    return this.#family ?? ended();
  }

  get holding(): boolean {
    return this.#held !== undefined;
  }

  /** Takes the card for several steps; does nothing when it is held already. */
  async hold(): Promise<void> {
    if (this.#held !== undefined) return;
    this.card.hScard = await this.#begin();
    // The context adopts the new transaction with its first call: edge and context then speak of the same one.
    await this.card.CardGetProperty(CP_CARD_AUTHENTICATED_STATE, 0);
  }

  /** Ends all authentication and the transaction. Never rejects: a card that can't be reached has lost its state with its power. */
  async rest(): Promise<void> {
    this.#forgetSignal();
    const held = this.#held;
    if (held === undefined) return;
    try {
      if (this.#card !== undefined) await this.#card.CardDeauthenticateEx(PIN_SET_ALL_ROLES, 0);
    } catch {
      // Said above.
    } finally {
      this.#held = undefined;
      await held.end();
    }
  }

  /** Runs `body` with the card held, and rests after it unless it was held before. */
  async briefly<T>(body: () => Promise<T>): Promise<T> {
    const before = this.holding;
    try {
      await this.hold();
      return await body();
    } finally {
      if (!before) await this.rest();
    }
  }

  /** Runs `begin`, in which the person enters a PIN on the reader; `signal` ends the entry. */
  async withEntry<T>(signal: AbortSignal, begin: () => Promise<T>): Promise<T> {
    this.#entry = signal;
    try {
      return await begin();
    } finally {
      this.#entry = undefined;
    }
  }

  /** Takes over who proves the administration key; the former one is closed. */
  useManagementKey(provider: ManagementKeyProvider | undefined): void {
    if (this.#managementKey !== provider) this.#managementKey?.close?.();
    this.#managementKey = provider;
  }

  get hasManagementKey(): boolean {
    return this.#managementKey !== undefined;
  }

  /** Gives up the running command, if any, and all to come. */
  stop(): void {
    this.#stop.abort();
  }

  /** Frees everything. Never rejects. */
  async close(): Promise<void> {
    await this.rest();
    this.useManagementKey(undefined);
    await this.#card?.CardDeleteContext().catch(() => undefined);
    await this.channel.close().catch(() => undefined);
  }

  async #begin(): Promise<CardTransaction> {
    const held = await HeldTransaction.begin(this.channel);
    this.#held = held;
    return boundedTransaction(held.card, { clock: this.#parts.clock, commandMs: COMMAND_MS, signal: this.#stop.signal });
  }

  async #openEdge(transaction: CardTransaction, options: OpenEdgeOptions): Promise<CardEdge<CardTransaction>> {
    for (const family of this.#parts.families) {
      try {
        this.#familyCard = await family.open(transaction, options);
        this.#family = family;
        return this.#familyCard.edge;
      } catch (error) {
        if (!(error instanceof CardEdgeError && error.reason === 'unknown-card')) throw error;
      }
    }
    throw new CardEdgeError('unknown-card', 'no card family knows this card');
  }

  /** The holder of the key, watched: its last act comes before the first change of the card. */
  #watched(): ManagementKeyProvider | undefined {
    const holder = this.#managementKey;
    if (holder === undefined) {
      // The card's own key, behind the PIN: nobody tells when it is used.
      this.onAdministration();
      return undefined;
    }
    const mutual = holder.mutual?.bind(holder);
    return {
      external: async (challenge, algorithm) => {
        const response = await holder.external(challenge, algorithm);
        this.onAdministration();
        return response;
      },
      ...(mutual === undefined
        ? {}
        : {
            mutual: async (witness, algorithm) => {
              const answer = await mutual(witness, algorithm);
              return {
                ...answer,
                check: async (response) => {
                  const genuine = await answer.check(response);
                  if (genuine) this.onAdministration();
                  return genuine;
                },
              };
            },
          }),
    };
  }
}

function ended(): never {
  throw new FlowError('session-ended', 'no card is in use');
}
