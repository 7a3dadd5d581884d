import { type Bytes, equal } from '../codec/bytes.ts';
import { certificateFacts } from '../crypto/certificate-facts.ts';
import { type PublicKey, samePublicKey } from '../crypto/public-key.ts';
import type { PivKeyType } from './algorithms.ts';
import { certificateContent, putAndCompare, readCertificate } from './data-objects.ts';
import { CardError } from './errors.ts';
import { generateKey, type KeyPolicy, moveKey } from './keys.ts';
import { askMetadata } from './metadata.ts';
import { checkRetiredPlace, noteRetired, readKeyHistory, RETIRED_SLOTS } from './retired.ts';
import type { PivSession } from './session.ts';
import type { PivSlot } from './slots.ts';

/*
 * Renewal of a key: a new one in the slot, and the old decryption key kept in a retired slot with its certificate. What is on the card after
 * any of its commands tells where to go on, so nothing is noted anywhere else:
 *
 *   1. copy the certificate to the retired place    two copies, one key: nothing is lost
 *   2. key history
 *   3. MOVE KEY                                     the old key works in its new place, the slot is empty
 *   4. GENERATE                                     the slot's key and certificate differ
 *   5. (the authority's certificate)
 *   6. write it to the slot                         done
 *
 * Cut off in 1 or 2, the retired place has the certificate and no key; in 3, the slot has no key; in 4 to 6, its key is another one than its
 * certificate's. Keys that only sign are not kept: 4 to 6 alone.
 */

/** Where a renewal stands. 'idle': none is under way. */
export type RenewalState =
  | { readonly step: 'idle' }
  /** The retired place `number` has a copy of the certificate, the key is still in the slot. */
  | { readonly step: 'copied'; readonly number: number }
  /** The slot's key is in the retired place `number`, the slot is empty. */
  | { readonly step: 'moved'; readonly number: number }
  /** A new key is in the slot, its certificate is missing. */
  | { readonly step: 'awaiting-certificate'; readonly publicKey: PublicKey; readonly number: number | undefined };

function keyOf(der: Bytes | undefined): PublicKey | undefined {
  if (der === undefined) return undefined;
  try {
    return certificateFacts(der).publicKey;
  } catch {
    return undefined;
  }
}

interface Place {
  readonly key: PublicKey | undefined;
  readonly empty: boolean;
  readonly certificate: Bytes | undefined;
}

async function placeOf(piv: PivSession, slot: PivSlot): Promise<Place> {
  const answer = await askMetadata(piv, slot.key);
  const key = answer.kind === 'told' ? answer.metadata.publicKey : undefined;
  return { key, empty: answer.kind === 'absent', certificate: await readCertificate(piv, slot.certificate) };
}

/** Retired places with a copy of `certificate`, and the first one that is free. */
async function findRetired(
  piv: PivSession,
  certificate: Bytes | undefined,
): Promise<{ readonly copy: { readonly number: number; readonly hasKey: boolean } | undefined; readonly free: number | undefined }> {
  let copy: { readonly number: number; readonly hasKey: boolean } | undefined;
  let free: number | undefined;
  for (const [i, slot] of RETIRED_SLOTS.entries()) {
    const place = await placeOf(piv, slot);
    const number = i + 1;
    if (copy === undefined && certificate !== undefined && place.certificate !== undefined && equal(place.certificate, certificate))
      copy = { number, hasKey: !place.empty };
    if (free === undefined && place.empty && place.certificate === undefined) free = number;
  }
  return { copy, free };
}

/** Reads from the card alone how far a renewal of this slot has come. Needs GET METADATA. @throws CardError `unsupported` */
export async function renewalState(piv: PivSession, slot: PivSlot): Promise<RenewalState> {
  piv.require('metadata');
  const { key, empty, certificate } = await placeOf(piv, slot);
  const certified = keyOf(certificate);
  const matches = key !== undefined && certified !== undefined && samePublicKey(key, certified);
  if (certificate === undefined)
    return empty || key === undefined ? { step: 'idle' } : { step: 'awaiting-certificate', publicKey: key, number: undefined };
  const { copy } = await findRetired(piv, certificate);
  if (empty) return copy?.hasKey === true ? { step: 'moved', number: copy.number } : { step: 'idle' };
  if (matches) return copy?.hasKey === false ? { step: 'copied', number: copy.number } : { step: 'idle' };
  return key === undefined ? { step: 'idle' } : { step: 'awaiting-certificate', publicKey: key, number: copy?.number };
}

export interface RenewalRequest {
  readonly keyType: PivKeyType;
  readonly policy?: KeyPolicy;
  /** Whether the old key goes to a retired slot. Left out: it does where the slot is for decryption. */
  readonly keepOldKey?: boolean;
  readonly onWaiting?: () => void;
}

export interface RenewedKey {
  readonly publicKey: PublicKey;
  /** Key reference that the old key has now; undefined when it was not kept. */
  readonly retiredKey: number | undefined;
  /** True when an earlier, cut off renewal was taken up. */
  readonly resumed: boolean;
}

/**
 * Steps 1 to 4, from wherever the card stands. Key 9B has to be authenticated.
 * @throws CardError `unsupported` before anything is sent when the old key should be kept and the card can't move keys; `card-full` when no
 * retired place is free; `not-authenticated`, `write-mismatch`
 */
export async function prepareRenewal(piv: PivSession, slot: PivSlot, request: RenewalRequest): Promise<RenewedKey> {
  const keep = request.keepOldKey ?? slot.usage === 'key-exchange';
  if (keep) piv.require('move-key');
  let state: RenewalState = piv.profile.features.has('metadata') ? await renewalState(piv, slot) : { step: 'idle' };
  const resumed = state.step !== 'idle';
  const reference = (number: number | undefined): number | undefined => (number === undefined ? undefined : RETIRED_SLOTS[number - 1]?.key);
  if (state.step === 'awaiting-certificate') return { publicKey: state.publicKey, retiredKey: reference(state.number), resumed };
  let moved: number | undefined = state.step === 'moved' ? state.number : undefined;
  if (keep && moved === undefined) {
    const { empty, certificate } = await placeOf(piv, slot);
    if (!empty && certificate !== undefined) {
      if (state.step === 'idle') state = await copyToRetired(piv, certificate);
      moved = await moveToRetired(piv, slot, state.step === 'copied' ? state.number : 0);
    }
  }
  const publicKey = await generateKey(piv, slot.key, request.keyType, request.policy, request.onWaiting);
  return { publicKey, retiredKey: reference(moved), resumed };
}

/** Step 1. */
async function copyToRetired(piv: PivSession, certificate: Bytes): Promise<RenewalState> {
  const { free } = await findRetired(piv, certificate);
  const place = RETIRED_SLOTS[(free ?? 0) - 1];
  if (free === undefined || place === undefined) throw new CardError('card-full', 'no retired slot is free');
  checkRetiredPlace(await readKeyHistory(piv), free);
  await putAndCompare(piv, place.certificate, await certificateContent(piv, certificate));
  return { step: 'copied', number: free };
}

/** Steps 2 and 3. */
async function moveToRetired(piv: PivSession, slot: PivSlot, number: number): Promise<number> {
  const place = RETIRED_SLOTS[number - 1];
  if (place === undefined) throw new CardError('card-full', 'no retired slot is free');
  await noteRetired(piv, await readKeyHistory(piv), number, true);
  await moveKey(piv, slot.key, place.key);
  return number;
}

/**
 * Step 6. The certificate must be for the key in the slot, where the card tells it.
 * @throws CardError `bad-parameter` (nothing written) for a certificate of another key; `too-large`, `not-authenticated`, `write-mismatch`
 */
export async function finishRenewal(piv: PivSession, slot: PivSlot, certificate: Bytes): Promise<void> {
  const content = await certificateContent(piv, certificate);
  const answer = await askMetadata(piv, slot.key);
  const certified = keyOf(certificate);
  const wrong =
    answer.kind === 'absent' ||
    (answer.kind === 'told' &&
      answer.metadata.publicKey !== undefined &&
      (certified === undefined || !samePublicKey(answer.metadata.publicKey, certified)));
  if (wrong) throw new CardError('bad-parameter', 'the certificate is for another key than the one in the slot');
  await putAndCompare(piv, slot.certificate, content);
}
