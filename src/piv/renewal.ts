import { type Bytes, equal } from '../codec/bytes.ts';
import { type CertificateFacts, certificateFacts } from '../crypto/certificate-facts.ts';
import { type PublicKey, samePublicKey } from '../crypto/public-key.ts';
import { algorithmOf, isCurve25519, mayBeOf, type PivKeyType } from './algorithms.ts';
import { attestedKey } from './card-edge/certified-key.ts';
import { certificateContent, putAndCompare } from './data-objects.ts';
import { CardError, lenient } from './errors.ts';
import { generateKey, type KeyPolicy, moveKey } from './keys.ts';
import { askMetadata, type Metadata } from './metadata.ts';
import { checkRetiredPlace, noteRetired, readKeyHistory, RETIRED_SLOTS } from './retired.ts';
import type { PivSession } from './session.ts';
import type { PivSlot } from './slots.ts';
import { storedCertificate } from './stored-certificate.ts';

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
 *
 * A key is taken for the one of step 4 only where it can be: the card made it, nobody's certificate is for it, and of a kept key the retired
 * place has what steps 1 to 3 leave there. Any other decryption key is kept, with its certificate where that is its own.
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

/** Undefined for no certificate, or one that makes no sense. */
function factsOf(der: Bytes | null | undefined): CertificateFacts | undefined {
  if (der === undefined || der === null) return undefined;
  try {
    return certificateFacts(der);
  } catch {
    return undefined;
  }
}

interface Place {
  readonly metadata: Metadata | undefined;
  /** The card says that there is no key. */
  readonly empty: boolean;
  /** As the metadata tell, else as the card attests; undefined where it does neither. */
  readonly key: PublicKey | undefined;
  /** The card made the key. */
  readonly generated: boolean;
  /** Null for an object that is none. */
  readonly certificate: Bytes | null | undefined;
}

async function keyIn(piv: PivSession, slot: PivSlot): Promise<Omit<Place, 'certificate'>> {
  const answer = await lenient(() => askMetadata(piv, slot.key));
  const empty = answer?.kind === 'absent';
  const metadata = answer?.kind === 'told' ? answer.metadata : undefined;
  const asks = !empty && metadata?.publicKey === undefined && !isCurve25519(metadata?.algorithm) && piv.profile.features.has('attestation');
  const attested = asks ? await attestedKey(piv, slot.key) : undefined;
  const generated = attested !== undefined || metadata?.origin === 'generated';
  return { metadata, empty, key: metadata?.publicKey ?? attested, generated };
}

const placeOf = async (piv: PivSession, slot: PivSlot): Promise<Place> => ({
  ...(await keyIn(piv, slot)),
  certificate: await storedCertificate(piv, slot),
});

/** Whether the certificate of a place is for the key in it; undefined where the card does not tell. */
function isOwn({ key, metadata, certificate }: Place): boolean | undefined {
  const facts = factsOf(certificate);
  if (facts === undefined) return false;
  const certified = facts.publicKey;
  // Of a certificate for another kind of key only that kind is known.
  if (certified === undefined && key === undefined) return isCurve25519(metadata?.algorithm) || undefined;
  if (certified === undefined) return false;
  if (key !== undefined) return samePublicKey(key, certified);
  return mayBeOf(metadata?.algorithm, certified) ? undefined : false;
}

interface Copy {
  readonly number: number;
  readonly empty: boolean;
  /** The certificate's own key is there too. */
  readonly hasKey: boolean;
}

interface View {
  readonly place: Place;
  readonly state: RenewalState;
  /** Retired place with a copy of the slot's certificate. */
  readonly copy: Copy | undefined;
  /** First retired place without key and object. */
  readonly free: number | undefined;
}

async function findRetired(piv: PivSession, certificate: Bytes | null | undefined): Promise<Pick<View, 'copy' | 'free'>> {
  let copy: Copy | undefined;
  let free: number | undefined;
  for (const [i, slot] of RETIRED_SLOTS.entries()) {
    const number = i + 1;
    const stored = await storedCertificate(piv, slot).catch((error: unknown) => {
      // What the card keeps back is in use.
      if (error instanceof CardError && error.sw !== undefined) return null;
      throw error;
    });
    const isCopy = copy === undefined && certificate && stored && equal(stored, certificate);
    if (isCopy) {
      const place = { ...(await keyIn(piv, slot)), certificate: stored };
      copy = { number, empty: place.empty, hasKey: isOwn(place) === true };
    } else if (free === undefined && stored === undefined && (await lenient(() => askMetadata(piv, slot.key)))?.kind === 'absent') free = number;
  }
  return { copy, free };
}

function stateOf(place: Place, copy: Copy | undefined, keep: boolean): RenewalState {
  const { empty, key, generated, certificate } = place;
  if (empty) return copy?.hasKey === true ? { step: 'moved', number: copy.number } : { step: 'idle' };
  if (isOwn(place) === true) return copy?.empty === true ? { step: 'copied', number: copy.number } : { step: 'idle' };
  const before = certificate === undefined || (factsOf(certificate) !== undefined && (!keep || copy?.hasKey === true));
  if (key === undefined || !generated || !before) return { step: 'idle' };
  return { step: 'awaiting-certificate', publicKey: key, number: copy?.number };
}

/** Retired places are looked at only for a key that is kept. */
async function look(piv: PivSession, slot: PivSlot, keep: boolean): Promise<View> {
  const place = await placeOf(piv, slot);
  const { copy, free } = keep ? await findRetired(piv, place.certificate) : { copy: undefined, free: undefined };
  return { place, state: stateOf(place, copy, keep), copy, free };
}

const isKept = (slot: PivSlot): boolean => slot.usage === 'key-exchange';

/** Reads from the card alone how far a renewal of this slot has come. Needs GET METADATA. @throws CardError `unsupported` */
export async function renewalState(piv: PivSession, slot: PivSlot): Promise<RenewalState> {
  piv.require('metadata');
  return (await look(piv, slot, isKept(slot))).state;
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

/** Whether a key that waits for its certificate is one of those asked for now. A card that does not tell its rules is taken to have those of the slot. */
function isAsked(key: PublicKey, metadata: Metadata | undefined, slot: PivSlot, { keyType, policy }: RenewalRequest): boolean {
  return (
    mayBeOf(algorithmOf(keyType), key) &&
    (metadata?.pinRule ?? slot.pin) === (policy?.pin ?? slot.pin) &&
    (metadata?.touch ?? 'never') === (policy?.touch ?? 'never')
  );
}

/**
 * Steps 1 to 4, from wherever the card stands. Key 9B has to be authenticated.
 * @throws CardError `unsupported` before anything is sent when the old key should be kept and the card can't move keys; `card-full` when no
 * retired place is free; `not-authenticated`, `write-mismatch`
 */
export async function prepareRenewal(piv: PivSession, slot: PivSlot, request: RenewalRequest): Promise<RenewedKey> {
  const keep = request.keepOldKey ?? isKept(slot);
  if (keep) piv.require('move-key');
  const view = keep || piv.profile.features.has('metadata') ? await look(piv, slot, keep) : undefined;
  const state: RenewalState = view?.state ?? { step: 'idle' };
  const reference = (number: number | undefined): number | undefined => (number === undefined ? undefined : RETIRED_SLOTS[number - 1]?.key);
  if (state.step === 'awaiting-certificate' && isAsked(state.publicKey, view?.place.metadata, slot, request))
    return { publicKey: state.publicKey, retiredKey: reference(state.number), resumed: true };
  const moved = keep && view !== undefined ? await retire(piv, slot, view) : undefined;
  const publicKey = await generateKey(piv, slot.key, request.keyType, request.policy, request.onWaiting);
  return {
    publicKey,
    retiredKey: reference((state.step === 'idle' ? undefined : state.number) ?? moved),
    resumed: state.step === 'copied' || state.step === 'moved',
  };
}

/** Steps 1 to 3: the key of the slot into a retired place, its certificate before it. Answers the number; undefined without a key. */
async function retire(piv: PivSession, slot: PivSlot, { place, copy, free }: View): Promise<number | undefined> {
  if (place.empty) return undefined;
  const isItsOwn = isOwn(place);
  if (isItsOwn === undefined) throw new CardError('unsupported', 'the card does not tell whether the certificate is for the key in the slot');
  // Another key's certificate, or what is none, stays where it is until the new one replaces it.
  const own = isItsOwn ? place.certificate : undefined;
  const copied = own && copy?.empty === true ? copy.number : undefined;
  const number = copied ?? free ?? 0;
  const target = RETIRED_SLOTS[number - 1];
  if (target === undefined) throw new CardError('card-full', 'no retired slot is free');
  const history = await readKeyHistory(piv);
  checkRetiredPlace(history, number);
  if (own) {
    if (copied === undefined) await putAndCompare(piv, target.certificate, await certificateContent(piv, own));
    await noteRetired(piv, history, number, true);
  }
  await moveKey(piv, slot.key, target.key);
  return number;
}

/**
 * Step 6. The certificate must be for the key in the slot, where the card tells it or the caller has `made` it.
 * @throws CardError `bad-parameter` (nothing written) for a certificate of another key; `too-large`, `not-authenticated`, `write-mismatch`
 */
export async function finishRenewal(piv: PivSession, slot: PivSlot, certificate: Bytes, made?: PublicKey): Promise<void> {
  const content = await certificateContent(piv, certificate);
  const place = { ...(await keyIn(piv, slot)), certificate };
  const own = isOwn(place.key === undefined && made !== undefined ? { ...place, key: made } : place);
  if (place.empty || own === false) throw new CardError('bad-parameter', 'the certificate is for another key than the one in the slot');
  await putAndCompare(piv, slot.certificate, content);
}
