import { LayerError } from '../codec/errors.ts';
import type { ContactlessHint } from './contactless.ts';

/** Why the PIV application did not do what was asked. */
export type CardReason =
  | 'not-piv'
  | 'wrong-pin'
  | 'pin-blocked'
  | 'bad-pin-length'
  | 'bad-pin-format'
  | 'not-authenticated'
  | 'wrong-management-key'
  | 'not-genuine'
  | 'algorithm-unknown'
  | 'not-found'
  | 'no-key'
  | 'unsupported'
  | 'bad-parameter'
  | 'too-large'
  | 'card-full'
  | 'memory-failure'
  | 'write-mismatch'
  | 'bad-answer'
  | 'refused';

/** Which command failed and with what; never its data. */
export interface CardErrorDetail {
  readonly sw?: number;
  readonly cla?: number;
  readonly ins?: number;
  readonly p1?: number;
  readonly p2?: number;
  /** Tries left of the PIN or PUK that was refused, where the card tells. */
  readonly retriesLeft?: number | undefined;
  /** Where the card is read without contacts and that may be the reason. */
  readonly contactless?: ContactlessHint | undefined;
  readonly cause?: unknown;
}

/** A refusal by the card application, or by its host side before anything was sent (then `sw` is undefined). */
export class CardError extends LayerError<CardReason> {
  readonly layer = 'card';
  /** SW1 SW2 as one number; undefined when nothing was sent or the answer came with 9000. */
  readonly sw?: number;
  readonly cla?: number;
  readonly ins?: number;
  readonly p1?: number;
  readonly p2?: number;
  readonly retriesLeft?: number;
  readonly contactless?: ContactlessHint;

  constructor(reason: CardReason, message: string, detail: CardErrorDetail = {}) {
    super(reason, message, { cause: detail.cause });
    if (detail.sw !== undefined) this.sw = detail.sw;
    if (detail.cla !== undefined) this.cla = detail.cla;
    if (detail.ins !== undefined) this.ins = detail.ins;
    if (detail.p1 !== undefined) this.p1 = detail.p1;
    if (detail.p2 !== undefined) this.p2 = detail.p2;
    if (detail.retriesLeft !== undefined) this.retriesLeft = detail.retriesLeft;
    if (detail.contactless !== undefined) this.contactless = detail.contactless;
  }
}

/**
 * What a status word means for most PIV commands (SP 800-73-4 part 2, 3; fact sheet: "Also seen in the field"). Commands with a
 * meaning of their own for a status word (VERIFY, GENERAL AUTHENTICATE with 9B) look at it before asking here.
 */
export function reasonOf(sw: number): CardReason {
  switch (sw) {
    case 0x6982:
      return 'not-authenticated';
    case 0x6983:
      return 'pin-blocked';
    case 0x6a82:
      return 'not-found';
    case 0x6a88:
      return 'no-key';
    case 0x6a84:
      return 'card-full';
    case 0x6a81:
    case 0x6882:
    case 0x6d00:
    case 0x6e00:
      return 'unsupported';
    case 0x6581:
      return 'memory-failure';
    default:
      return 'refused';
  }
}

/**
 * Undefined in place of a malformed answer and of a refusal, for what is only read: cards are seen to carry metadata and objects by halves, and
 * one object that is kept back must not hide the others.
 */
export async function lenient<T>(body: () => Promise<T>): Promise<T | undefined> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof CardError && (error.reason === 'bad-answer' || error.sw !== undefined)) return undefined;
    throw error;
  }
}
