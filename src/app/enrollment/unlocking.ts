import { ROLE_USER } from '../../minidriver/index.ts';
import type { PlaceSummary } from '../card-summary.ts';
import { type Problem, toProblem } from '../problem.ts';
import type { Connection } from './connection.ts';
import type { CardSession } from './card-session.ts';
import type { Ledger } from './ledger.ts';
import { type PinSource } from './pin-source.ts';
import { readSecret } from './reading.ts';
import { checkTries, isMistyped, type SecretTasks } from './secrets.ts';
import type { Job } from './stage.ts';

export interface UnlockingParts {
  readonly session: CardSession;
  readonly connection: Connection;
  readonly ledger: Ledger;
  readonly secrets: SecretTasks;
}

/**
 * The first PIN of an enrollment: takes the card, looks up the tries, gives the card the PIN. Answers the mistake that the person can mend,
 * 'given-up' when they ended the entry on the reader, undefined when the card is unlocked; else the card is at rest again.
 */
export async function unlock(
  job: Job,
  { session, connection, ledger, secrets }: UnlockingParts,
  source: PinSource,
  about: { readonly place: PlaceSummary; readonly lastTryConfirmed: boolean | undefined },
): Promise<Problem | 'given-up' | undefined> {
  let outcome: Problem | 'given-up' = 'given-up';
  try {
    if (!session.holding) ledger.restarted();
    await session.hold();
    const status = await readSecret(session, 'pin');
    connection.renew({ pin: status });
    checkTries(status, about.lastTryConfirmed);
    if (await source.present({ job, session, ledger, place: about.place, role: ROLE_USER, purpose: 'unlock' })) return undefined;
  } catch (error) {
    source.wipe();
    outcome = toProblem(error);
    if (!isMistyped(outcome)) throw error;
  }
  ledger.pinAnswered();
  await secrets.renewAndRest(session, outcome === 'given-up');
  return outcome;
}
