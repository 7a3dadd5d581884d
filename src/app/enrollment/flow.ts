import { ChannelError } from '../../channel/errors.ts';
import { type Clock, systemClock } from '../../codec/clock.ts';
import { type RandomSource, systemRandom } from '../../codec/random.ts';
import { noTrace, type Trace } from '../../codec/trace.ts';
import { wipe } from '../../codec/bytes.ts';
import { environmentVerdict } from '../../usb/index.ts';
import type { CardFamily } from '../card-families/family.ts';
import { pivFamily } from '../card-families/piv.ts';
import type { CertificateAuthority } from '../certificate-authority.ts';
import { toProblem } from '../problem.ts';
import { type SourceOptions, sourcesFor } from '../sources.ts';
import { Connection } from './connection.ts';
import { Enrolling } from './enrolling.ts';
import { Readers } from './readers.ts';
import { wipeChange } from './secrets.ts';
import { type Job, Stage } from './stage.ts';
import { type EnrollmentFlow, type EnrollmentState, type EnrollmentStateKind, stepOf } from './state.ts';
import { atMost } from './waiting.ts';

export interface EnrollmentOptions extends SourceOptions {
  /** Who can issue certificates; without any the person carries the request away. */
  readonly authorities?: readonly CertificateAuthority[];
  readonly families?: readonly CardFamily[];
  readonly clock?: Clock;
  readonly random?: RandomSource;
  readonly trace?: Trace;
  readonly now?: () => Date;
  /** How long a card stays unlocked while nobody does anything; Infinity = until the flow ends. */
  readonly idleMs?: number;
}

const IDLE_MS = 120_000;
/** Longest time for freeing a reader that failed before the failure is shown. */
const CLEAN_UP_MS = 5000;
/** Longest time for looking at the card again after a step of unknown outcome. */
const LOOK_AGAIN_MS = 10_000;

const ANEW: readonly EnrollmentStateKind[] = ['start', 'failed', 'cancelled', 'done'];
const CHOOSING: readonly EnrollmentStateKind[] = ['start', 'no-reader', 'choose-reader', 'reader-denied', 'failed', 'cancelled', 'done'];
/** Screens with an open reader that can be left for the reader's or the card's sake when nothing was done yet. */
const WITH_READER: readonly EnrollmentStateKind[] = ['choose-slot', 'insert-card', 'card-mute', 'unknown-card'];
const WITH_CARD: readonly EnrollmentStateKind[] = [
  'overview',
  'change-secret',
  'choose-key',
  'confirm-overwrite',
  'management-key',
  'enter-pin',
  'bring-certificate',
  'request-ready',
  'certificate-ready',
];

/*
 * One enrollment from top to bottom: Connection (connection.ts) finds reader, slot and card and shows the overview by reading.ts.
 * Enrolling (enrolling.ts) takes the person from the choice of a key (key-choice.ts) over the permissions (permission.ts) to the request
 * (requesting.ts, request.ts), the certificate (certificate.ts) and its place on the card (storing.ts). CardSession (card-session.ts)
 * holds the card and its v7 context meanwhile, Ledger (ledger.ts) keeps account of what was changed, Stage (stage.ts) shows the states.
 */

/** An enrollment; nothing happens before the first action. */
export function createEnrollmentFlow(options: EnrollmentOptions = {}): EnrollmentFlow {
  return new Flow(options);
}

/** The actions: which screen offers which, what a failure shows, and what readers and cards do by themselves. */
class Flow implements EnrollmentFlow {
  readonly #options: EnrollmentOptions;
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #stage: Stage;
  readonly #connection: Connection;
  readonly #enrolling: Enrolling;
  #idle: AbortController | undefined;
  #leaving: Promise<void> | undefined;

  constructor(options: EnrollmentOptions) {
    const { clock = systemClock, random = systemRandom, trace = noTrace, now = (): Date => new Date(), families = [pivFamily] } = options;
    this.#options = options;
    this.#clock = clock;
    this.#idleMs = options.idleMs ?? IDLE_MS;
    this.#stage = new Stage(trace);
    this.#stage.onIdle = () => this.#settle();
    const readers = new Readers(sourcesFor(options).openSources, trace);
    this.#connection = new Connection(this.#stage, readers, { families, clock, random, trace, now }, () => this.#settle());
    this.#enrolling = new Enrolling(this.#stage, this.#connection, {
      authorities: options.authorities ?? [],
      clock,
      random,
      now,
      idleMs: this.#idleMs,
    });
  }

  get state(): EnrollmentState {
    return this.#stage.state;
  }

  subscribe(listener: (state: EnrollmentState) => void): () => void {
    return this.#stage.subscribe(listener);
  }

  connect(): Promise<void> {
    return this.#act(ANEW, async (job) => {
      this.#enrolling.forget();
      const verdict = this.#options.openSources === undefined ? environmentVerdict(sourcesFor(this.#options).environment) : undefined;
      if (verdict !== undefined) this.#stage.show(job, { kind: 'unsupported', verdict });
      else await this.#connection.lookAround(job, { open: true });
    });
  }

  requestReader(): Promise<void> {
    return this.#act(CHOOSING, async (job) => {
      if (ANEW.includes(this.state.kind)) this.#enrolling.forget();
      await this.#connection.request(job);
    });
  }

  chooseReader(readerId: string): Promise<void> {
    return this.#act(['choose-reader'], async (job) => {
      const reader = this.#connection.known(readerId);
      if (reader !== undefined) await this.#connection.openReader(job, reader);
    });
  }

  chooseSlot(slotIndex: number): Promise<void> {
    return this.#act(['choose-slot'], async (job) => {
      const slot = this.#connection.slotAt(slotIndex);
      if (slot !== undefined) await this.#connection.enterSlot(job, slot);
    });
  }

  retry(): Promise<void> {
    return this.#act(['card-mute', 'unknown-card', 'reader-denied'], async (job) => {
      const { slot, reader } = this.#connection;
      if (this.state.kind !== 'reader-denied' && slot !== undefined) await this.#connection.enterSlot(job, slot);
      else if (reader !== undefined) await this.#connection.openReader(job, reader);
    });
  }

  openSecretTask(task: Parameters<EnrollmentFlow['openSecretTask']>[0]): Promise<void> {
    return this.#act(['overview'], async (job) => this.#enrolling.secrets.open(job, task));
  }

  async changeSecret(change: Parameters<EnrollmentFlow['changeSecret']>[0]): Promise<void> {
    const { state } = this;
    if (state.kind === 'change-secret') await this.#act(['change-secret'], (job) => this.#enrolling.secrets.change(job, state.task, change));
    wipeChange(change);
  }

  openKeyChoice(): Promise<void> {
    return this.#act(['overview'], (job) => this.#enrolling.openKeyChoice(job));
  }

  chooseKey(plan: Parameters<EnrollmentFlow['chooseKey']>[0]): Promise<void> {
    return this.#act(['choose-key'], (job) => this.#enrolling.chooseKey(job, plan));
  }

  confirmOverwrite(): Promise<void> {
    return this.#act(['confirm-overwrite'], (job) => this.#enrolling.confirmOverwrite(job));
  }

  submitManagementKey(choice: Parameters<EnrollmentFlow['submitManagementKey']>[0]): Promise<void> {
    return this.#act(['management-key'], (job) => this.#enrolling.submitManagementKey(job, choice));
  }

  async submitPin(...[pin, options = {}]: Parameters<EnrollmentFlow['submitPin']>): Promise<void> {
    let taken = false;
    await this.#act(['enter-pin'], (job) => {
      taken = true;
      return this.#enrolling.submitPin(job, pin, options.lastTryConfirmed);
    });
    if (!taken) wipe(pin);
  }

  enterPinOnReader({ lastTryConfirmed }: Parameters<EnrollmentFlow['enterPinOnReader']>[0] = {}): Promise<void> {
    if (this.state.kind !== 'pin-on-reader')
      return this.#act(['enter-pin', 'change-secret'], (job) => this.#enrolling.enterPinOnReader(job, lastTryConfirmed));
    this.#enrolling.entry.goOn(lastTryConfirmed);
    return Promise.resolve();
  }

  stopPinEntry(): Promise<void> {
    this.#enrolling.entry.stop();
    return Promise.resolve();
  }

  issueCertificate(authorityId: string): Promise<void> {
    return this.#act(['request-ready'], (job) => this.#enrolling.issueCertificate(job, authorityId));
  }

  openCertificateImport(): Promise<void> {
    return this.#act(['overview'], async (job) => this.#enrolling.openCertificateImport(job));
  }

  submitCertificate(certificate: Parameters<EnrollmentFlow['submitCertificate']>[0]): Promise<void> {
    return this.#act(['request-ready', 'bring-certificate'], (job) => this.#enrolling.submitCertificate(job, certificate));
  }

  writeCertificate(): Promise<void> {
    return this.#act(['certificate-ready'], (job) => this.#enrolling.writeCertificate(job));
  }

  back(): Promise<void> {
    const { kind } = this.state;
    if (kind === 'unsupported' || kind === 'no-reader' || kind === 'choose-reader')
      return this.#act([kind], async (job) => {
        await this.#connection.close();
        this.#stage.show(job, { kind: 'start' });
      });
    if (kind === 'overview' || kind === 'reader-denied' || WITH_READER.includes(kind)) return this.#act([kind], (job) => this.#backToReaders(job));
    return this.#act(WITH_CARD, (job) => this.#enrolling.back(job));
  }

  async #backToReaders(job: Job): Promise<void> {
    const connection = this.#connection;
    if (connection.severalSlots && this.state.kind !== 'choose-slot') {
      await connection.closeCard();
      connection.showSlots(job);
    } else await connection.lookAround(job);
  }

  cancel(): Promise<void> {
    return this.#leave(false);
  }

  release(): Promise<void> {
    return this.#leave(true);
  }

  /** The card's running command is waited for; with `atOnce` it is given up, and what became of it stays unknown. */
  #leave(atOnce: boolean): Promise<void> {
    if (ANEW.includes(this.state.kind) && this.#stage.job === undefined) return Promise.resolve();
    const { job } = this.#stage;
    job?.abandon();
    if (atOnce) this.#connection.session?.stop();
    this.#leaving ??= this.#free(job?.done).finally(() => {
      this.#leaving = undefined;
    });
    return this.#leaving;
  }

  async #free(running: Promise<void> | undefined): Promise<void> {
    this.#idle?.abort();
    await running;
    this.#enrolling.ledger.conclude();
    this.#enrolling.suspend();
    await this.#connection.close();
    this.#stage.put({ kind: 'cancelled', ...this.#account() });
  }

  #account(): Pick<Extract<EnrollmentState, { readonly kind: 'cancelled' }>, 'balance' | 'request'> {
    const { ledger, request } = this.#enrolling;
    return { balance: ledger.balance(), ...(request === undefined ? {} : { request: request.summary }) };
  }

  /** One action on the state that is shown, where that offers it. An action that is still ending is waited for. */
  async #act(kinds: readonly EnrollmentStateKind[], body: (job: Job) => Promise<void>): Promise<void> {
    const { state } = this;
    const offered = (): boolean => this.state === state && kinds.includes(state.kind) && this.#leaving === undefined;
    while (offered() && this.#stage.job !== undefined) await this.#stage.job.done;
    if (!offered()) return;
    this.#idle?.abort();
    await this.#stage.run(body, (job, error) => this.#fail(job, error));
  }

  /** Frees card and reader, then says what happened and what it means for the card. */
  async #fail(job: Job, error: unknown): Promise<void> {
    const during = stepOf(this.state);
    this.#enrolling.suspend();
    await atMost(this.#clock, LOOK_AGAIN_MS, this.#enrolling.lookAgain());
    this.#enrolling.ledger.conclude();
    const cardState = this.#enrolling.ledger.cardState(error);
    const problem = toProblem(error, cardState === undefined ? {} : { cardState });
    await atMost(this.#clock, CLEAN_UP_MS, this.#connection.close());
    this.#stage.show(job, { kind: 'failed', problem, during, ...this.#account() });
  }

  /** Nothing runs: looks at what readers and cards did meanwhile, and begins to count idle time. */
  #settle(): void {
    if (this.#stage.job !== undefined || this.#leaving !== undefined) return;
    const connection = this.#connection;
    const { kind } = this.state;
    const slotsChanged = connection.takeSlotsChanged();
    const readersChanged = connection.takeReadersChanged();
    if (WITH_CARD.includes(kind) && connection.lost !== undefined) void this.#act([kind], (job) => this.#lostCard(job));
    else if (WITH_READER.includes(kind) && connection.lost === 'reader') void this.#act([kind], (job) => connection.lookAround(job));
    else if (WITH_READER.includes(kind) && slotsChanged) void this.#act([kind], (job) => this.#slotsMoved(job));
    else if ((kind === 'no-reader' || kind === 'choose-reader' || kind === 'reader-denied') && readersChanged)
      void this.#act([kind], (job) => this.#readersMoved(job));
    else this.#countIdle();
  }

  /** Where nothing was changed and nothing is lost, the card or the reader is simply asked for again. */
  async #lostCard(job: Job): Promise<void> {
    const { lost } = this.#connection;
    const { ledger, request } = this.#enrolling;
    if (ledger.changed || request !== undefined)
      throw new ChannelError(lost === 'reader' ? 'unplugged' : 'card-removed', 'not-sent', 'between two steps');
    this.#enrolling.forget();
    if (lost === 'reader') return this.#connection.lookAround(job);
    const { slot } = this.#connection;
    await this.#connection.closeCard();
    if (slot !== undefined && slot.presence !== 'absent') await this.#connection.enterSlot(job, slot);
    else this.#connection.showInsertCard(job);
  }

  async #slotsMoved(job: Job): Promise<void> {
    const connection = this.#connection;
    const { slot } = connection;
    if (this.state.kind === 'choose-slot') connection.showSlots(job);
    else if (slot !== undefined && this.state.kind === 'insert-card' && slot.presence !== 'absent') await connection.enterSlot(job, slot);
    else if (slot?.presence === 'absent') {
      await connection.closeCard();
      connection.showInsertCard(job);
    }
  }

  async #readersMoved(job: Job): Promise<void> {
    const { state } = this;
    if (state.kind === 'reader-denied' && (await this.#connection.stillThere(state.reader.id))) return;
    await this.#connection.lookAround(job);
  }

  /** A card that nobody uses for a while is locked and others get the reader; the screen stays as it is. */
  #countIdle(): void {
    this.#idle?.abort();
    if (this.#connection.session?.holding !== true || !Number.isFinite(this.#idleMs)) return;
    const idle = new AbortController();
    this.#idle = idle;
    this.#clock.sleep(this.#idleMs, idle.signal).then(
      () =>
        this.#stage.run(
          async () => {
            this.#enrolling.suspend();
            await this.#connection.session?.rest();
          },
          (job, error) => this.#fail(job, error),
        ),
      () => undefined,
    );
  }
}
