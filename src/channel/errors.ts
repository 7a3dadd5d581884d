import { LayerError } from '../codec/errors.ts';

export type ChannelReason =
  | 'no-card'
  | 'card-mute'
  | 'card-removed'
  | 'card-reset'
  | 'unplugged'
  | 'closed'
  | 'busy'
  | 'timeout'
  | 'aborted'
  | 'transport'
  | 'protocol'
  | 'too-long'
  | 'too-many-exchanges'
  | 'unsupported-level'
  | 'unsupported-protocol';

/** What is known of the command when it failed. 'unknown' = it may have reached the card and must not be repeated. */
export type Outcome = 'not-sent' | 'unknown';

/** A command or a connection that failed below the card application. `cause` is the USB or CCID error. */
export class ChannelError extends LayerError<ChannelReason> {
  readonly layer = 'channel';
  readonly outcome: Outcome;

  constructor(reason: ChannelReason, outcome: Outcome, message: string, options?: { readonly cause?: unknown }) {
    super(reason, message, options);
    this.outcome = outcome;
  }
}
