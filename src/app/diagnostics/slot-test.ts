import { boundedTransaction } from '../../channel/bounded.ts';
import type { CardChannel, ChannelLimits, Presence, Slot } from '../../channel/types.ts';
import type { Clock } from '../../codec/clock.ts';
import { toHex } from '../../codec/hex.ts';
import { systemRandom } from '../../codec/random.ts';
import type { Trace } from '../../codec/trace.ts';
import { Iso7816Error, parseAtr } from '../../iso7816/index.ts';
import { describeAtr } from '../../iso7816/describe-atr.ts';
import { MinidriverError } from '../../minidriver/cardmod/error.ts';
import type { CardFamily } from '../card-families/family.ts';
import { CardSession } from '../enrollment/card-session.ts';
import { readCard, readPlaces } from '../enrollment/reading.ts';
import { type Problem, toProblem } from '../problem.ts';
import { probeApplets } from './applets.ts';
import { cardFindings, finding, sorted } from './findings.ts';
import type { CardReport, DecodedRow, Finding, SlotReport } from './state.ts';

export type TestStep = 'power' | 'applets' | 'inspection';

export interface SlotTestOptions {
  readonly families: readonly CardFamily[];
  readonly clock: Clock;
  readonly trace: Trace;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  onStep(step: TestStep): void;
}

/** Longest time for one command: nothing that makes a card compute is sent. */
const COMMAND_MS = 60_000;

type Draft = { -readonly [K in keyof CardReport]: CardReport[K] };

function decodedAtr(atr: CardChannel['atr']): { readonly rows: readonly DecodedRow[]; readonly findings: readonly Finding[] } {
  try {
    const decoded = parseAtr(atr);
    const { tckVerdict, trailing, historicalMissing } = decoded;
    return {
      rows: describeAtr(decoded),
      findings: [
        ...(tckVerdict === 'wrong' || tckVerdict === 'missing' ? [finding('atr-check-byte')] : []),
        ...(trailing.length > 0 || historicalMissing > 0 ? [finding('atr-length')] : []),
      ],
    };
  } catch (error) {
    if (error instanceof Iso7816Error) return { rows: [], findings: [finding('atr-malformed')] };
    throw error;
  }
}

function limitRows({ shortCommandBytes, extendedCommandBytes, answerBytes }: ChannelLimits): readonly DecodedRow[] {
  const bytes = (value: number): string => `${value} bytes`;
  return [
    { name: 'short command APDU', value: bytes(shortCommandBytes) },
    { name: 'extended command APDU', value: extendedCommandBytes === 0 ? 'none' : bytes(extendedCommandBytes) },
    { name: 'response APDU', value: bytes(answerBytes) },
  ];
}

/** The minidriver's context on the card; undefined when no family knows it. @throws MinidriverError, ChannelError */
async function openSession(channel: CardChannel, options: SlotTestOptions): Promise<CardSession | undefined> {
  const { families, clock, trace, signal } = options;
  signal.throwIfAborted();
  try {
    return await CardSession.open(channel, { families, clock, trace, random: systemRandom }, signal);
  } catch (error) {
    // An answer to reset that is none is an invalid parameter of CardAcquireContext (S707 4.1.1).
    if (error instanceof MinidriverError && (error.reason === 'SCARD_E_UNKNOWN_CARD' || error.reason === 'SCARD_E_INVALID_PARAMETER'))
      return undefined;
    throw error;
  }
}

/** Reads what can be read into `draft`, so that a failure half way leaves the first half. */
async function inspect(channel: CardChannel, draft: Draft, options: SlotTestOptions): Promise<void> {
  options.onStep('applets');
  const { clock, signal } = options;
  draft.applets = await channel.transaction((card) => probeApplets(boundedTransaction(card, { clock, signal, commandMs: COMMAND_MS })));
  options.onStep('inspection');
  const session = await openSession(channel, options);
  if (session === undefined) {
    draft.findings = [...draft.findings, finding('card-unknown')];
    return;
  }
  try {
    const inspection = await session.edge.inspect?.();
    if (inspection !== undefined) {
      draft.applet = inspection.applet;
      draft.objects = inspection.objects;
      draft.findings = [...draft.findings, ...inspection.findings];
    }
    const now = options.now();
    const card = await readCard(session, now);
    draft.card = { ...card, places: [...card.places, ...(await readPlaces(session, now, 'retired'))] };
    draft.findings = sorted([...draft.findings, ...cardFindings(draft.card, now)]);
  } finally {
    await session.close();
  }
}

/**
 * Powers one card position and reads the card: answer to reset, applications, objects. Sends no PIN, writes nothing, and takes the
 * power off again. Never rejects.
 */
export async function testSlot(slot: Slot, options: SlotTestOptions): Promise<SlotReport> {
  const { index } = slot;
  const before: Presence = slot.presence;
  if (before === 'absent') return { index, presence: before };
  options.onStep('power');
  let channel: CardChannel | undefined;
  let draft: Draft | undefined;
  let problem: Problem | undefined;
  try {
    channel = await slot.connect({ signal: options.signal });
    const { atr, protocol, limits } = channel;
    const { rows, findings } = decodedAtr(atr);
    const card: Draft = { atr: toHex(atr, ' '), protocol, atrRows: rows, limits: limitRows(limits), applets: [], applet: [], objects: [], findings };
    draft = card;
    await inspect(channel, card, options);
  } catch (error) {
    // Nothing was written and no PIN was sent, whatever went wrong.
    const why: unknown = options.signal.aborted ? options.signal.reason : error;
    problem = toProblem(why, { cardState: draft === undefined ? 'untouched' : 'unchanged' });
  }
  const presence = slot.presence;
  await channel?.close().catch(() => undefined);
  if (problem?.what === 'no-card') return { index, presence: 'absent' };
  return { index, presence, ...(draft === undefined ? {} : { card: draft }), ...(problem === undefined ? {} : { problem }) };
}
