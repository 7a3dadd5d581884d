import { LayerError } from '../codec/errors.ts';

/** Why a card family could not do what the minidriver asked. */
export type CardEdgeReason =
  | 'unknown-card'
  | 'unsupported'
  | 'wrong-pin'
  | 'pin-blocked'
  | 'bad-pin-length'
  | 'bad-pin-format'
  | 'entry-cancelled'
  | 'entry-timeout'
  | 'entry-mismatch'
  | 'not-authenticated'
  | 'no-management-key'
  | 'management-key-refused'
  | 'no-challenge'
  | 'no-key'
  | 'no-such-container'
  | 'not-found'
  | 'too-large'
  | 'card-full'
  | 'write-mismatch'
  | 'bad-parameter'
  | 'bad-answer'
  | 'card-refused'
  | 'channel';

/** A card family's failure in domain terms. `cause` is the CardError or ChannelError below. */
export class CardEdgeError extends LayerError<CardEdgeReason> {
  readonly layer = 'card-edge';
  /** Tries left after a wrong PIN; undefined when the card does not tell. */
  readonly retriesLeft?: number;
  /** With `pin-blocked`: true when the card compared this very value, and it was the last try. */
  readonly wasLastTry: boolean;

  constructor(
    reason: CardEdgeReason,
    message: string,
    options?: { readonly cause?: unknown; readonly retriesLeft?: number | undefined; readonly wasLastTry?: boolean },
  ) {
    super(reason, message, options);
    if (options?.retriesLeft !== undefined) this.retriesLeft = options.retriesLeft;
    this.wasLastTry = options?.wasLastTry === true;
  }
}
