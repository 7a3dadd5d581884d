import { copy } from '../codec/bytes.ts';
import type { HashName } from './digest.ts';
import { ecdsaDerToRaw } from './ec.ts';
import { CryptoError } from './errors.ts';
import { type PublicKey, publicKeyJwk } from './public-key.ts';

/** How a message was signed. ECDSA signatures come as r || s ('raw') or as DER. */
export type SignatureScheme =
  | { readonly kind: 'rsa-pkcs1'; readonly hash: HashName }
  | { readonly kind: 'rsa-pss'; readonly hash: HashName; readonly saltBytes: number }
  | { readonly kind: 'ecdsa'; readonly hash: HashName; readonly form: 'raw' | 'der' };

/**
 * Whether `signature` over `message` is the key's, by WebCrypto. A malformed signature is simply false.
 * @throws CryptoError `bad-key`, `bad-point` for a key that must not be used, `unsupported` when key and scheme do not belong together.
 */
export async function verifySignature(key: PublicKey, scheme: SignatureScheme, signature: Uint8Array, message: Uint8Array): Promise<boolean> {
  const jwk = publicKeyJwk(key);
  if ((key.kind === 'ec') !== (scheme.kind === 'ecdsa')) throw new CryptoError('unsupported', `${scheme.kind} does not go with this key`);
  if (key.kind === 'ec' && scheme.kind === 'ecdsa') {
    let raw;
    try {
      raw = scheme.form === 'der' ? ecdsaDerToRaw(key.curve, signature) : copy(signature);
    } catch (error) {
      if (error instanceof CryptoError && error.reason === 'bad-signature') return false;
      throw error;
    }
    const imported = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: key.curve }, false, ['verify']);
    return crypto.subtle.verify({ name: 'ECDSA', hash: scheme.hash }, imported, raw, copy(message));
  }
  const name = scheme.kind === 'rsa-pss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5';
  const imported = await crypto.subtle.importKey('jwk', jwk, { name, hash: scheme.hash }, false, ['verify']);
  const parameters = scheme.kind === 'rsa-pss' ? { name, saltLength: scheme.saltBytes } : { name };
  return crypto.subtle.verify(parameters, imported, copy(signature), copy(message));
}
