import { type CardEdge, type PinId, ROLE_EVERYONE, ROLE_USER } from '../../minidriver/index.ts';
import { buildName, CertificateError, parseName } from '../../crypto/certificates/index.ts';
import type { CardSummary, PlaceSummary } from '../card-summary.ts';
import { offeredKeyTypes } from '../key-types.ts';
import type { KeyOption, KeyPlan, OverwriteWarning, SubjectMistake } from './state.ts';

/** The places with the keys that can be made in each. */
export function keyOptions(card: CardSummary, edge: CardEdge): readonly KeyOption[] {
  return card.places.map((place) => {
    const makes = card.canGenerate && !card.readOnly;
    const keyTypes = makes ? offeredKeyTypes(edge.capabilities.generatable(place.containerIndex)) : [];
    const [recommendedKeyType] = keyTypes;
    return {
      place,
      keyTypes,
      ...(recommendedKeyType === undefined ? {} : { recommendedKeyType }),
      canUseExistingKey: place.hasKey && place.keyType !== undefined && !card.readOnly,
    };
  });
}

/** The option that a plan means; undefined when the card does not offer it. */
export function optionFor(options: readonly KeyOption[], plan: KeyPlan): KeyOption | undefined {
  const { key } = plan;
  const option = options.find(({ place }) => place.containerIndex === plan.containerIndex);
  if (option === undefined) return undefined;
  const possible = key.kind === 'existing' ? option.canUseExistingKey : option.keyTypes.includes(key.keyType);
  return possible ? option : undefined;
}

/** Whether the text can be written as a name in a request. */
function isName(text: string): boolean {
  try {
    buildName(parseName(text));
    return true;
  } catch (error) {
    if (error instanceof CertificateError) return false;
    throw error;
  }
}

/** What can't go into a request as it is typed. Empty when all is well. */
export function subjectMistakes(plan: KeyPlan): readonly SubjectMistake[] {
  const { subject, userPrincipalName, email } = plan;
  const mistakes: SubjectMistake[] = [];
  if (subject.trim() === '') mistakes.push('subject-empty');
  else if (!isName(subject)) mistakes.push('subject-malformed');
  if (userPrincipalName !== undefined && !/^[^\s@]{1,256}@[^\s@]{1,256}$/.test(userPrincipalName)) mistakes.push('upn-malformed');
  if (email !== undefined && !/^[!-?A-~]{1,256}@[!-?A-~]{1,256}$/.test(email)) mistakes.push('email-malformed');
  return mistakes;
}

/** What making a key here destroys; undefined when nothing is there. */
export function overwriteWarning(place: PlaceSummary): OverwriteWarning | undefined {
  if (!place.hasKey && !place.hasCertificate) return undefined;
  const { certificate, purpose } = place;
  const enciphers = certificate?.keyUsage.some((use) => use === 'keyEncipherment' || use === 'dataEncipherment' || use === 'keyAgreement') ?? false;
  return {
    place,
    decryptionKey: purpose === 'key-management' || purpose === 'retired' || enciphers,
    ...(certificate === undefined ? {} : { certificate }),
  };
}

/** The role that is to guard a new key: the place's own where the card lets one choose (design: PinId at creation). */
export function pinIdFor(edge: CardEdge, place: PlaceSummary): PinId {
  const bindable = edge.capabilities.bindablePins(place.containerIndex);
  const always = edge.pins.find(({ kind, cache }) => (kind === 'pin' || kind === 'external') && cache === 'always-prompt')?.id;
  const own = place.purpose === 'card-authentication' ? ROLE_EVERYONE : place.pinAlways && always !== undefined ? always : ROLE_USER;
  return bindable.find((id) => id === own) ?? bindable[0] ?? ROLE_USER;
}
