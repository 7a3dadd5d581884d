import { wipe } from '../../codec/bytes.ts';
import type { CardSummary, PlaceSummary } from '../card-summary.ts';
import type { CardFamily } from '../card-families/family.ts';
import { managementKeyBytes } from '../management-key.ts';
import type { Problem } from '../problem.ts';
import type { KeyPlan, ManagementKeyMode, ManagementKeyPrompt, PinPrompt, PinUse, PinWay } from './state.ts';

/** What the person wants done next: a request, or a certificate written. */
export type Goal = 'request' | 'write';

/** What the PIN will be used for, in order. */
function pinUses(goal: Goal, plan: KeyPlan | undefined, keyBehindPin: boolean): PinUse[] {
  const uses: PinUse[] = keyBehindPin ? ['read-management-key'] : [];
  if (goal === 'request') uses.push(...(plan?.key.kind === 'generate' ? (['create-key', 'sign-request'] as const) : (['sign-request'] as const)));
  uses.push('write-certificate', 'test-signature');
  return uses;
}

/** The first VERIFY opens the session; a key that wants the PIN before each use gets it once more for each signature. */
export function pinPrompt(
  card: CardSummary,
  place: PlaceSummary,
  about: { readonly goal: Goal; readonly plan: KeyPlan | undefined; readonly keyBehindPin: boolean; readonly ways: readonly PinWay[] },
  mistake?: Problem,
): PinPrompt {
  const { retriesLeft, retriesTotal, minLength, maxLength } = card.pin;
  const uses = pinUses(about.goal, about.plan, about.keyBehindPin);
  const signatures = uses.filter((use) => use === 'sign-request' || use === 'test-signature').length;
  return {
    ways: about.ways,
    uses,
    sends: 1 + (place.pinAlways ? signatures : 0),
    place,
    lastTry: retriesLeft === 1,
    minLength,
    maxLength,
    ...(retriesLeft === undefined ? {} : { retriesLeft }),
    ...(retriesTotal === undefined ? {} : { retriesTotal }),
    ...(mistake === undefined ? {} : { mistake }),
  };
}

/** The ways to prove the administration key that can work on this card, most fitting first. */
export function managementKeyPrompt(card: CardSummary, family: CardFamily, mistake?: Problem): ManagementKeyPrompt {
  const { algorithm, isDefault, pinProtected } = card.managementKey;
  const factory = algorithm === undefined ? undefined : family.defaultManagementKey(algorithm);
  wipe(factory);
  const mayBeDefault = factory !== undefined && isDefault !== false;
  const modes: ManagementKeyMode[] = pinProtected ? ['pin-protected'] : [];
  if (isDefault === true && mayBeDefault) modes.push('default', 'typed');
  else modes.push('typed', ...(mayBeDefault ? (['default'] as const) : []));
  return {
    modes,
    ...(algorithm === undefined ? {} : { algorithm, keyBytes: managementKeyBytes(algorithm) }),
    ...(mistake === undefined ? {} : { mistake }),
  };
}
