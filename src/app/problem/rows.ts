import type { CcidReason } from '../../ccid/errors.ts';
import type { ChannelReason } from '../../channel/errors.ts';
import type { CodecReason } from '../../codec/errors.ts';
import type { CertificateReason } from '../../crypto/certificates/errors.ts';
import type { CryptoReason } from '../../crypto/errors.ts';
import type { Iso7816Reason } from '../../iso7816/errors.ts';
import type { CardEdgeReason } from '../../minidriver/edge-error.ts';
import type { UsbReason } from '../../usb/errors.ts';
import type { FlowReason } from '../errors.ts';
import type { ProblemCardState, ProblemNext, ProblemWhat } from './keys.ts';

/** Code, what happened, the card's state when nothing better is known, what can be done. */
export interface ProblemRow {
  readonly code: string;
  readonly what: ProblemWhat;
  readonly cardState: ProblemCardState;
  readonly next: readonly ProblemNext[];
}

function row(code: string, what: ProblemWhat, cardState: ProblemCardState, ...next: readonly ProblemNext[]): ProblemRow {
  return { code, what, cardState, next };
}

/*
 * Codes can be read out on the telephone: one letter for the layer, two digits. A number that was given once is never given to
 * another reason: L16 and L17 are spent.
 */

export const USB_ROWS: Readonly<Record<UsbReason, ProblemRow>> = {
  'no-webusb': row('U01', 'no-webusb', 'untouched', 'use-other-browser', 'see-reader-access'),
  'not-allowed': row('U02', 'usb-not-allowed', 'untouched', 'see-reader-access', 'retry'),
  'protected-class': row('U03', 'protected-class', 'untouched', 'see-reader-access', 'choose-other-reader'),
  'in-use': row('U04', 'reader-in-use', 'untouched', 'close-other-program', 'retry'),
  'open-refused': row('U05', 'open-refused', 'untouched', 'see-reader-access', 'replug-reader', 'retry'),
  'no-interface': row('U06', 'not-a-ccid-reader', 'untouched', 'choose-other-reader', 'send-report'),
  'no-endpoint': row('U07', 'not-a-ccid-reader', 'untouched', 'choose-other-reader', 'send-report'),
  'bad-descriptor': row('U08', 'not-a-ccid-reader', 'untouched', 'choose-other-reader', 'send-report'),
  stall: row('U09', 'reader-answers-badly', 'last-step-unknown', 'replug-reader', 'retry', 'send-report'),
  babble: row('U10', 'reader-answers-badly', 'last-step-unknown', 'replug-reader', 'retry', 'send-report'),
  'short-write': row('U11', 'reader-answers-badly', 'last-step-unknown', 'replug-reader', 'retry', 'send-report'),
  'transfer-failed': row('U12', 'reader-answers-badly', 'last-step-unknown', 'replug-reader', 'retry', 'send-report'),
  aborted: row('U13', 'cancelled', 'last-step-unknown', 'retry'),
  closed: row('U14', 'reader-closed', 'last-step-unknown', 'reconnect'),
  unplugged: row('U15', 'reader-unplugged', 'last-step-unknown', 'replug-reader', 'reconnect'),
};

export const CCID_ROWS: Readonly<Record<CcidReason, ProblemRow>> = {
  'bad-descriptor': row('R01', 'not-a-ccid-reader', 'untouched', 'choose-other-reader', 'send-report'),
  'unsupported-interface': row('R02', 'reader-level-unsupported', 'untouched', 'choose-other-reader', 'send-report'),
  'old-firmware': row('R14', 'reader-firmware-old', 'untouched', 'choose-other-reader'),
  'bad-message': row('R03', 'reader-answers-badly', 'last-step-unknown', 'replug-reader', 'retry', 'send-report'),
  truncated: row('R04', 'reader-answers-badly', 'last-step-unknown', 'replug-reader', 'retry', 'send-report'),
  'too-long': row('R05', 'reader-answers-badly', 'last-step-unknown', 'choose-other-reader', 'send-report'),
  timeout: row('R06', 'reader-does-not-answer', 'last-step-unknown', 'replug-reader', 'retry'),
  aborted: row('R07', 'cancelled', 'last-step-unknown', 'retry'),
  'no-card': row('R08', 'no-card', 'last-step-unknown', 'insert-card', 'reconnect'),
  mute: row('R09', 'card-mute', 'last-step-unknown', 'turn-card', 'clean-card', 'try-other-card'),
  'power-failed': row('R10', 'card-mute', 'untouched', 'turn-card', 'clean-card', 'try-other-card'),
  busy: row('R11', 'reader-busy', 'unchanged', 'wait-and-retry', 'replug-reader'),
  'not-supported': row('R12', 'reader-level-unsupported', 'unchanged', 'choose-other-reader', 'send-report'),
  'command-failed': row('R13', 'reader-answers-badly', 'last-step-unknown', 'replug-reader', 'retry', 'send-report'),
};

export const CHANNEL_ROWS: Readonly<Record<ChannelReason, ProblemRow>> = {
  'no-card': row('L01', 'no-card', 'untouched', 'insert-card'),
  'card-mute': row('L02', 'card-mute', 'untouched', 'turn-card', 'clean-card', 'try-other-card'),
  'card-removed': row('L03', 'card-removed', 'last-step-unknown', 'insert-card', 'reconnect'),
  'card-reset': row('L04', 'card-reset', 'last-step-unknown', 'reconnect'),
  unplugged: row('L05', 'reader-unplugged', 'last-step-unknown', 'replug-reader', 'reconnect'),
  closed: row('L06', 'reader-closed', 'last-step-unknown', 'reconnect'),
  busy: row('L07', 'reader-busy', 'unchanged', 'wait-and-retry'),
  timeout: row('L08', 'reader-does-not-answer', 'last-step-unknown', 'replug-reader', 'reconnect'),
  aborted: row('L09', 'cancelled', 'last-step-unknown', 'reconnect'),
  transport: row('L10', 'reader-answers-badly', 'last-step-unknown', 'replug-reader', 'reconnect', 'send-report'),
  protocol: row('L11', 'reader-answers-badly', 'last-step-unknown', 'replug-reader', 'reconnect', 'send-report'),
  'too-long': row('L12', 'card-too-small', 'unchanged', 'choose-other-reader', 'send-report'),
  'too-many-exchanges': row('L13', 'card-answers-badly', 'last-step-unknown', 'reconnect', 'send-report'),
  'unsupported-level': row('L14', 'reader-level-unsupported', 'untouched', 'choose-other-reader', 'send-report'),
  'unsupported-protocol': row('L15', 'reader-protocol-unsupported', 'untouched', 'choose-other-reader', 'send-report'),
};

export const ISO7816_ROWS: Readonly<Record<Iso7816Reason, ProblemRow>> = {
  'bad-apdu': row('I01', 'program-error', 'unchanged', 'send-report'),
  'too-long': row('I02', 'card-too-small', 'unchanged', 'choose-other-reader', 'send-report'),
  'bad-answer': row('I03', 'card-answers-badly', 'last-step-unknown', 'reconnect', 'send-report'),
  'too-many-exchanges': row('I04', 'card-answers-badly', 'last-step-unknown', 'reconnect', 'send-report'),
  'bad-atr': row('I05', 'card-answers-badly', 'untouched', 'turn-card', 'try-other-card', 'send-report'),
  'bad-pps': row('I06', 'card-answers-badly', 'untouched', 'try-other-card', 'send-report'),
  unsupported: row('I07', 'reader-protocol-unsupported', 'untouched', 'choose-other-reader', 'send-report'),
};

export const CARD_EDGE_ROWS: Readonly<Record<CardEdgeReason, ProblemRow>> = {
  'unknown-card': row('E01', 'card-unknown', 'unchanged', 'try-other-card', 'send-report'),
  unsupported: row('E02', 'card-cannot', 'unchanged', 'choose-other-place', 'choose-other-key-type'),
  'wrong-pin': row('E03', 'pin-wrong', 'try-spent', 'retype-pin', 'ask-for-pin'),
  'pin-blocked': row('E04', 'pin-blocked', 'blocked', 'unblock-with-puk', 'ask-issuer'),
  'bad-pin-length': row('E05', 'pin-length', 'unchanged', 'retype-pin'),
  'bad-pin-format': row('E06', 'pin-format', 'unchanged', 'retype-pin'),
  'not-authenticated': row('E07', 'pin-needed', 'unchanged', 'retype-pin'),
  'no-management-key': row('E08', 'management-key-needed', 'unchanged', 'retype-management-key', 'ask-issuer'),
  'management-key-refused': row('E09', 'management-key-refused', 'unchanged', 'other-management-key-mode', 'retype-management-key', 'ask-issuer'),
  'no-challenge': row('E10', 'program-error', 'unchanged', 'reconnect', 'send-report'),
  'no-key': row('E11', 'no-key-in-place', 'unchanged', 'choose-other-place', 'look-at-card'),
  'no-such-container': row('E12', 'place-unknown', 'unchanged', 'choose-other-place'),
  'not-found': row('E13', 'object-not-found', 'unchanged', 'look-at-card', 'send-report'),
  'too-large': row('E14', 'certificate-too-large', 'unchanged', 'smaller-certificate', 'choose-other-place'),
  'card-full': row('E15', 'card-full', 'unchanged', 'smaller-certificate', 'look-at-card'),
  'write-mismatch': row('E16', 'write-differs', 'certificate-unknown', 'look-at-card', 'retry'),
  'bad-parameter': row('E17', 'program-error', 'unchanged', 'send-report'),
  'bad-answer': row('E18', 'card-answers-badly', 'last-step-unknown', 'reconnect', 'send-report'),
  'card-refused': row('E19', 'card-refused', 'unchanged', 'reconnect', 'send-report'),
  channel: row('E20', 'reader-answers-badly', 'last-step-unknown', 'reconnect', 'send-report'),
  'entry-cancelled': row('E21', 'pin-pad-cancelled', 'unchanged', 'retype-pin'),
  'entry-timeout': row('E22', 'pin-pad-timeout', 'unchanged', 'retype-pin'),
  // The new PIN was typed twice, and not alike.
  'entry-mismatch': row('E23', 'pin-pad-mismatch', 'unchanged', 'retype-pin'),
};

export const CODEC_ROWS: Readonly<Record<CodecReason, ProblemRow>> = {
  truncated: row('D01', 'card-answers-badly', 'unchanged', 'reconnect', 'send-report'),
  trailing: row('D02', 'card-answers-badly', 'unchanged', 'reconnect', 'send-report'),
  'bad-length': row('D03', 'card-answers-badly', 'unchanged', 'reconnect', 'send-report'),
  'bad-tag': row('D04', 'card-answers-badly', 'unchanged', 'reconnect', 'send-report'),
  'too-deep': row('D05', 'card-answers-badly', 'unchanged', 'reconnect', 'send-report'),
  'too-large': row('D06', 'card-answers-badly', 'unchanged', 'reconnect', 'send-report'),
  'bad-value': row('D07', 'card-answers-badly', 'unchanged', 'reconnect', 'send-report'),
  missing: row('D08', 'card-answers-badly', 'unchanged', 'reconnect', 'send-report'),
  duplicate: row('D09', 'card-answers-badly', 'unchanged', 'reconnect', 'send-report'),
  'not-hex': row('D10', 'management-key-text', 'unchanged', 'retype-management-key'),
};

export const CRYPTO_ROWS: Readonly<Record<CryptoReason, ProblemRow>> = {
  'bad-key': row('X01', 'key-unusable', 'unchanged', 'choose-other-key-type', 'send-report'),
  'bad-length': row('X02', 'key-unusable', 'unchanged', 'send-report'),
  'bad-point': row('X03', 'key-unusable', 'unchanged', 'choose-other-key-type', 'send-report'),
  'bad-signature': row('X04', 'signature-invalid', 'unchanged', 'reconnect', 'send-report'),
  'bad-padding': row('X05', 'card-answers-badly', 'unchanged', 'reconnect', 'send-report'),
  'too-long': row('X06', 'key-unusable', 'unchanged', 'choose-other-key-type', 'send-report'),
  unsupported: row('X07', 'key-unusable', 'unchanged', 'choose-other-key-type', 'send-report'),
  'out-of-range': row('X08', 'key-unusable', 'unchanged', 'choose-other-key-type', 'send-report'),
  'check-failed': row('X09', 'signature-invalid', 'unchanged', 'reconnect', 'send-report'),
  wiped: row('X10', 'program-error', 'unchanged', 'reconnect', 'send-report'),
  'wasm-forbidden': row('X11', 'web-assembly-forbidden', 'unchanged', 'use-other-browser'),
};

export const CERTIFICATE_ROWS: Readonly<Record<CertificateReason, ProblemRow>> = {
  malformed: row('T01', 'certificate-unreadable', 'unchanged', 'paste-again', 'other-certificate'),
  'too-large': row('T02', 'certificate-unreadable', 'unchanged', 'other-certificate'),
  'too-deep': row('T03', 'certificate-unreadable', 'unchanged', 'other-certificate'),
  unsupported: row('T04', 'certificate-unsupported', 'unchanged', 'other-certificate', 'choose-other-key-type'),
  'bad-name': row('T05', 'certificate-name-bad', 'unchanged', 'correct-subject'),
  'bad-pem': row('T06', 'certificate-text-bad', 'unchanged', 'paste-again'),
  'bad-signature': row('T07', 'signature-invalid', 'unchanged', 'other-certificate', 'send-report'),
};

export const FLOW_ROWS: Readonly<Record<FlowReason, ProblemRow>> = {
  'certificate-for-other-key': row('F01', 'certificate-for-other-key', 'unchanged', 'other-certificate', 'paste-again'),
  'request-self-check': row('F02', 'request-self-check-failed', 'unchanged', 'use-existing-key', 'choose-other-key-type', 'send-report'),
  'test-signature': row('F03', 'test-signature-failed', 'enrolled', 'look-at-card', 'send-report'),
  'read-back-differs': row('F04', 'write-differs', 'certificate-unknown', 'look-at-card', 'retry'),
  'authority-refused': row('F05', 'authority-refused', 'unchanged', 'retry', 'ask-issuer'),
  'management-key-text': row('F06', 'management-key-text', 'unchanged', 'retype-management-key'),
  'last-try-unconfirmed': row('F07', 'last-try-unconfirmed', 'unchanged', 'retype-pin', 'ask-for-pin'),
  'slot-without-public-key': row('F08', 'public-key-unknown', 'unchanged', 'choose-other-place'),
  'key-changed': row('F09', 'key-changed', 'unchanged', 'use-existing-key', 'look-at-card'),
  'session-ended': row('F10', 'session-ended', 'unchanged', 'reconnect'),
};

/** What a card keeps back where it is read without contacts, whatever reason the layers above gave. */
export const CONTACTS_ROW: ProblemRow = row('E24', 'needs-contacts', 'unchanged', 'choose-other-reader');

/** What no layer has a row for: a fault of this program. */
export const PROGRAM_ROW: ProblemRow = row('Z01', 'program-error', 'last-step-unknown', 'reconnect', 'send-report');
