import { beforeAll, describe, expect, it } from 'vitest';
import type { EnrollmentState } from '../../src/app/enrollment/state.ts';
import { type Fault, FAULT_KINDS, type FaultKind, type PivCardOptions } from '../../src/simulator/index.ts';
import { imageOf } from '../unit/app/card-helpers.ts';
import { at, enroll, flowBench, planFor } from '../unit/app/enrollment-helpers.ts';
import { cutRun, type CutRun, judge, PLACE_9C } from './enrollment-cuts.ts';

/**
 * Faults after which the command may have been carried out or not. The others damage the answer of one that was, or are the reader's word
 * that it did not take it (busy, CCID 1.1, 6.2.6).
 */
const BOTH: ReadonlySet<FaultKind> = new Set([
  'silence',
  'stall-in',
  'stall-out',
  'parity',
  'mute',
  'hardware-error',
  'time-extension',
  'removal',
  'unplug',
]);
/** Clean-up after a fault, the retries of a busy reader included. */
const MORE_COMMANDS = 60;

describe('an enrollment that replaces key and certificate of 9A, cut at each of its transfers', () => {
  let card: PivCardOptions & { readonly image: unknown };
  let clean: CutRun;
  const tally = { cases: 0, inDoubt: new Map<FaultKind, number>(), ends: new Map<string, number>() };

  beforeAll(async () => {
    const bench = flowBench();
    await enroll(bench.flow, planFor(0, 'P-256', { subject: 'CN=Old' }));
    at(bench.flow, 'done');
    card = { profile: 'yubikey-5.7', image: imageOf(bench.card) };
    clean = await cutRun(card, undefined);
  });

  it('is a whole one when nothing is cut', async () => {
    expect(clean.end.kind).toBe('done');
    expect(clean.journal.commands.length).toBeGreaterThan(40);
    expect(await judge(clean, clean.journal.commands.length)).toEqual([]);
  });

  it.each(FAULT_KINDS)(
    '%s',
    async (kind) => {
      const faults: Fault[] = [];
      for (let position = 1; position <= clean.journal.commands.length; position++)
        for (const carriedOut of BOTH.has(kind) ? [false, true] : [false]) faults.push({ kind, at: position, carriedOut });
      const wrong: string[] = [];
      for (const fault of faults) {
        const run = await cutRun(card, fault);
        count(kind, run.end);
        for (const complaint of await judge(run, clean.journal.commands.length + MORE_COMMANDS))
          wrong.push(`${fault.at ?? 0}${fault.carriedOut === true ? '+' : '-'} ${run.shown.at(-2) ?? ''} -> ${run.end.kind}: ${complaint}`);
      }
      expect(wrong).toEqual([]);
    },
    600_000,
  );

  function count(kind: FaultKind, end: EnrollmentState): void {
    tally.cases++;
    const name = end.kind === 'failed' ? `failed ${end.problem.cardState}` : end.kind;
    tally.ends.set(name, (tally.ends.get(name) ?? 0) + 1);
    if (end.kind === 'failed' && (end.balance.key === 'unknown' || end.balance.certificate === 'unknown'))
      tally.inDoubt.set(kind, (tally.inDoubt.get(kind) ?? 0) + 1);
  }

  it('all cases were run, and nothing is left in doubt that could be looked up', () => {
    const positions = clean.journal.commands.length;
    expect(tally.cases).toBe(positions * (FAULT_KINDS.length + BOTH.size));
    // Who can still reach the card has looked at it again; only a card or reader that is gone leaves a doubt.
    expect([...tally.inDoubt.keys()].sort()).toEqual(['removal', 'unplug']);
    for (const times of tally.inDoubt.values()) expect(times).toBeLessThan(12);
    process.stdout.write(`${tally.cases} cuts at ${positions} transfers: ${[...tally.ends].map(([end, n]) => `${end} ${n}`).join(', ')}\n`);
  });

  it('9C, whose key wants the PIN before each use: a PIN is never sent again after a failure', async () => {
    const bench = flowBench({ card: { profile: 'nist' } });
    await enroll(bench.flow, planFor(1, 'P-256', { subject: 'CN=Old' }));
    const plain = { profile: 'nist', image: imageOf(bench.card) } as const;
    const whole = await cutRun(plain, undefined, PLACE_9C);
    expect(whole.end.kind).toBe('done');
    expect(whole.journal.verifiesWithData).toHaveLength(3);
    const positions = whole.journal.commands.length;
    const wrong: string[] = [];
    let cutAtVerify = 0;
    for (const kind of ['silence', 'stall-in', 'removal', 'flipped-byte'] as const)
      for (let position = 1; position <= positions; position++) {
        const run = await cutRun(plain, { kind, at: position, carriedOut: true }, PLACE_9C);
        if (run.journal.verifiesWithData.some(({ command }) => command.fault !== null)) cutAtVerify++;
        for (const complaint of await judge(run, positions + MORE_COMMANDS)) wrong.push(`${kind} ${position}: ${complaint}`);
      }
    expect(wrong).toEqual([]);
    expect(cutAtVerify).toBe(12);
    process.stdout.write(`${4 * positions} more cuts at ${positions} transfers\n`);
  }, 600_000);

  it('the judge sees a lie about the card and a PIN sent once too often', async () => {
    const generating = clean.journal.commands.length;
    let cut: CutRun | undefined;
    for (let position = generating; position > 0 && cut === undefined; position--) {
      const run = await cutRun(card, { kind: 'removal', at: position });
      if (run.end.kind === 'failed' && run.end.balance.key === 'replaced' && run.end.balance.certificate === 'stale') cut = run;
    }
    if (cut === undefined || cut.end.kind !== 'failed') throw new Error('no cut between key and certificate');
    const honest = cut;
    const { end } = cut;
    expect(await judge(honest, 500)).toEqual([]);
    const lie = async (balance: Partial<typeof end.balance>) => judge({ ...honest, end: { ...end, balance: { ...end.balance, ...balance } } }, 500);
    expect(await lie({ key: 'unchanged' })).toContain('says that the key is unchanged');
    expect(await lie({ certificate: 'unchanged' })).toContain('keeps silent about a stale certificate');
    expect(await lie({ certificate: 'replaced' })).toContain('says that the certificate was replaced');
    const { lostCertificate, ...silent } = end.balance;
    expect(lostCertificate?.subject).toBe('CN=Old');
    expect(await judge({ ...honest, end: { ...end, balance: silent } }, 500)).toContain('does not name the lost certificate');
    expect(await judge({ ...honest, after: { ...honest.after, objects: [] } }, 500)).toContain('something else on the card changed');
    expect(await judge({ ...honest, end: { ...end, problem: { ...end.problem, next: [] } } }, 500)).toContain('unworded problem');
    expect(await judge({ ...honest, end: { kind: 'looking-for-readers' } }, 500)).toContain('ends in looking-for-readers');

    const { commands, verifiesWithData } = honest.journal;
    const again = { ...verifiesWithData[0]!, sw: 0x63c2 };
    expect(await judge({ ...honest, journal: { commands, verifiesWithData: [again, again] } }, 500)).toContain('2 bad VERIFY for 1 PINs');
    const unanswered = { ...verifiesWithData[0]!, command: { ...verifiesWithData[0]!.command, answered: false } };
    expect(await judge({ ...honest, journal: { commands, verifiesWithData: [unanswered, again] } }, 500)).toContain('2 bad VERIFY for 1 PINs');
    expect(await judge({ ...honest, tookMs: 5e9 }, 500)).toContain('5000000000 ms');
  });
});
