import { wipe } from '../../codec/bytes.ts';
import { checkPoint } from '../../crypto/ec.ts';
import { CryptoError } from '../../crypto/errors.ts';
import { authenticatedAs, buffer, containerIndex, dword, flagsWithin, noFlags, structure } from '../calls/checks.ts';
import { wellFormed } from '../calls/write-checks.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import * as c from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';
import { CARD_DERIVE_KEY_CURRENT_VERSION, CARD_DH_AGREEMENT_INFO_CURRENT_VERSION } from '../cardmod/structures.ts';
import type { CardContext } from '../context.ts';
import { decodePublicKeyBlob } from '../key-forms/blobs.ts';
import { deriveKey, derivedKeyBytes, keyDerivation } from './key-derivation.ts';

type AgreementEntryPoints = {
  readonly [N in 'CardConstructDHAgreement' | 'CardDeriveKey' | 'CardDestroyDHAgreement']: NonNullable<CardEntryPoints[N]>;
};

/** Shared secrets held at a time by one context (CHOICES.md, agreements). */
const MAX_AGREEMENTS = 16;

/** @throws MinidriverError SCARD_E_INVALID_PARAMETER for a point that is not on the curve */
function onCurve(curve: 'P-256' | 'P-384' | 'P-521', point: Uint8Array): void {
  try {
    checkPoint(curve, point);
  } catch (error) {
    if (error instanceof CryptoError) fail('SCARD_E_INVALID_PARAMETER', 'the public key is not a point of the curve');
    throw error;
  }
}

function freeIndex(context: CardContext): number {
  if (context.agreements.size >= MAX_AGREEMENTS) fail('SCARD_E_NO_MEMORY', 'there are too many agreements');
  let index = 0;
  while (context.agreements.has(index)) index++;
  return index;
}

/** Key agreement of S707 4.7.2 to 4.7.4. The shared secret stays in the context and is wiped with it. */
export function agreementEntryPoints(context: CardContext): AgreementEntryPoints {
  return {
    async CardConstructDHAgreement(pAgreementInfo) {
      const info = structure(pAgreementInfo, 'pAgreementInfo');
      // Version 1 of the structure is dead (S707 4.7.2).
      if (dword(info.dwVersion, 'dwVersion') !== CARD_DH_AGREEMENT_INFO_CURRENT_VERSION)
        fail('ERROR_REVISION_MISMATCH', 'this version of CARD_DH_AGREEMENT_INFO is not known');
      noFlags(info.dwFlags);
      const blob = buffer(info.pbPublicKey, 'pbPublicKey');
      const { key: other } = wellFormed(() => decodePublicKeyBlob(blob));
      if (other.kind !== 'ec') fail('SCARD_E_INVALID_PARAMETER', 'the public key is not one of a curve');
      onCurve(other.curve, other.point);
      containerIndex(context.edge, info.bContainerIndex);
      const container = await context.container(info.bContainerIndex);
      const own = container.publicKey;
      if (own?.kind !== 'ec' || container.usage !== 'key-exchange') fail('SCARD_E_NO_KEY_CONTAINER', 'the container holds no ECDH key');
      if (own.curve !== other.curve) fail('SCARD_E_INVALID_PARAMETER', 'the keys are of different curves');
      const index = freeIndex(context);
      const edge = await context.card();
      authenticatedAs(edge, container.pinId);
      context.agreements.set(index, await edge.ecdh(container.index, other.point));
      return Object.assign(info, { bSecretAgreementIndex: index });
    },

    async CardDeriveKey(pAgreementInfo) {
      const info = structure(pAgreementInfo, 'pAgreementInfo');
      const version = dword(info.dwVersion, 'dwVersion');
      // Callers with a v7 context still send version 1. The driver gives the buffer (CHOICES.md, derived-key-buffer).
      if (version === 0 || version > CARD_DERIVE_KEY_CURRENT_VERSION) fail('ERROR_REVISION_MISMATCH', 'this version of CARD_DERIVE_KEY is not known');
      const flags = flagsWithin(info.dwFlags, c.KDF_USE_SECRET_AS_HMAC_KEY_FLAG | c.CARD_RETURN_KEY_HANDLE | c.CARD_BUFFER_SIZE_ONLY);
      // CHOICES.md, key-handles.
      if ((flags & c.CARD_RETURN_KEY_HANDLE) !== 0) fail('SCARD_E_UNSUPPORTED_FEATURE', 'there are no session keys to return');
      const derivation = keyDerivation(info, (flags & c.KDF_USE_SECRET_AS_HMAC_KEY_FLAG) !== 0);
      const secret = context.agreements.get(info.bSecretAgreementIndex);
      if (secret === undefined) fail('SCARD_E_INVALID_PARAMETER', 'no agreement has this index');
      const cbDerivedKey = derivedKeyBytes(derivation, secret.length);
      if ((flags & c.CARD_BUFFER_SIZE_ONLY) !== 0) return Object.assign(info, { pbDerivedKey: null, cbDerivedKey });
      const derived = await deriveKey(context, derivation, info.bSecretAgreementIndex);
      try {
        return Object.assign(info, { pbDerivedKey: context.hand(derived), cbDerivedKey });
      } finally {
        wipe(derived);
      }
    },

    async CardDestroyDHAgreement(bSecretAgreementIndex, dwFlags) {
      noFlags(dwFlags);
      const secret = context.agreements.get(bSecretAgreementIndex);
      if (secret === undefined) fail('SCARD_E_INVALID_PARAMETER', 'no agreement has this index');
      // Gone first, whatever is answered.
      wipe(secret);
      context.agreements.delete(bSecretAgreementIndex);
      const edge = await context.card();
      if (edge.authenticated === 0) fail('SCARD_W_SECURITY_VIOLATION', 'nobody is authenticated');
    },
  };
}
