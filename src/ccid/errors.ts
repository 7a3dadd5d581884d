import { LayerError } from '../codec/errors.ts';

export type CcidReason =
  | 'bad-descriptor'
  | 'unsupported-interface'
  | 'old-firmware'
  | 'bad-message'
  | 'truncated'
  | 'too-long'
  | 'timeout'
  | 'aborted'
  | 'no-card'
  | 'mute'
  | 'power-failed'
  | 'busy'
  | 'not-supported'
  | 'command-failed';

export interface CcidErrorFacts {
  /** Name of the command that failed, 'PC_to_RDR_XfrBlock'. */
  readonly message?: string | undefined;
  readonly bStatus?: number | undefined;
  readonly bError?: number | undefined;
  /** False when the reader refused the command or never got it, so that the card can't have seen it. */
  readonly reachedCard?: boolean;
  readonly cause?: unknown;
}

/** A CCID command that failed, or a reader that does not speak CCID. Transfers that fail underneath stay {@link UsbError}. */
export class CcidError extends LayerError<CcidReason> {
  readonly layer = 'ccid';
  readonly ccidMessage: string | undefined;
  readonly bStatus: number | undefined;
  readonly bError: number | undefined;
  readonly reachedCard: boolean;

  constructor(reason: CcidReason, text: string, facts: CcidErrorFacts = {}) {
    super(reason, text, facts);
    this.ccidMessage = facts.message;
    this.bStatus = facts.bStatus;
    this.bError = facts.bError;
    this.reachedCard = facts.reachedCard ?? true;
  }
  /** `error` of a message that others of the same command went before: the card may be at work on those. */
  static reached(error: unknown): unknown {
    if (!(error instanceof CcidError) || error.reachedCard) return error;
    const { reason, ccidMessage: message, bStatus, bError } = error;
    return new CcidError(reason, error.message, { message, bStatus, bError, cause: error });
  }
}
