import { LayerError } from '../codec/errors.ts';

/** What a flow itself finds wrong, above all layers. */
export type FlowReason =
  /** The certificate belongs to another key than the one in the chosen place. */
  | 'certificate-for-other-key'
  | 'request-self-check'
  | 'test-signature'
  | 'read-back-differs'
  | 'authority-refused'
  | 'management-key-text'
  | 'last-try-unconfirmed'
  | 'slot-without-public-key'
  | 'key-changed'
  | 'session-ended';

/** A step of a flow that must not go on. */
export class FlowError extends LayerError<FlowReason> {
  readonly layer = 'flow';
}
