import type { CardChannel, CardTransaction } from '../channel/types.ts';

/**
 * A transaction that lasts over several steps of a person. It has to be ended by its holder; it ends by itself only with the card.
 */
export class HeldTransaction {
  readonly card: CardTransaction;
  /** Settles when the transaction is over and others may use the reader. */
  readonly over: Promise<void>;
  readonly #end: () => void;

  private constructor(card: CardTransaction, end: () => void, over: Promise<void>) {
    this.card = card;
    this.#end = end;
    this.over = over;
  }

  /** Waits for its turn. @throws ChannelError */
  static begin(channel: CardChannel): Promise<HeldTransaction> {
    return new Promise((resolve, reject) => {
      let end: () => void = () => undefined;
      const held = new Promise<void>((release) => {
        end = release;
      });
      const over = channel.transaction(async (card) => {
        // `over` is assigned before this body can run on: the body starts in a later turn or hands out the object after this one.
        await Promise.resolve();
        resolve(new HeldTransaction(card, end, finished));
        await held;
      });
      const finished = over.then(
        () => undefined,
        () => undefined,
      );
      over.catch(reject);
    });
  }

  async end(): Promise<void> {
    this.#end();
    await this.over;
  }
}
