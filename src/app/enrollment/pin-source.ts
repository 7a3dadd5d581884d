import { type Bytes, wipe } from '../../codec/bytes.ts';
import { CARD_PIN_SILENT_CONTEXT, type PinId } from '../../minidriver/index.ts';
import type { PlaceSummary, SecretSummary } from '../card-summary.ts';
import { FlowError } from '../errors.ts';
import { type Problem, toProblem } from '../problem.ts';
import type { CardSession } from './card-session.ts';
import type { Ledger } from './ledger.ts';
import { readSecret } from './reading.ts';
import { entryPrompt, type ReaderEntry } from './reader-entry.ts';
import { isMistyped } from './secrets.ts';
import type { Job } from './stage.ts';
import type { ReaderEntryPurpose } from './state.ts';

/** One time that the card wants the PIN. */
export interface PinDemand {
  readonly job: Job;
  readonly session: CardSession;
  readonly ledger: Ledger;
  readonly place: PlaceSummary;
  readonly role: PinId;
  readonly purpose: Exclude<ReaderEntryPurpose, 'change-pin'>;
}

/** Where the PIN comes from, for as long as the transaction lasts that it opened. */
export interface PinSource {
  /** True while the card can be given the PIN once more. */
  readonly usable: boolean;
  /** Gives the card the PIN; false when the person gave it up. @throws FlowError `session-ended`; MinidriverError, CardEdgeError */
  present(demand: PinDemand): Promise<boolean>;
  wipe(): void;
}

/**
 * A PIN that a person typed in the page. It is sent at most as often as was said when it was typed; after a sending that was not
 * answered with success it is gone.
 */
export class TypedPin implements PinSource {
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

  async present({ session, ledger, role }: PinDemand): Promise<boolean> {
    const pin = this.#pin;
    if (pin === undefined || this.#sends <= 0) throw new FlowError('session-ended', 'the PIN has to be typed again');
    this.#sends--;
    try {
      await ledger.pin(() => session.card.CardAuthenticateEx(role, CARD_PIN_SILENT_CONTEXT, pin));
    } catch (error) {
      this.wipe();
      throw error;
    }
    return true;
  }

  wipe(): void {
    wipe(this.#pin);
    this.#pin = undefined;
  }
}

/** A PIN that the person enters on the reader, anew each time: the page never has it. */
export class PinOnReader implements PinSource {
  readonly usable = true;
  readonly #entry: ReaderEntry;

  constructor(entry: ReaderEntry) {
    this.#entry = entry;
  }

  wipe(): void {
    // There is nothing to wipe.
  }

  /** In the midst of an enrollment a mistake ends nothing: the person says whether the reader asks again. */
  async present(demand: PinDemand): Promise<boolean> {
    const { job, session, ledger, place, purpose } = demand;
    const { shown } = this.#entry;
    const status = await readSecret(session, 'pin');
    if (purpose === 'unlock') return this.#once(demand, status);
    for (let now = status; ;) {
      let mistake: Problem | undefined;
      try {
        if (await this.#once(demand, now)) break;
      } catch (error) {
        mistake = toProblem(error);
        if (!isMistyped(mistake) || mistake.what === 'pin-blocked') throw error;
      }
      ledger.pinAnswered();
      // A card that was reset with the end of the entry says so here: what was proven to it is gone, and typing again would not help.
      now = await readSecret(session, 'pin');
      await this.#entry.again(job, entryPrompt({ purpose, place }, now, mistake));
    }
    this.#entry.show(job, shown);
    return true;
  }

  #once({ job, session, ledger, place, role, purpose }: PinDemand, status: SecretSummary): Promise<boolean> {
    const prompt = entryPrompt({ purpose, place }, status);
    return ledger.pin(() => this.#entry.enter(job, session, prompt, () => session.card.CardAuthenticateEx(role, 0, null)));
  }
}
