import { LayerError } from '../codec/errors.ts';

/** Why a cryptographic operation could not be done. `bad-padding` is the one answer to every malformed RSA block. */
export type CryptoReason =
  | 'bad-key'
  | 'bad-length'
  | 'bad-point'
  | 'bad-signature'
  | 'bad-padding'
  | 'too-long'
  | 'unsupported'
  | 'out-of-range'
  | 'check-failed'
  | 'wiped'
  | 'wasm-forbidden';

/** A key, block or parameter that the operation can't take. Never says anything about a secret's value. */
export class CryptoError extends LayerError<CryptoReason> {
  readonly layer = 'crypto';
}
