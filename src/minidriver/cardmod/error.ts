import { CodecError, LayerError } from '../../codec/errors.ts';
import { CardEdgeError, type CardEdgeReason } from '../edge-error.ts';
import { CARD_DATA_VALUE_UNKNOWN } from './constants.ts';
import { type FailureName, RETURN_CODES } from './return-codes.ts';

export interface MinidriverErrorOptions {
  readonly cause?: unknown;
  readonly retriesLeft?: number | undefined;
  readonly pdwDataLen?: number;
}

/**
 * A return code other than success. `dwCode` is the DWORD, `name` and `reason` its name; `cause` is the error of the layer below.
 * The class is told by `instanceof`, the code by `reason`.
 */
export class MinidriverError extends LayerError<FailureName> {
  readonly layer = 'minidriver';
  readonly dwCode: number;
  /** Tries left after a wrong or blocked PIN; undefined when the card does not count or the code is about something else. */
  readonly retriesLeft?: number;
  /** Size needed, in bytes, with ERROR_INSUFFICIENT_BUFFER. */
  readonly pdwDataLen?: number;

  constructor(code: FailureName, message: string, options?: MinidriverErrorOptions) {
    super(code, message, options);
    this.name = code;
    this.dwCode = RETURN_CODES[code];
    if (options?.retriesLeft !== undefined) this.retriesLeft = options.retriesLeft;
    if (options?.pdwDataLen !== undefined) this.pdwDataLen = options.pdwDataLen;
  }

  /** The value that pcAttemptsRemaining would get: tries left, or 0xFFFFFFFF for a card that does not count (S707 4.2.2). */
  get pcAttemptsRemaining(): number {
    return this.retriesLeft ?? CARD_DATA_VALUE_UNKNOWN;
  }
}

/** Throws the named code. */
export function fail(code: FailureName, message: string): never {
  throw new MinidriverError(code, message);
}

/** What the entry point was doing: some reasons mean another code then. */
export type Doing = 'other' | 'authenticate' | 'change' | 'file';

type Row = FailureName | ({ readonly other: FailureName } & Partial<Record<Doing, FailureName>>);

/** A card family's reasons as return codes. The rows without a clause are choices (CHOICES.md, edge-codes). */
const EDGE_CODES: Readonly<Record<Exclude<CardEdgeReason, 'channel'>, Row>> = {
  'unknown-card': 'SCARD_E_UNKNOWN_CARD', // S707 4.1.1
  unsupported: 'SCARD_E_UNSUPPORTED_FEATURE',
  'wrong-pin': 'SCARD_W_WRONG_CHV', // S707 4.2.2
  'pin-blocked': 'SCARD_W_CHV_BLOCKED', // S707 4.2.2
  'bad-pin-length': 'SCARD_W_WRONG_CHV', // certification kit: any wrong length
  'bad-pin-format': { other: 'SCARD_W_WRONG_CHV', change: 'SCARD_E_INVALID_PARAMETER' }, // S707 4.2.9: policy breach
  'entry-cancelled': 'SCARD_W_CANCELLED_BY_USER',
  'entry-timeout': 'ERROR_TIMEOUT',
  'entry-mismatch': 'SCARD_E_INVALID_CHV',
  'not-authenticated': 'SCARD_W_SECURITY_VIOLATION', // S707 4.3, 4.6, 4.7.4
  'no-management-key': 'SCARD_W_SECURITY_VIOLATION',
  'management-key-refused': { other: 'SCARD_W_SECURITY_VIOLATION', authenticate: 'SCARD_W_WRONG_CHV', change: 'SCARD_W_WRONG_CHV' }, // S707 4.2.4
  'no-challenge': 'SCARD_E_UNEXPECTED', // CHOICES.md, response-without-challenge
  'no-key': 'SCARD_E_NO_KEY_CONTAINER',
  'no-such-container': 'SCARD_E_NO_KEY_CONTAINER', // S707 4.6.1
  'not-found': { other: 'SCARD_E_UNEXPECTED', file: 'SCARD_E_FILE_NOT_FOUND' }, // S707 4.3.3: never for another trouble
  'too-large': 'SCARD_E_WRITE_TOO_MANY', // S707 4.3.6
  'card-full': 'SCARD_E_WRITE_TOO_MANY', // S707 4.3.6; CHOICES.md, card-full
  'write-mismatch': 'SCARD_E_COMM_DATA_LOST',
  'bad-parameter': 'SCARD_E_INVALID_PARAMETER',
  'bad-answer': { other: 'SCARD_E_UNEXPECTED', file: 'SCARD_E_COMM_DATA_LOST' }, // S707 4.3.3
  'card-refused': { other: 'SCARD_E_UNEXPECTED', file: 'SCARD_E_COMM_DATA_LOST' },
};

/** Reasons of the transport below, by name: this layer knows them as words only (CHOICES.md, channel-codes). All others are SCARD_F_COMM_ERROR. */
const CHANNEL_CODES: Readonly<Record<string, FailureName>> = {
  'no-card': 'SCARD_E_NO_SMARTCARD',
  'card-mute': 'SCARD_W_UNRESPONSIVE_CARD',
  'card-removed': 'SCARD_W_REMOVED_CARD',
  'card-reset': 'SCARD_W_RESET_CARD',
  unplugged: 'SCARD_E_READER_UNAVAILABLE',
  closed: 'SCARD_E_READER_UNAVAILABLE',
  busy: 'SCARD_E_SHARING_VIOLATION',
  timeout: 'SCARD_E_TIMEOUT',
  aborted: 'SCARD_E_CANCELLED',
  transport: 'SCARD_E_NOT_TRANSACTED',
  'too-long': 'SCARD_E_UNSUPPORTED_FEATURE',
  'unsupported-level': 'SCARD_E_UNSUPPORTED_FEATURE',
  'unsupported-protocol': 'SCARD_E_PROTO_MISMATCH',
  'pin-pad-cancelled': 'SCARD_W_CANCELLED_BY_USER',
  'pin-pad-timeout': 'ERROR_TIMEOUT',
};

/**
 * The reason of the transport error at the bottom of a chain of causes, which may be wrapped a few times. A reader that could not be opened
 * is held by somebody else, or not to be had.
 */
function channelReason(error: unknown): string | undefined {
  let at: unknown = error;
  for (let depth = 0; depth < 8 && at instanceof Error; depth++) {
    if (at instanceof LayerError && at.layer === 'channel') return String(at.reason);
    if (at instanceof LayerError && at.layer === 'usb') return at.reason === 'in-use' ? 'busy' : 'unplugged';
    at = at.cause;
  }
  return undefined;
}

/**
 * Any failure below as MinidriverError; one that already is stays itself. Callers give it what their transaction failed to begin with: a reader
 * in use by another page or program is SCARD_E_SHARING_VIOLATION then (CHOICES.md, channel-codes).
 */
export function minidriverError(error: unknown, doing: Doing = 'other'): MinidriverError {
  if (error instanceof MinidriverError) return error;
  if (error instanceof CardEdgeError && error.reason !== 'channel') {
    const row = EDGE_CODES[error.reason];
    // The last try that was allowed is a wrong PIN with none left; only the next one finds it blocked (S707 4.2.2).
    if (error.reason === 'pin-blocked' && error.wasLastTry)
      return new MinidriverError('SCARD_W_WRONG_CHV', error.message, { cause: error, retriesLeft: 0 });
    const code = typeof row === 'string' ? row : (row[doing] ?? row.other);
    const retriesLeft = error.reason === 'pin-blocked' ? 0 : error.retriesLeft;
    return new MinidriverError(code, error.message, { cause: error, retriesLeft });
  }
  const transport = channelReason(error);
  if (transport !== undefined || error instanceof CardEdgeError)
    return new MinidriverError(CHANNEL_CODES[transport ?? ''] ?? 'SCARD_F_COMM_ERROR', 'the exchange with the card failed', { cause: error });
  if (error instanceof CodecError && doing === 'file')
    return new MinidriverError('SCARD_E_COMM_DATA_LOST', 'the file on the card is malformed', { cause: error });
  return new MinidriverError('SCARD_E_UNEXPECTED', 'unexpected failure', { cause: error });
}
