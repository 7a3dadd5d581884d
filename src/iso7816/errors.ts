import { LayerError } from '../codec/errors.ts';

/** What was wrong: with the caller's command, with a limit, or with what the card sent. */
export type Iso7816Reason = 'bad-apdu' | 'too-long' | 'bad-answer' | 'too-many-exchanges' | 'bad-atr' | 'bad-pps' | 'unsupported';

/** Bytes that break ISO/IEC 7816-3 or 7816-4, or a command that reader and card can't carry. Never holds data. */
export class Iso7816Error extends LayerError<Iso7816Reason> {
  readonly layer = 'iso7816';
}
