import type { Clock } from '../../codec/clock.ts';
import type { RandomSource } from '../../codec/random.ts';
import { CCP_PIN_IDENTIFIER, type PinId } from '../../minidriver/index.ts';
import type { FamilyPlace } from '../card-families/family.ts';
import type { CardSummary, PlaceSummary } from '../card-summary.ts';
import type { CardSession } from './card-session.ts';
import type { Ledger } from './ledger.ts';
import type { PinDemand, PinSource } from './pin-source.ts';
import type { SigningKey } from './signing.ts';
import type { Job, Stage } from './stage.ts';
import type { CardWaiting } from './state.ts';

/** What the steps that change a card work with. The card is held and the PIN verified. */
export interface Work {
  readonly stage: Stage;
  readonly session: CardSession;
  readonly card: CardSummary;
  readonly place: PlaceSummary;
  readonly pin: PinSource;
  readonly ledger: Ledger;
  /** The place has changed. */
  readonly onPlace: (place: PlaceSummary) => void;
  readonly clock: Clock;
  readonly now: () => Date;
  readonly random: RandomSource;
}

/** A signature that takes longer waits for a finger, where the key asks for one. */
const TOUCH_MS = 2000;

export function familyPlace({ session, place }: Pick<Work, 'session' | 'place'>): FamilyPlace {
  const { places } = session.family;
  return places.find(({ containerIndex }) => containerIndex === place.containerIndex) ?? place;
}

/** A key that wants the PIN before each use gets it now; nothing may come between this and the use. */
export async function freshPin(job: Job, { session, place, pin, ledger }: Work, purpose: PinDemand['purpose']): Promise<void> {
  if (!place.pinAlways) return;
  const role = await session.card.CardGetContainerProperty(place.containerIndex, CCP_PIN_IDENTIFIER, 0);
  await pin.present({ job, session, ledger, place, role: role as PinId, purpose });
}

/** Shows in the present state that the card takes its time. */
export function showWaiting({ stage }: Work, waiting: CardWaiting): void {
  const { state, job } = stage;
  if (job?.signal.aborted !== false) return;
  if ((state.kind === 'generating' || state.kind === 'signing' || state.kind === 'verifying') && state.waiting !== waiting)
    stage.put({ ...state, waiting });
}

/** Runs one signature; one that takes long is said to wait for a touch, unless the key was just made here, without touch. */
export async function whileSigning<T>(
  work: Work,
  key: Pick<SigningKey, 'containerIndex'> & { readonly madeNow: boolean },
  sign: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  work.clock.sleep(TOUCH_MS, over.signal).then(
    () => showWaiting(work, key.madeNow ? 'card' : 'touch'),
    () => undefined,
  );
  try {
    return await sign();
  } finally {
    over.abort();
  }
}

/** Writes the card's identity where it is missing: an enrollment's first write (PIV: CHUID and CCC). */
export async function provision(work: Work): Promise<void> {
  const { stage, session, card, place, ledger } = work;
  const { edge } = session;
  const { job } = stage;
  if (edge.provision === undefined || session.provisioned) return;
  if (card.cardId === undefined && job !== undefined) stage.show(job, { kind: 'provisioning', place });
  await ledger.provision(async () => edge.provision?.());
  session.provisioned = true;
}
