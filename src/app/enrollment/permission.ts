import { type Bytes, wipe } from '../../codec/bytes.ts';
import type { CardSummary, PlaceSummary } from '../card-summary.ts';
import type { CardFamily } from '../card-families/family.ts';
import { FlowError } from '../errors.ts';
import { managementKeyBytes } from '../management-key.ts';
import type { Problem } from '../problem.ts';
import type { KeyPlan, ManagementKeyMode, ManagementKeyPrompt, PinPrompt, PinUse } from './state.ts';

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
  about: { readonly goal: Goal; readonly plan: KeyPlan | undefined; readonly keyBehindPin: boolean },
  mistake?: Problem,
): PinPrompt {
  const { retriesLeft, retriesTotal, minLength, maxLength } = card.pin;
  const uses = pinUses(about.goal, about.plan, about.keyBehindPin);
  const signatures = uses.filter((use) => use === 'sign-request' || use === 'test-signature').length;
  return {
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

/**
 * A PIN that a person typed, for as long as the transaction lasts that it opened. It is sent at most as often as was said when it was
 * typed; after a sending that was not answered with success it is gone.
 */
export class TypedPin {
  #pin: Bytes | undefined;
  #sends: number;

  /** Takes over `pin`. */
  constructor(pin: Bytes, sends: number) {
    this.#pin = pin;
    this.#sends = sends;
  }

  get usable(): boolean {
    return this.#pin !== undefined && this.#sends > 0;
  }

  /** @throws FlowError `session-ended` when nothing may be sent any more; what `send` rejects with */
  async present(send: (pin: Bytes) => Promise<unknown>): Promise<void> {
    const pin = this.#pin;
    if (pin === undefined || this.#sends <= 0) throw new FlowError('session-ended', 'the PIN has to be typed again');
    this.#sends--;
    try {
      await send(pin);
    } catch (error) {
      this.wipe();
      throw error;
    }
  }

  wipe(): void {
    wipe(this.#pin);
    this.#pin = undefined;
  }
}
