import { LayerError } from '../codec/errors.ts';
import { CcidError } from '../ccid/index.ts';
import { Iso7816Error } from '../iso7816/index.ts';
import { UsbError } from '../usb/index.ts';
import { ChannelError, type ChannelReason, type Outcome } from './errors.ts';

const CCID_REASONS: Partial<Record<CcidError['reason'], ChannelReason>> = {
  timeout: 'timeout',
  aborted: 'aborted',
  mute: 'card-mute',
  busy: 'busy',
  'unsupported-interface': 'unsupported-level',
};

function reasonOf(error: unknown, absent: ChannelReason): ChannelReason {
  if (error instanceof CcidError) return error.reason === 'no-card' ? absent : (CCID_REASONS[error.reason] ?? 'transport');
  if (error instanceof Iso7816Error) {
    return error.reason === 'too-long' || error.reason === 'too-many-exchanges'
      ? error.reason
      : error.reason === 'unsupported'
        ? 'unsupported-protocol'
        : 'protocol';
  }
  if (!(error instanceof UsbError)) return 'transport';
  if (error.reason === 'unplugged' || error.reason === 'closed' || error.reason === 'aborted') return error.reason;
  return error.reason === 'in-use' ? 'busy' : 'transport';
}

/** True when the failed message can't have reached the card. */
export function neverReachedCard(error: unknown): boolean {
  return (
    (error instanceof CcidError && !error.reachedCard) ||
    (error instanceof ChannelError && error.outcome === 'not-sent') ||
    // Commands that could not even be built.
    (error instanceof Iso7816Error && (error.reason === 'bad-apdu' || error.reason === 'too-long'))
  );
}

/** The error of a failed command; wraps once. What is unknown stays so. */
export function commandFailure(error: unknown, outcome: Outcome): ChannelError {
  if (error instanceof ChannelError)
    return error.outcome === outcome || outcome === 'not-sent'
      ? error
      : new ChannelError(error.reason, outcome, error.message, { cause: error.cause });
  return new ChannelError(reasonOf(error, 'card-removed'), outcome, textOf(error), { cause: error });
}

/** The error of a card that could not be powered; the card saw no command. */
export function connectFailure(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  return new ChannelError(reasonOf(error, 'no-card'), 'not-sent', textOf(error), { cause: error });
}

/** Our own messages hold no data; foreign ones may, and are left in `cause`. */
function textOf(error: unknown): string {
  return error instanceof LayerError ? error.message : 'the reader failed';
}
