/**
 * Base of every error this project throws. `layer` and `reason` are closed sets and stable: app/ turns them into what
 * happened, the state the card is in and what can be done next. Messages are for developers, in English, and never hold
 * data that came from a card, a person or a key.
 */
export abstract class LayerError<Reason extends string = string> extends Error {
  abstract readonly layer: string;
  readonly reason: Reason;

  constructor(reason: Reason, message: string, options?: { readonly cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.name = new.target.name;
  }
}

/** Why bytes could not be decoded or encoded. */
export type CodecReason =
  'truncated' | 'trailing' | 'bad-length' | 'bad-tag' | 'too-deep' | 'too-large' | 'bad-value' | 'missing' | 'duplicate' | 'not-hex';

/** Malformed bytes, from whatever side they came. */
export class CodecError extends LayerError<CodecReason> {
  readonly layer = 'codec';
}
