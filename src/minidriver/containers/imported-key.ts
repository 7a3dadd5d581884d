import { wipe } from '../../codec/bytes.ts';
import type { RandomSource } from '../../codec/random.ts';
import { checkEcKeyPair } from '../../crypto/agree.ts';
import { checkPrivateKey } from '../../crypto/bignum/index.ts';
import { CryptoError } from '../../crypto/errors.ts';
import { buffer } from '../calls/checks.ts';
import { wellFormed } from '../calls/write-checks.ts';
import type { EdgePrivateKey } from '../card-edge.ts';
import { MinidriverError } from '../cardmod/error.ts';
import type { KeySpec } from '../key-forms/key-spec.ts';
import { decodeEccPrivateKeyBlob, decodeRsaPrivateKeyBlob } from '../key-forms/private-blobs.ts';

/** The key in a private blob of this kind. The caller wipes it. @throws MinidriverError SCARD_E_INVALID_PARAMETER */
export function decodedPrivateKey(spec: KeySpec, pbKeyData: unknown): EdgePrivateKey {
  const blob = buffer(pbKeyData, 'pbKeyData');
  return wellFormed(() => (spec.kind === 'rsa' ? decodeRsaPrivateKeyBlob(blob, spec.usage) : decodeEccPrivateKeyBlob(blob, spec.curve, spec.usage)));
}

/**
 * A key whose numbers do not belong together, whose primes are none or whose point is not on its curve goes into no card: it would take
 * the place of a good one (CHOICES.md, imported-key).
 * @throws MinidriverError SCARD_E_INVALID_PARAMETER for such a key, SCARD_E_UNSUPPORTED_FEATURE where it can't be checked: an RSA key on a
 * page that forbids WebAssembly, a size that no one should use
 */
export async function checkPrivate(key: EdgePrivateKey, random: RandomSource): Promise<void> {
  try {
    if (key.kind === 'ec') await checkEcKeyPair(key.curve, key.d, key.point);
    else {
      const { modulus: n, publicExponent: e, p, q, dP, dQ, qInv, d } = key;
      await checkPrivateKey({ n, e, p, q, dP, dQ, qInv, d }, { random });
    }
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    const ofTheKey = error.reason === 'bad-key' || error.reason === 'bad-point';
    throw new MinidriverError(
      ofTheKey ? 'SCARD_E_INVALID_PARAMETER' : 'SCARD_E_UNSUPPORTED_FEATURE',
      ofTheKey ? 'the numbers of the private key do not belong together' : 'this private key can not be checked',
      { cause: error },
    );
  }
}

export function wipePrivate(key: EdgePrivateKey): void {
  if (key.kind === 'rsa') wipe(key.p, key.q, key.dP, key.dQ, key.qInv, key.d);
  else wipe(key.d);
}
