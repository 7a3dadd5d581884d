/*
 * The keys a problem is worded by. Closed sets: the message catalogue of ui/ has one sentence for each, and the type of its table
 * makes a missing one a compile error.
 */

/** What happened. */
export const PROBLEM_WHATS = [
  'no-webusb',
  'usb-not-allowed',
  'protected-class',
  'reader-in-use',
  'open-refused',
  'not-a-ccid-reader',
  'reader-answers-badly',
  'reader-does-not-answer',
  'reader-unplugged',
  'reader-closed',
  'reader-busy',
  'reader-level-unsupported',
  'reader-firmware-old',
  'reader-protocol-unsupported',
  'cancelled',
  'no-card',
  'card-mute',
  'card-removed',
  'card-reset',
  'card-answers-badly',
  'card-refused',
  'card-too-small',
  'card-unknown',
  'card-cannot',
  'card-full',
  'card-read-only',
  'pin-wrong',
  'pin-blocked',
  'pin-length',
  'pin-format',
  'pin-needed',
  'pin-pad-cancelled',
  'pin-pad-timeout',
  'pin-pad-mismatch',
  'needs-contacts',
  'last-try-unconfirmed',
  'management-key-needed',
  'management-key-refused',
  'management-key-text',
  'no-key-in-place',
  'place-unknown',
  'object-not-found',
  'certificate-too-large',
  'write-differs',
  'certificate-unreadable',
  'certificate-unsupported',
  'certificate-name-bad',
  'certificate-text-bad',
  'signature-invalid',
  'certificate-for-other-key',
  'request-self-check-failed',
  'test-signature-failed',
  'authority-refused',
  'key-changed',
  'public-key-unknown',
  'session-ended',
  'key-unusable',
  'web-assembly-forbidden',
  /** A part of the program could not be fetched. */
  'not-loaded',
  'program-error',
] as const;

export type ProblemWhat = (typeof PROBLEM_WHATS)[number];

/** In what state the card is now. */
export const PROBLEM_CARD_STATES = [
  /** Nothing on the card changed. */
  'unchanged',
  /** Nothing changed but one PIN try is spent. */
  'try-spent',
  /** The PIN or PUK is blocked; keys and certificates are as before. */
  'blocked',
  /** The last command may or may not have been carried out. */
  'last-step-unknown',
  /** The PIN may have been counted. */
  'pin-count-unknown',
  /** The key was replaced; the certificate in the place belongs to the old one. */
  'key-replaced-certificate-stale',
  /** A new key stands in a place that had none; no certificate yet. */
  'key-made-certificate-missing',
  /** Generating was cut: old key or new key, to be looked up. */
  'key-unknown',
  /** Writing the certificate was cut: old, new or none, to be looked up. */
  'certificate-unknown',
  /** Key and certificate are on the card. */
  'enrolled',
  /** No card was touched. */
  'untouched',
] as const;

export type ProblemCardState = (typeof PROBLEM_CARD_STATES)[number];

/** What can safely be done next, most fitting first. */
export const PROBLEM_NEXTS = [
  'use-other-browser',
  'see-reader-access',
  'close-other-program',
  'replug-reader',
  'choose-other-reader',
  'wait-and-retry',
  'retry',
  'insert-card',
  'turn-card',
  'clean-card',
  'try-other-card',
  'retype-pin',
  'ask-for-pin',
  'unblock-with-puk',
  'ask-issuer',
  'retype-management-key',
  'other-management-key-mode',
  'choose-other-key-type',
  'choose-other-place',
  'use-existing-key',
  'paste-again',
  'other-certificate',
  'smaller-certificate',
  'correct-subject',
  'reconnect',
  'look-at-card',
  'send-report',
] as const;

export type ProblemNext = (typeof PROBLEM_NEXTS)[number];
