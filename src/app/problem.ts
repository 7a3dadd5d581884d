import { CcidError } from '../ccid/errors.ts';
import { ChannelError } from '../channel/errors.ts';
import { CodecError, LayerError } from '../codec/errors.ts';
import { CertificateError } from '../crypto/certificates/errors.ts';
import { CryptoError } from '../crypto/errors.ts';
import { Iso7816Error } from '../iso7816/errors.ts';
import { CardEdgeError } from '../minidriver/edge-error.ts';
import { UsbError } from '../usb/errors.ts';
import { FlowError } from './errors.ts';
import type { ProblemCardState, ProblemNext, ProblemWhat } from './problem/keys.ts';
import {
  CARD_EDGE_ROWS,
  CCID_ROWS,
  CERTIFICATE_ROWS,
  CHANNEL_ROWS,
  CODEC_ROWS,
  CONTACTS_ROW,
  CRYPTO_ROWS,
  FLOW_ROWS,
  ISO7816_ROWS,
  PROGRAM_ROW,
  type ProblemRow,
  USB_ROWS,
} from './problem/rows.ts';

export { PROBLEM_CARD_STATES, PROBLEM_NEXTS, PROBLEM_WHATS, type ProblemCardState, type ProblemNext, type ProblemWhat } from './problem/keys.ts';

/** Raw codes for support, never data. */
export interface ProblemDetail {
  /** SW1 SW2 of the card. */
  readonly sw?: number;
  /** bStatus and bError of the reader (CCID 1.1, 6.2.6). */
  readonly bStatus?: number;
  readonly bError?: number;
  /** The minidriver's DWORD. */
  readonly dword?: number;
  readonly dwordName?: string;
  /** What the embedder's authority gave as its reason, on one line of at most 300 characters: text of the page, of no one's secrets. */
  readonly said?: string;
  /** Layers and reasons from the top down, 'minidriver:SCARD_W_WRONG_CHV', 'card-edge:wrong-pin'. */
  readonly trail: readonly string[];
}

/** An error in a person's terms: what happened, the card's state now, what can safely be done. Keys only; ui/ has the words. */
export interface Problem {
  /** Short code to read out on the telephone, 'U03'. */
  readonly code: string;
  readonly what: ProblemWhat;
  readonly cardState: ProblemCardState;
  readonly next: readonly ProblemNext[];
  readonly retriesLeft?: number;
  readonly detail: ProblemDetail;
}

/** What a flow knows better than the error does. */
export interface ProblemContext {
  readonly cardState?: ProblemCardState;
  readonly next?: readonly ProblemNext[];
}

function rowOf(error: unknown): ProblemRow | undefined {
  if (error instanceof UsbError) return USB_ROWS[error.reason];
  if (error instanceof CcidError) return CCID_ROWS[error.reason];
  if (error instanceof ChannelError) return channelRow(error);
  if (error instanceof Iso7816Error) return ISO7816_ROWS[error.reason];
  if (error instanceof CardEdgeError) return CARD_EDGE_ROWS[error.reason];
  if (error instanceof CodecError) return CODEC_ROWS[error.reason];
  if (error instanceof CertificateError) return CERTIFICATE_ROWS[error.reason];
  if (error instanceof CryptoError) return CRYPTO_ROWS[error.reason];
  if (error instanceof FlowError) return FLOW_ROWS[error.reason];
  return undefined;
}

function channelRow(error: ChannelError): ProblemRow {
  const row = CHANNEL_ROWS[error.reason];
  return error.outcome === 'not-sent' && row.cardState === 'last-step-unknown' ? { ...row, cardState: 'unchanged' } : row;
}

/** Errors that only pass on a lower one: the lower one says more. The upper one still says whether the command was sent. */
function passesOn(error: unknown): boolean {
  if (error instanceof CardEdgeError) return error.reason === 'channel';
  return error instanceof ChannelError && (error.reason === 'transport' || error.reason === 'protocol' || error.reason === 'busy');
}

/** The error and its causes from the top down, at most eight. */
function chain(error: unknown): unknown[] {
  const out: unknown[] = [];
  for (let at: unknown = error; at !== undefined && at !== null && out.length < 8; at = at instanceof Error ? at.cause : undefined) out.push(at);
  return out;
}

const SAID_CHARACTERS = 300;

/** An error's own text, or the text that was thrown, on one line and not without end. */
function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : typeof error === 'string' ? error : '';
  const line = [...text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()];
  return line.length <= SAID_CHARACTERS ? line.join('') : `${line.slice(0, SAID_CHARACTERS - 1).join('')}…`;
}

function detailOf(errors: readonly unknown[]): ProblemDetail {
  const detail: { -readonly [K in keyof ProblemDetail]: ProblemDetail[K] } = {
    trail: errors.map((each) =>
      each instanceof LayerError ? `${each.layer}:${String(each.reason)}` : each instanceof Error ? `error:${each.name}` : 'error:unknown',
    ),
  };
  for (const each of errors) {
    if (each instanceof CcidError) {
      if (each.bStatus !== undefined) detail.bStatus = each.bStatus;
      if (each.bError !== undefined) detail.bError = each.bError;
    }
    if (!(each instanceof LayerError)) continue;
    if (each instanceof FlowError && each.reason === 'authority-refused') {
      const said = textOf(each.cause);
      if (said !== '') detail.said = said;
    }
    // By their fields: the classes of the minidriver and of the card families are not loaded for this.
    if ('dwCode' in each && typeof each.dwCode === 'number') {
      detail.dword = each.dwCode;
      detail.dwordName = String(each.reason);
    }
    if ('sw' in each && typeof each.sw === 'number') detail.sw = each.sw;
  }
  return detail;
}

/** Any error as a {@link Problem}. Never throws. */
export function toProblem(error: unknown, context: ProblemContext = {}): Problem {
  const errors = chain(error);
  let row: ProblemRow | undefined;
  let cardState: ProblemCardState | undefined;
  for (const each of errors) {
    const found = rowOf(each);
    if (found === undefined) continue;
    row = found;
    if (each instanceof ChannelError) cardState = found.cardState;
    if (!passesOn(each)) break;
  }
  // By its field: the classes of the card families are not loaded for this.
  const keptBack = errors.some((each) => each instanceof LayerError && 'contactless' in each && each.contactless !== undefined);
  const best = keptBack ? CONTACTS_ROW : (row ?? PROGRAM_ROW);
  const retriesLeft = errors.find((each): each is CardEdgeError => each instanceof CardEdgeError && each.retriesLeft !== undefined)?.retriesLeft;
  return {
    code: best.code,
    what: best.what,
    cardState: context.cardState ?? cardState ?? best.cardState,
    next: context.next ?? best.next,
    ...(retriesLeft === undefined ? {} : { retriesLeft }),
    detail: detailOf(errors),
  };
}
