import { type Bytes, wipe } from '../../codec/bytes.ts';
import { CardEdgeError, PIN_CHANGE_FLAG_CHANGEPIN, PIN_CHANGE_FLAG_UNBLOCK, type PinId, ROLE_USER } from '../../minidriver/index.ts';
import type { CardSummary, SecretSummary } from '../card-summary.ts';
import { FlowError } from '../errors.ts';
import { type Problem, type ProblemWhat, toProblem } from '../problem.ts';
import type { CardSession } from './card-session.ts';
import type { Connection } from './connection.ts';
import type { Ledger } from './ledger.ts';
import { entryPrompt, type ReaderEntry } from './reader-entry.ts';
import { readSecret } from './reading.ts';
import type { Job, Stage } from './stage.ts';
import type { EnrollmentStateOf, PinWay, SecretChange, SecretTask } from './state.ts';

/** What a person mistyped, as against what failed. */
const MISTYPED: ReadonlySet<ProblemWhat> = new Set([
  'pin-wrong',
  'pin-blocked',
  'pin-length',
  'pin-format',
  'last-try-unconfirmed',
  'pin-pad-cancelled',
  'pin-pad-timeout',
  'pin-pad-mismatch',
]);

export function isMistyped({ what }: Problem): boolean {
  return MISTYPED.has(what);
}

/** The secret whose tries a task spends. */
function spentBy(task: SecretTask, card: CardSummary): SecretSummary {
  return task === 'change-pin' ? card.pin : card.puk;
}

/** @throws CardEdgeError `bad-pin-length` */
export function checkLength(value: Bytes, rule: SecretSummary): void {
  if (value.length < rule.minLength || value.length > rule.maxLength)
    throw new CardEdgeError('bad-pin-length', 'a length that the card does not take');
}

/** The last try is not spent without the person's word. @throws FlowError `last-try-unconfirmed`, CardEdgeError `pin-blocked` */
export function checkTries({ retriesLeft }: SecretSummary, confirmed: boolean | undefined): void {
  if (retriesLeft === 0) throw new CardEdgeError('pin-blocked', 'no try is left', { retriesLeft: 0 });
  if (retriesLeft === 1 && confirmed !== true) throw new FlowError('last-try-unconfirmed', 'one try is left');
}

function changeSecretState(session: CardSession, task: SecretTask, card: CardSummary): EnrollmentStateOf<'change-secret'> {
  // A PUK, and a PIN that is set by the PUK, no reader's keys can enter: CHANGE REFERENCE DATA of the PIN is all that they do.
  const ways: readonly PinWay[] = task === 'change-pin' && session.pinPad?.canModify === true ? ['reader', 'page'] : ['page'];
  return { kind: 'change-secret', task, card, ways, lastTry: spentBy(task, card).retriesLeft === 1 };
}

/** CardChangeAuthenticatorEx for one of the three tasks. The tries are looked up first. @throws MinidriverError, CardEdgeError, FlowError */
async function changeOnCard(session: CardSession, task: SecretTask, change: SecretChange): Promise<void> {
  const spent = await readSecret(session, task === 'change-pin' ? 'pin' : 'puk');
  const other = task === 'unblock-pin' ? await readSecret(session, 'pin') : spent;
  checkLength(change.current, spent);
  checkLength(change.next, other);
  checkTries(spent, change.lastTryConfirmed);
  const puk: PinId = session.edge.pins.find(({ purpose }) => purpose === 'unblock-only')?.id ?? ROLE_USER;
  const [by, target] = task === 'change-pin' ? [ROLE_USER, ROLE_USER] : task === 'change-puk' ? [puk, puk] : [puk, ROLE_USER];
  const flags = task === 'unblock-pin' ? PIN_CHANGE_FLAG_UNBLOCK : PIN_CHANGE_FLAG_CHANGEPIN;
  await session.card.CardChangeAuthenticatorEx(flags, by, change.current, target, change.next, 0);
}

export function wipeChange({ current, next }: SecretChange): void {
  wipe(current, next);
}

/** Changing PIN and PUK and unblocking the PIN: a side road from the overview. */
export class SecretTasks {
  readonly #stage: Stage;
  readonly #connection: Connection;
  readonly #ledger: Ledger;
  readonly #entry: ReaderEntry;

  constructor(stage: Stage, connection: Connection, ledger: Ledger, entry: ReaderEntry) {
    this.#stage = stage;
    this.#connection = connection;
    this.#ledger = ledger;
    this.#entry = entry;
  }

  open(job: Job, task: SecretTask, mistake?: Problem): void {
    const { card, session } = this.#connection;
    if (card === undefined || session === undefined) return;
    this.#stage.show(job, { ...changeSecretState(session, task, card), ...(mistake === undefined ? {} : { mistake }) });
  }

  async change(job: Job, task: SecretTask, change: SecretChange): Promise<void> {
    const { session } = this.#connection;
    if (session === undefined) return;
    this.#stage.show(job, { kind: 'changing-secret', task });
    let mistake: Problem | undefined;
    await session.briefly(async () => {
      try {
        await this.#ledger.pin(() => changeOnCard(session, task, change));
      } catch (error) {
        mistake = toProblem(error);
        if (!isMistyped(mistake)) throw error;
        this.#ledger.pinAnswered();
      }
      await this.renew(session);
    });
    if (mistake !== undefined) this.open(job, task, mistake);
    else this.#connection.showOverview(job, task === 'change-pin' ? 'pin-changed' : task === 'change-puk' ? 'puk-changed' : 'pin-unblocked');
  }

  /** Old and new PIN on the reader: CardChangeAuthenticatorEx without values. */
  async changeOnReader(job: Job, lastTryConfirmed: boolean | undefined): Promise<void> {
    const { session } = this.#connection;
    if (session === undefined) return;
    let mistake: Problem | undefined;
    let changed = false;
    await session.hold();
    try {
      const status = await readSecret(session, 'pin');
      checkTries(status, lastTryConfirmed);
      const prompt = entryPrompt({ purpose: 'change-pin' }, status);
      const flags = PIN_CHANGE_FLAG_CHANGEPIN;
      const begin = (): Promise<void> => session.card.CardChangeAuthenticatorEx(flags, ROLE_USER, null, ROLE_USER, null, 0);
      changed = await this.#ledger.pin(() => this.#entry.enter(job, session, prompt, begin));
    } catch (error) {
      mistake = toProblem(error);
      if (!isMistyped(mistake)) throw error;
      this.#ledger.pinAnswered();
    }
    await this.renewAndRest(session, !changed && mistake === undefined);
    if (changed) this.#connection.showOverview(job, 'pin-changed');
    else this.open(job, 'change-pin', mistake);
  }

  /** Looks up the tries left and lets go of the card. An entry that was broken off may have reset it (`anew`). */
  async renewAndRest(session: CardSession, anew: boolean): Promise<void> {
    if (anew) await session.rest();
    await session.briefly(() => this.renew(session));
    await session.rest();
  }

  /** Looks up the tries left. */
  async renew(session: CardSession): Promise<void> {
    this.#connection.renew({ pin: await readSecret(session, 'pin'), puk: await readSecret(session, 'puk') });
  }
}
