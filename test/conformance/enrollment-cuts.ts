import { PROBLEM_CARD_STATES, PROBLEM_WHATS, type Problem } from '../../src/app/problem.ts';
import type { CardBalance, EnrollmentState, EnrollmentStateKind } from '../../src/app/enrollment/state.ts';
import type { Fault, PivCardOptions, ReaderJournal } from '../../src/simulator/index.ts';
import { createPivCard, type PersistentCard } from '../../src/simulator/index.ts';
import { createDemonstrationAuthority } from '../../web/demonstration-ca.ts';
import { type CardImage, imageOf, keyOf, objectOf } from '../unit/app/card-helpers.ts';
import { flowBench, planFor, typed } from '../unit/app/enrollment-helpers.ts';

/** One enrollment that was cut somewhere, and all that a judge has to know of it. */
export interface CutRun {
  readonly place: CutPlace;
  readonly end: EnrollmentState;
  readonly shown: readonly EnrollmentStateKind[];
  readonly journal: Pick<ReaderJournal, 'commands' | 'verifiesWithData'>;
  readonly pinsTyped: number;
  readonly before: CardImage;
  readonly after: CardImage;
  /** DER of the certificate that was to be written, once it was issued; hexadecimal. */
  readonly issued: string | undefined;
  readonly tookMs: number;
}

/** A place under test: its container, key reference and certificate object, and how often an enrollment in it sends the PIN. */
export interface CutPlace {
  readonly index: number;
  readonly slot: number;
  readonly object: number;
  readonly sends: number;
}

export const PLACE_9A: CutPlace = { index: 0, slot: 0x9a, object: 0x5fc105, sends: 1 };
/** The key that wants the PIN before each use. */
export const PLACE_9C: CutPlace = { index: 1, slot: 0x9c, object: 0x5fc10a, sends: 3 };

/** States in which an enrollment may come to rest without `failed`: they ask for something, and nothing was changed. */
const ASKING: ReadonlySet<EnrollmentStateKind> = new Set(['no-reader', 'choose-reader', 'reader-denied', 'insert-card', 'card-mute', 'unknown-card']);

/** One authority for all runs: making its key takes longer than a run. */
const authorities = [createDemonstrationAuthority()];

/** Stands between reader and card. */
export type Spoil = (real: PersistentCard) => PersistentCard;

/** Does what a person would do, once: each step that the flow offers, one PIN, no second try of anything. */
export async function cutRun(
  card: PivCardOptions & { readonly image: unknown },
  fault: Fault | undefined,
  place: CutPlace = PLACE_9A,
  spoil: Spoil = (real) => real,
): Promise<CutRun> {
  const simulatedCard = createPivCard(card);
  const before = imageOf(simulatedCard);
  const bench = flowBench({ card: spoil(simulatedCard), authorities, reader: { timeExtensionMs: 50_000 } });
  const { flow, simulated, clock } = bench;
  if (fault !== undefined) simulated.fault(fault);
  let pinsTyped = 0;
  let issued: string | undefined;
  const steps: Partial<Record<EnrollmentStateKind, () => Promise<void>>> = {
    start: () => flow.connect(),
    overview: () => flow.openKeyChoice(),
    'choose-key': () => flow.chooseKey(planFor(place.index, 'P-256')),
    'confirm-overwrite': () => flow.confirmOverwrite(),
    'management-key': () => flow.submitManagementKey({ mode: 'default' }),
    'enter-pin': () => {
      pinsTyped++;
      return flow.submitPin(typed('123456'));
    },
    'request-ready': () => flow.issueCertificate('demonstration'),
    'certificate-ready': () => flow.writeCertificate(),
  };
  flow.subscribe((state) => {
    if (state.kind === 'certificate-ready') issued = state.certificate.fingerprintSha256;
  });
  const done = new Set<EnrollmentStateKind>();
  for (;;) {
    const { kind } = flow.state;
    const step = steps[kind];
    if (step === undefined || done.has(kind)) break;
    done.add(kind);
    await step();
  }
  return {
    place,
    end: flow.state,
    shown: bench.shown,
    journal: simulated.journal,
    pinsTyped,
    before,
    after: imageOf(simulatedCard),
    issued,
    tookMs: clock.nowMs(),
  };
}

/** SHA-256 over the certificate in the place's object, found without our parser; undefined when there is none. */
async function storedFingerprint(image: CardImage, place: CutPlace): Promise<string | undefined> {
  const object = Buffer.from(objectOf(image, place.object) ?? '', 'hex');
  if (object.length < 4) return undefined;
  const hash = await crypto.subtle.digest('SHA-256', object.subarray(4, 4 + object.readUInt16BE(2)));
  return Buffer.from(hash).toString('hex');
}

function problemsOf(state: EnrollmentState): readonly Problem[] {
  if (state.kind === 'failed') return [state.problem];
  if ('mistake' in state && state.mistake !== undefined) return [state.mistake];
  return 'prompt' in state && state.prompt.mistake !== undefined ? [state.prompt.mistake] : [];
}

/** What the flow claims of the card at its end. */
function claimOf(end: EnrollmentState): Pick<CardBalance, 'key' | 'certificate'> {
  if (end.kind === 'failed' || end.kind === 'cancelled') return end.balance;
  if (end.kind === 'done') return { key: 'replaced', certificate: 'replaced' };
  // Whoever is asked for something before anything was said to have changed may take it that nothing has.
  return { key: 'unchanged', certificate: 'unchanged' };
}

/** Everything that is wrong with the end of a cut enrollment; empty when the flow kept its word. */
export async function judge(run: CutRun, mostCommands: number): Promise<readonly string[]> {
  const wrong: string[] = [];
  const { end, journal, before, after, place } = run;
  // PIN safety: VERIFY with data that failed, or whose answer nobody got.
  const bad = journal.verifiesWithData.filter(({ sw, command }) => sw !== 0x9000 || !command.answered);
  if (bad.length > run.pinsTyped) wrong.push(`${bad.length} bad VERIFY for ${run.pinsTyped} PINs`);
  if (journal.verifiesWithData.length > run.pinsTyped * place.sends)
    wrong.push(`${journal.verifiesWithData.length} VERIFY, ${place.sends} were said`);

  const problems = problemsOf(end);
  const asks =
    ASKING.has(end.kind) || ((end.kind === 'enter-pin' || end.kind === 'management-key' || end.kind === 'request-ready') && problems.length > 0);
  if (end.kind !== 'done' && end.kind !== 'failed' && !asks) wrong.push(`ends in ${end.kind}`);
  for (const problem of problems) {
    if (!PROBLEM_WHATS.includes(problem.what) || !PROBLEM_CARD_STATES.includes(problem.cardState) || problem.next.length === 0)
      wrong.push('unworded problem');
    if (problem.what === 'program-error') wrong.push(`program error ${problem.detail.trail.join(' ')}`);
  }
  if (journal.commands.length > mostCommands) wrong.push(`${journal.commands.length} commands`);
  if (run.tookMs > 1_200_000) wrong.push(`${run.tookMs} ms`);

  const claim = claimOf(end);
  const [oldKey, newKey] = [keyOf(before, place.slot), keyOf(after, place.slot)];
  const [oldObject, newObject] = [objectOf(before, place.object), objectOf(after, place.object)];
  if (claim.key === 'unchanged' && oldKey !== newKey) wrong.push('says that the key is unchanged');
  if (claim.key === 'replaced' && (oldKey === newKey || newKey === undefined)) wrong.push('says that the key was replaced');
  if (claim.key === 'unknown' && !run.shown.includes('generating')) wrong.push('does not know of the key before it was touched');
  if ((claim.certificate === 'unchanged' || claim.certificate === 'stale') && oldObject !== newObject)
    wrong.push('says that the old certificate stands');
  if (claim.certificate === 'unchanged' && oldKey !== newKey) wrong.push('keeps silent about a stale certificate');
  if (claim.certificate === 'stale' && oldKey === newKey) wrong.push('calls a good certificate stale');
  if (claim.certificate === 'replaced' && (await storedFingerprint(after, place)) !== run.issued)
    wrong.push('says that the certificate was replaced');
  if (claim.certificate === 'unknown' && !run.shown.includes('generating')) wrong.push('does not know of the certificate before it was touched');
  if (oldKey !== newKey && claim.key !== 'unknown' && end.kind === 'failed' && end.balance.lostCertificate === undefined)
    wrong.push('does not name the lost certificate');
  // Nothing else on the card may have changed.
  const rest = (image: CardImage): string =>
    JSON.stringify({
      ...image,
      pin: image.pin.value,
      keys: image.keys.filter(([slot]) => slot !== place.slot),
      objects: image.objects.filter(([tag]) => tag !== place.object),
    });
  if (rest(before) !== rest(after)) wrong.push('something else on the card changed');
  return wrong;
}
