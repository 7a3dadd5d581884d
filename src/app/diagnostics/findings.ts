import type { AccessReason } from '../../usb/access.ts';
import { PIV_FINDINGS, type PivFindingCode } from '../../piv/inspector/findings.ts';
import type { CardSummary, PlaceSummary, SecretSummary } from '../card-summary.ts';
import type { Problem } from '../problem.ts';
import type { EnvironmentFact, Finding, FindingSeverity, ReaderReport, SlotReport } from './state.ts';

/** What this flow itself finds. */
type OwnCode =
  | 'insecure-context'
  | 'no-webusb'
  | 'usb-forbidden-by-policy'
  | 'no-web-crypto'
  | 'web-assembly-forbidden'
  | 'system-untested'
  | 'no-reader'
  | 'reader-protected-class'
  | 'reader-in-use'
  | 'reader-open-refused'
  | 'reader-not-ccid'
  | 'reader-unplugged'
  | 'reader-unreachable'
  | 'reader-description-failed'
  | 'reader-test-failed'
  | 'reader-simulated'
  | 'reader-quirk'
  | 'no-card'
  | 'card-mute'
  | 'card-removed'
  | 'card-test-failed'
  | 'card-unknown'
  | 'atr-malformed'
  | 'atr-check-byte'
  | 'atr-length'
  | 'default-pin'
  | 'default-puk'
  | 'default-management-key'
  | 'blocked-pin'
  | 'blocked-puk'
  | 'last-pin-try'
  | 'last-puk-try'
  | 'malformed-certificate'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-expires-soon'
  | 'certificate-of-another-key'
  | 'short-rsa-key';

/**
 * Every finding. A closed set: the message catalogue has words for each. A card family that is brought along may have further codes;
 * they are passed on with the family's severity, and worded as unknown.
 */
export type FindingCode = OwnCode | PivFindingCode;

const SEVERITIES: Readonly<Record<OwnCode, FindingSeverity>> = {
  // Browser and page.
  'insecure-context': 'error',
  'no-webusb': 'error',
  'usb-forbidden-by-policy': 'error',
  'no-web-crypto': 'error',
  'web-assembly-forbidden': 'warning',
  'system-untested': 'info',
  'no-reader': 'info',
  // Readers.
  'reader-protected-class': 'error',
  'reader-in-use': 'error',
  'reader-open-refused': 'error',
  'reader-not-ccid': 'error',
  'reader-unplugged': 'warning',
  'reader-unreachable': 'error',
  'reader-description-failed': 'warning',
  'reader-test-failed': 'error',
  'reader-simulated': 'info',
  'reader-quirk': 'info',
  // Card positions.
  'no-card': 'info',
  'card-mute': 'error',
  'card-removed': 'warning',
  'card-test-failed': 'error',
  'card-unknown': 'warning',
  // Answer to reset.
  'atr-malformed': 'error',
  'atr-check-byte': 'warning',
  'atr-length': 'warning',
  // Every family's cards.
  'default-pin': 'warning',
  'default-puk': 'warning',
  'default-management-key': 'warning',
  'blocked-pin': 'error',
  'blocked-puk': 'error',
  'last-pin-try': 'warning',
  'last-puk-try': 'warning',
  'malformed-certificate': 'error',
  'certificate-expired': 'warning',
  'certificate-not-yet-valid': 'warning',
  'certificate-expires-soon': 'info',
  'certificate-of-another-key': 'error',
  'short-rsa-key': 'warning',
};

export const FINDING_CODES: readonly FindingCode[] = [...new Set(Object.keys({ ...SEVERITIES, ...PIV_FINDINGS }) as FindingCode[])];

/** True for the codes of the closed set. */
export function isFindingCode(code: string): code is FindingCode {
  return (FINDING_CODES as readonly string[]).includes(code);
}

export function finding(code: OwnCode, place?: string): Finding {
  return { code, severity: SEVERITIES[code], ...(place === undefined ? {} : { place }) };
}

const RANK: Readonly<Record<FindingSeverity, number>> = { error: 0, warning: 1, info: 2 };

/** Most severe first, otherwise in order; the same finding once. */
export function sorted(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings
    .filter(({ code, place = '', slot = '' }) => {
      const key = `${code}/${place}/${slot}`;
      return !seen.has(key) && seen.add(key) !== undefined;
    })
    .sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

/** @param ownDoor true when readers do not come from the browser's WebUSB, so that its lack stands in nobody's way */
export function environmentFindings(facts: readonly EnvironmentFact[], ownDoor: boolean): Finding[] {
  const lacks = (key: EnvironmentFact['key']): boolean => facts.some((each) => each.key === key && each.state === 'no');
  const found: Finding[] = [];
  if (lacks('secure-context')) found.push(finding('insecure-context'));
  else if (lacks('webusb')) found.push(finding('no-webusb'));
  if (lacks('usb-allowed-by-policy')) found.push(finding('usb-forbidden-by-policy'));
  const doors = found.map((each): Finding => (ownDoor ? { ...each, severity: 'info' } : each));
  if (lacks('web-crypto') && !lacks('secure-context')) doors.push(finding('no-web-crypto'));
  if (lacks('web-assembly')) doors.push(finding('web-assembly-forbidden'));
  const system = facts.find((each) => each.key === 'operating-system')?.value;
  if (system === 'Windows' || system === 'macOS') doors.push(finding('system-untested', system));
  return doors;
}

const OF_VERDICT: Readonly<Record<AccessReason, OwnCode | undefined>> = {
  ready: undefined,
  // Said once for the page, not for each reader.
  'no-webusb': undefined,
  'insecure-context': undefined,
  'permissions-policy': undefined,
  'protected-class': 'reader-protected-class',
  'in-use': 'reader-in-use',
  'open-refused': 'reader-open-refused',
  'no-ccid-interface': 'reader-not-ccid',
  unplugged: 'reader-unplugged',
  unknown: 'reader-unreachable',
};

export function readerFindings({ info, verdict, description, problem }: ReaderReport): Finding[] {
  const found: Finding[] = [];
  const code = verdict === undefined ? undefined : OF_VERDICT[verdict.reason];
  if (code !== undefined) found.push(finding(code, info.name));
  else if (problem !== undefined) found.push(finding('reader-description-failed', info.name));
  if (info.simulated) found.push(finding('reader-simulated', info.name));
  if ((description?.quirks.length ?? 0) > 0) found.push(finding('reader-quirk', info.name));
  return found;
}

function ofProblem({ what }: Problem): OwnCode {
  if (what === 'no-card') return 'no-card';
  if (what === 'card-mute') return 'card-mute';
  if (what === 'card-removed') return 'card-removed';
  return what === 'reader-unplugged' ? 'reader-unplugged' : 'card-test-failed';
}

/** @param single true when the reader has one slot, which then needs no number */
export function slotFindings(slot: SlotReport, single: boolean): Finding[] {
  const found: Finding[] = [...(slot.card?.findings ?? [])];
  if (slot.problem !== undefined) found.push(finding(ofProblem(slot.problem)));
  else if (slot.card === undefined && slot.presence === 'absent') found.push(finding('no-card'));
  return found.map((each) => (single ? each : { ...each, slot: slot.index }));
}

/** A certificate that ends within this time is worth a word. */
const SOON_MS = 30 * 24 * 3600 * 1000;

function secretFindings({ retriesLeft, isDefault }: SecretSummary, name: 'pin' | 'puk'): Finding[] {
  const found: Finding[] = [];
  if (isDefault === true) found.push(finding(`default-${name}`));
  if (retriesLeft === 0) found.push(finding(`blocked-${name}`));
  if (retriesLeft === 1) found.push(finding(`last-${name}-try`));
  return found;
}

function placeFindings(each: PlaceSummary, now: Date): Finding[] {
  const found: Finding[] = [];
  const { certificate, place } = each;
  if (certificate?.validity === 'expired') found.push(finding('certificate-expired', place));
  if (certificate?.validity === 'not-yet-valid') found.push(finding('certificate-not-yet-valid', place));
  if (certificate?.validity === 'valid' && certificate.notAfter.getTime() - now.getTime() < SOON_MS)
    found.push(finding('certificate-expires-soon', place));
  if (each.hasCertificate && certificate === undefined) found.push(finding('malformed-certificate', place));
  if (each.certificateMatchesKey === false) found.push(finding('certificate-of-another-key', place));
  if (each.keyType === 'RSA-1024') found.push(finding('short-rsa-key', place));
  return found;
}

/** What the summary of a card shows; the card family adds its own. */
export function cardFindings({ pin, puk, managementKey, places }: CardSummary, now: Date): Finding[] {
  return [
    ...secretFindings(pin, 'pin'),
    ...secretFindings(puk, 'puk'),
    ...(managementKey.isDefault === true ? [finding('default-management-key')] : []),
    ...places.flatMap((each) => placeFindings(each, now)),
  ];
}
