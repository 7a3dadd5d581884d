import { CodecError, LayerError } from '../../codec/errors.ts';
import { CardEdgeError, type CardEdgeReason } from '../../minidriver/edge-error.ts';
import { CardError, type CardReason } from '../errors.ts';

const REASONS: Readonly<Record<CardReason, CardEdgeReason>> = {
  'not-piv': 'unknown-card',
  'wrong-pin': 'wrong-pin',
  'pin-blocked': 'pin-blocked',
  'bad-pin-length': 'bad-pin-length',
  'bad-pin-format': 'bad-pin-format',
  'not-authenticated': 'not-authenticated',
  'wrong-management-key': 'management-key-refused',
  'not-genuine': 'management-key-refused',
  'algorithm-unknown': 'unsupported',
  'not-found': 'not-found',
  'no-key': 'no-key',
  unsupported: 'unsupported',
  'bad-parameter': 'bad-parameter',
  'too-large': 'too-large',
  'card-full': 'card-full',
  'memory-failure': 'card-refused',
  'write-mismatch': 'write-mismatch',
  'bad-answer': 'bad-answer',
  refused: 'card-refused',
};

/** Any error as the port's; the lower one is `cause`, wrapped once. */
export function edgeError(error: unknown): unknown {
  if (error instanceof CardError) {
    // 63C0: the card compared the value; 6983: it did not.
    const wasLastTry = error.reason === 'pin-blocked' && error.sw !== undefined && error.sw >>> 8 === 0x63;
    return new CardEdgeError(REASONS[error.reason], error.message, { cause: error, retriesLeft: error.retriesLeft, wasLastTry });
  }
  if (error instanceof CodecError) return new CardEdgeError('bad-answer', 'malformed data from the card', { cause: error });
  if (error instanceof LayerError && error.layer === 'channel')
    return new CardEdgeError('channel', 'the channel to the card failed', { cause: error });
  return error;
}

/** Runs `body`; what it throws leaves as the port's error. */
export async function guarded<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw edgeError(error);
  }
}
