import { type Bytes, wipe } from '../../codec/bytes.ts';
import type { Clock } from '../../codec/clock.ts';
import type { RandomSource } from '../../codec/random.ts';
import { certificatesFrom } from '../../crypto/certificates/index.ts';
import { CardEdgeError } from '../../minidriver/index.ts';
import type { CardSummary, PlaceSummary } from '../card-summary.ts';
import type { CertificateAuthority } from '../certificate-authority.ts';
import { summarize } from '../certificate-summary.ts';
import { FlowError } from '../errors.ts';
import { managementKeyProvider } from '../management-key.ts';
import { type Problem, type ProblemWhat, toProblem } from '../problem.ts';
import { BAD_CERTIFICATE, belongsTo, type BroughtCertificate, certificateWarnings, pickCertificate } from './certificate.ts';
import type { CardSession } from './card-session.ts';
import type { Connection } from './connection.ts';
import { keyOptions, optionFor, overwriteWarning, subjectMistakes } from './key-choice.ts';
import { Ledger } from './ledger.ts';
import { type Goal, managementKeyPrompt, pinPrompt } from './permission.ts';
import { PinOnReader, type PinSource, TypedPin } from './pin-source.ts';
import { placeForKey } from './places.ts';
import { ReaderEntry } from './reader-entry.ts';
import { readContainerKey, readPlace } from './reading.ts';
import type { MadeRequest } from './request.ts';
import { produceRequest } from './requesting.ts';
import { checkLength, SecretTasks } from './secrets.ts';
import { Abandoned, type Job, type Stage } from './stage.ts';
import type { AuthorityChoice, EnrollmentStateOf, KeyPlan, ManagementKeyChoice, PinWay } from './state.ts';
import { storeCertificate } from './storing.ts';
import { unlock } from './unlocking.ts';
import { familyPlace, type Work } from './work.ts';

export interface EnrollingParts {
  readonly authorities: readonly CertificateAuthority[];
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly now: () => Date;
  readonly idleMs: number;
}

const MANAGEMENT_KEY: ReadonlySet<ProblemWhat> = new Set(['management-key-refused', 'management-key-needed', 'management-key-text']);

/** From the overview to the stored certificate. Each method is one action of the person; what it throws ends the enrollment. */
export class Enrolling {
  readonly ledger: Ledger = new Ledger();
  readonly secrets: SecretTasks;
  readonly entry: ReaderEntry;
  readonly #stage: Stage;
  readonly #connection: Connection;
  readonly #parts: EnrollingParts;
  #plan: KeyPlan | undefined;
  #place: PlaceSummary | undefined;
  #goal: Goal = 'request';
  /** How the administration key is proven; undefined until the person has said. */
  #mode: ManagementKeyChoice['mode'] | undefined;
  #pin: PinSource | undefined;
  #request: MadeRequest | undefined;
  #brought: BroughtCertificate | undefined;
  #demonstration = false;

  constructor(stage: Stage, connection: Connection, parts: EnrollingParts) {
    this.#stage = stage;
    this.#connection = connection;
    this.#parts = parts;
    this.entry = new ReaderEntry(stage, parts.clock, parts.idleMs);
    this.secrets = new SecretTasks(stage, connection, this.ledger, this.entry);
  }

  get request(): MadeRequest | undefined {
    return this.#request;
  }

  get #session(): CardSession {
    return this.#connection.session ?? unreachable();
  }

  get #card(): CardSummary {
    return this.#connection.card ?? unreachable();
  }

  /** What of an earlier card or enrollment must not be mixed with this one. */
  forget(): void {
    this.suspend();
    this.#request = this.#brought = this.#place = this.#mode = undefined;
    this.ledger.reset();
  }

  /** After a step of unknown outcome: looks at the place once more, where the card can still be reached. Nothing is repeated, no PIN sent. */
  async lookAgain(): Promise<void> {
    const { session } = this.#connection;
    const place = this.ledger.inDoubt;
    if (session === undefined || place === undefined) return;
    await session.rest();
    await session.briefly(async () => {
      const key = await readContainerKey(session, place.containerIndex);
      const found = await readPlace(session, familyPlace({ session, place }), this.#parts.now());
      this.ledger.settle(found, key?.publicKey, session.familyCard.tellsKeys);
    });
  }

  /** Secrets go; the person is asked for them again. */
  suspend(): void {
    this.#pin?.wipe();
    this.#pin = undefined;
    this.#connection.session?.useManagementKey(undefined);
  }

  async openKeyChoice(job: Job): Promise<void> {
    await this.#connection.wholeCard();
    this.#showKeyChoice(job, []);
  }

  #showKeyChoice(job: Job, mistakes: EnrollmentStateOf<'choose-key'>['mistakes']): void {
    const options = keyOptions(this.#card, this.#session.edge);
    this.#stage.show(job, { kind: 'choose-key', card: this.#card, options, mistakes, ...(this.#plan === undefined ? {} : { plan: this.#plan }) });
  }

  async chooseKey(job: Job, plan: KeyPlan): Promise<void> {
    const option = optionFor(keyOptions(this.#card, this.#session.edge), plan);
    const mistakes = subjectMistakes(plan);
    this.#plan = plan;
    if (option === undefined || mistakes.length > 0) return this.#showKeyChoice(job, mistakes);
    this.#begin(option.place);
    const warning = plan.key.kind === 'generate' ? overwriteWarning(option.place) : undefined;
    if (warning === undefined) await this.#permit(job, 'request');
    else this.#stage.show(job, { kind: 'confirm-overwrite', warning, plan });
  }

  #begin(place: PlaceSummary): void {
    this.#place = place;
    this.#request = this.#brought = undefined;
    this.ledger.open(place);
  }

  async confirmOverwrite(job: Job): Promise<void> {
    await this.#permit(job, 'request');
  }

  /** Asks for what is still missing, then goes on. */
  async #permit(job: Job, goal: Goal): Promise<void> {
    this.#goal = goal;
    const place = this.#place ?? unreachable();
    // A card that keeps its administration key behind the PIN needs no other word of the person.
    this.#mode ??= this.#card.managementKey.pinProtected ? 'pin-protected' : undefined;
    if (this.#mode !== 'pin-protected' && !this.#session.hasManagementKey) this.#askManagementKey(job);
    else if (this.#session.holding && this.#pin !== undefined && (this.#pin.usable || !place.pinAlways)) await this.#pursue(job);
    else if (this.#card.pin.retriesLeft === 0) this.#offerUnblocking(job, toProblem(blocked()));
    else this.#askPin(job);
  }

  #askManagementKey(job: Job, mistake?: Problem): void {
    const prompt = managementKeyPrompt(this.#card, this.#session.family, mistake);
    this.#stage.show(job, { kind: 'management-key', prompt, place: this.#place ?? unreachable() });
  }

  #askPin(job: Job, mistake?: Problem): void {
    const ways: readonly PinWay[] = this.#session.pinPad === undefined ? ['page'] : ['reader', 'page'];
    const about = { goal: this.#goal, plan: this.#plan, keyBehindPin: this.#mode === 'pin-protected', ways };
    this.#stage.show(job, { kind: 'enter-pin', prompt: pinPrompt(this.#card, this.#place ?? unreachable(), about, mistake) });
  }

  /** A blocked PIN: with a PUK that has tries left the person can go on; with a request in hand nothing may be lost from sight. */
  #offerUnblocking(job: Job, problem: Problem): void {
    if (this.#card.puk.retriesLeft === 0 || this.ledger.changed || this.#request !== undefined) throw blocked();
    this.secrets.open(job, 'unblock-pin', problem);
  }

  async submitManagementKey(job: Job, choice: ManagementKeyChoice): Promise<void> {
    const session = this.#session;
    try {
      session.useManagementKey(managementKeyProvider(choice, this.#card.managementKey.algorithm, session.family, this.#parts.random));
    } catch (error) {
      return this.#askManagementKey(job, toProblem(error));
    }
    this.#mode = choice.mode;
    await this.#permit(job, this.#goal);
  }

  /** The PIN from the page. Takes it over. */
  async submitPin(job: Job, pin: Bytes, lastTryConfirmed: boolean | undefined): Promise<void> {
    const { state } = this.#stage;
    if (state.kind !== 'enter-pin') return wipe(pin);
    const { prompt } = state;
    const typed = new TypedPin(pin, prompt.sends);
    try {
      checkLength(pin, prompt);
    } catch (error) {
      typed.wipe();
      return this.#askPin(job, toProblem(error));
    }
    this.#stage.show(job, { kind: 'checking-pin', place: prompt.place });
    await this.#unlock(job, typed, prompt.place, lastTryConfirmed);
  }

  /** The PIN from the reader's keys: to unlock the card, or old and new one. */
  async enterPinOnReader(job: Job, lastTryConfirmed: boolean | undefined): Promise<void> {
    const { state } = this.#stage;
    if (state.kind === 'change-secret' && state.ways.includes('reader')) await this.secrets.changeOnReader(job, lastTryConfirmed);
    else if (state.kind === 'enter-pin' && state.prompt.ways.includes('reader'))
      await this.#unlock(job, new PinOnReader(this.entry), state.prompt.place, lastTryConfirmed);
  }

  async #unlock(job: Job, source: PinSource, place: PlaceSummary, lastTryConfirmed: boolean | undefined): Promise<void> {
    const parts = { session: this.#session, connection: this.#connection, ledger: this.ledger, secrets: this.secrets };
    const outcome = await unlock(job, parts, source, { place, lastTryConfirmed });
    if (outcome === undefined) {
      this.#pin = source;
      await this.#pursue(job);
    } else if (outcome === 'given-up') this.#askPin(job);
    else if (outcome.what === 'pin-blocked') this.#offerUnblocking(job, outcome);
    else this.#askPin(job, outcome);
  }

  /** With PIN and administration key at hand: does what the person wants. A mistake leads back to where it was made. */
  async #pursue(job: Job): Promise<void> {
    try {
      await (this.#goal === 'request' ? this.#makeRequest(job) : this.#store(job));
    } catch (error) {
      const problem = toProblem(error, this.#cardState(error));
      if (MANAGEMENT_KEY.has(problem.what)) {
        this.#session.useManagementKey(undefined);
        // The card's own key did not do: the person may know it.
        this.#mode = 'typed';
        this.#askManagementKey(job, problem);
      } else if (problem.what === 'certificate-too-large') this.#askCertificate(job, problem);
      else throw error;
    }
  }

  #cardState(error: unknown): { readonly cardState?: Problem['cardState'] } {
    const cardState = this.ledger.cardState(error);
    return cardState === undefined ? {} : { cardState };
  }

  async #makeRequest(job: Job): Promise<void> {
    const made = await produceRequest(job, this.#work(), this.#plan ?? unreachable());
    this.#place = made.summary.place;
    this.#request = made;
    this.#showRequest(job, made);
  }

  #work(): Work {
    const { clock, now, random } = this.#parts;
    return {
      stage: this.#stage,
      session: this.#session,
      card: this.#card,
      place: this.#place ?? unreachable(),
      pin: this.#pin ?? unreachable(),
      ledger: this.ledger,
      onPlace: (place) => {
        this.#place = place;
        this.#connection.renewPlace(place);
      },
      clock,
      now,
      random,
    };
  }

  #choices(): readonly AuthorityChoice[] {
    return this.#parts.authorities.map(({ id, demonstration }) => ({ id, demonstration }));
  }

  /** `cause`: what stood in the way of the certificate, as it was thrown. */
  #showRequest(job: Job, request: MadeRequest, mistake?: Problem, cause?: unknown): void {
    const more = { ...(mistake === undefined ? {} : { mistake }), ...(cause === undefined ? {} : { cause }) };
    this.#stage.show(job, { kind: 'request-ready', request: request.summary, authorities: this.#choices(), ...more });
  }

  #askCertificate(job: Job, mistake?: Problem): void {
    if (this.#request !== undefined) this.#showRequest(job, this.#request, mistake);
    else this.#stage.show(job, { kind: 'bring-certificate', card: this.#card, ...(mistake === undefined ? {} : { mistake }) });
  }

  async issueCertificate(job: Job, authorityId: string): Promise<void> {
    const authority = this.#parts.authorities.find(({ id }) => id === authorityId);
    const request = this.#request;
    if (authority === undefined || request === undefined) return;
    const { id, demonstration } = authority;
    this.#stage.show(job, { kind: 'issuing', request: request.summary, authority: { id, demonstration } });
    try {
      const { maxCertificateBytes } = request.summary;
      const issued = await job.unlessAbandoned(authority.issue(request.der.slice(), { signal: job.signal, maxCertificateBytes }));
      this.#brought = pickCertificate([issued.certificate, ...issued.chain], belongsTo(request.publicKey));
    } catch (error) {
      if (error instanceof Abandoned) throw error;
      const shown = BAD_CERTIFICATE.has(toProblem(error).what) ? error : new FlowError('authority-refused', 'no certificate', { cause: error });
      return this.#showRequest(job, request, toProblem(shown, this.#cardState(shown)), error);
    }
    this.#demonstration = demonstration;
    await this.#showCertificate(job);
  }

  openCertificateImport(job: Job): void {
    this.#request = this.#brought = undefined;
    this.#stage.show(job, { kind: 'bring-certificate', card: this.#card });
  }

  async submitCertificate(job: Job, input: string | Bytes): Promise<void> {
    try {
      const ders = certificatesFrom(input);
      if (this.#request !== undefined) this.#brought = pickCertificate(ders, belongsTo(this.#request.publicKey));
      else {
        const found = await this.#session.briefly(async () => placeForKey(this.#session, await this.#connection.wholeCard(), ders));
        this.#begin(found.place);
        this.#brought = found.brought;
      }
    } catch (error) {
      const problem = toProblem(error, this.#cardState(error));
      if (!BAD_CERTIFICATE.has(problem.what)) throw error;
      return this.#askCertificate(job, problem);
    }
    this.#demonstration = false;
    await this.#showCertificate(job);
  }

  async #showCertificate(job: Job): Promise<void> {
    const brought = this.#brought ?? unreachable();
    const place = this.#place ?? unreachable();
    const request = this.#request;
    const now = this.#parts.now();
    const warnings = await certificateWarnings(brought, { place, request, demonstration: this.#demonstration, now });
    const certificate = await summarize(brought.certificate, now);
    this.#stage.show(job, {
      kind: 'certificate-ready',
      place,
      certificate,
      warnings,
      ...(request === undefined ? {} : { request: request.summary }),
    });
  }

  async writeCertificate(job: Job): Promise<void> {
    await this.#permit(job, 'write');
  }

  async #store(job: Job): Promise<void> {
    const { certificate } = this.#brought ?? unreachable();
    const stored = await storeCertificate(job, this.#work(), certificate, this.#request?.usage);
    const { name, serial } = this.#card;
    const { simulated } = this.#connection;
    this.suspend();
    await this.#connection.close();
    this.#stage.show(job, {
      kind: 'done',
      result: {
        ...stored,
        certificateDer: certificate.der.slice(),
        cardName: name,
        simulated,
        ...(serial === undefined ? {} : { cardSerial: serial }),
      },
    });
  }

  /** One screen back from a screen of the enrollment; nothing that was done is undone. */
  async back(job: Job): Promise<void> {
    switch (this.#stage.state.kind) {
      case 'change-secret':
      case 'choose-key':
      case 'bring-certificate':
        return this.#connection.showOverview(job);
      case 'confirm-overwrite':
        return this.#showKeyChoice(job, []);
      case 'enter-pin':
        // The administration key was asked for on the screen before, unless the card keeps it itself.
        if (this.#mode !== 'pin-protected') {
          this.#session.useManagementKey(undefined);
          return this.#askManagementKey(job);
        }
        return this.#leavePermission(job);
      case 'management-key':
        return this.#leavePermission(job);
      case 'request-ready':
        if (this.ledger.changed) return;
        return this.#leavePermission(job);
      case 'certificate-ready':
        return this.#askCertificate(job);
      default:
    }
  }

  async #leavePermission(job: Job): Promise<void> {
    if (this.#goal === 'write') return this.#showCertificate(job);
    // With a new key on the card there is no way back to choosing one.
    if (this.ledger.changed) return;
    this.suspend();
    await this.#session.rest();
    this.#request = this.#mode = undefined;
    this.#showKeyChoice(job, []);
  }
}

function blocked(): CardEdgeError {
  return new CardEdgeError('pin-blocked', 'no try is left', { retriesLeft: 0 });
}

function unreachable(): never {
  throw new FlowError('session-ended', 'the card is not in use any more');
}
