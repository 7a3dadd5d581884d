import { slotRegisters } from '../../ccid/slot-error-name.ts';
import type { DescriptionEntry } from '../../channel/types.ts';
import type { CertificateSummary, PlaceSummary, SecretSummary } from '../card-summary.ts';
import type { Problem } from '../problem.ts';
import { MASK, maskInfo, maskLogRow, maskReader, maskSlot } from './mask.ts';
import type {
  CardReport,
  DecodedRow,
  DiagnosticsReady,
  DiagnosticsReport,
  Finding,
  LogRow,
  ReaderReport,
  ReportOptions,
  SlotReport,
} from './state.ts';

/*
 * The report that a person sends to whoever helps: the same content as text and as JSON. Its words are keys and the standards' own,
 * so that it reads the same in every language of the page.
 */

/** Raised when a member of the JSON changes its meaning. */
const FORMAT_VERSION = 1;

export interface ReportSource extends Partial<Pick<DiagnosticsReady, 'environment' | 'readers' | 'selected' | 'problem' | 'findings'>> {
  readonly log: readonly LogRow[];
  readonly createdAt: Date;
}

/** Text from readers and cards on one line of its own: nothing in it can pass for another line of the report. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '.').slice(0, 4096);
}

class Lines {
  readonly #lines: string[] = [];

  title(text: string): void {
    this.#lines.push('', `== ${printable(text)} ==`);
  }

  line(level: number, name: string, value: string | number | undefined, detail?: string): void {
    if (value === undefined) return;
    const more = detail === undefined || detail === '' ? '' : ` (${printable(detail)})`;
    this.#lines.push(`${'  '.repeat(level)}${printable(name)}: ${printable(String(value))}${more}`);
  }

  rows(level: number, rows: readonly (DescriptionEntry | DecodedRow)[]): void {
    for (const row of rows) this.line(level + ('level' in row ? (row.level ?? 0) : 0), row.name, row.value, row.detail);
  }

  toString(): string {
    return `${this.#lines.join('\n').trim()}\n`;
  }
}

function hex4(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0');
}

function writeProblem(out: Lines, level: number, problem: Problem | undefined): void {
  if (problem === undefined) return;
  const { code, what, cardState, detail } = problem;
  out.line(level, 'problem', `${code} ${what}`, `card ${cardState}`);
  out.line(level + 1, 'trail', detail.trail.join(' < '));
  if (detail.sw !== undefined) out.line(level + 1, 'SW', hex4(detail.sw));
  if (detail.bStatus !== undefined) out.line(level + 1, 'reader', slotRegisters(detail.bStatus, detail.bError ?? 0));
}

function writeReader(out: Lines, { info, verdict, description, problem }: ReaderReport): void {
  out.line(0, 'reader', info.name, info.simulated ? 'simulated' : undefined);
  if (verdict !== undefined) out.line(1, 'access', verdict.reason, verdict.remedies.join(', '));
  writeProblem(out, 1, problem);
  if (description === undefined) return;
  out.rows(1, description.device);
  out.rows(1, description.ccid);
  if (description.quirks.length > 0) out.line(1, 'quirks', description.quirks.join(', '));
}

function writeFinding(out: Lines, { severity, code, place, slot, short }: Finding): void {
  const where = [short, place, slot === undefined ? undefined : `slot ${slot}`].filter((each) => each !== undefined).join(', ');
  out.line(0, severity, code, where);
}

function writeSecret(out: Lines, name: string, { retriesLeft, retriesTotal, isDefault, minLength, maxLength }: SecretSummary): void {
  const tries = retriesLeft === undefined ? 'tries unknown' : `${retriesLeft}${retriesTotal === undefined ? '' : ` of ${retriesTotal}`} tries left`;
  out.line(2, name, tries, `${minLength} to ${maxLength} characters${isDefault === true ? ', factory value' : ''}`);
}

function writeCertificate(out: Lines, certificate: CertificateSummary): void {
  out.line(4, 'subject', certificate.subject);
  out.line(4, 'issuer', certificate.issuer);
  out.line(4, 'serial', certificate.serial);
  out.line(4, 'validity', certificate.validity, `${certificate.notBefore.toISOString()} to ${certificate.notAfter.toISOString()}`);
  for (const { kind, value } of certificate.alternativeNames) out.line(4, kind, value);
  if (certificate.keyUsage.length > 0) out.line(4, 'key usage', certificate.keyUsage.join(', '));
  if (certificate.extendedKeyUsage.length > 0) out.line(4, 'extended key usage', certificate.extendedKeyUsage.join(', '));
  out.line(4, 'SHA-256', certificate.fingerprintSha256);
  out.line(4, 'length', `${certificate.lengthBytes} bytes`);
}

function writePlace(out: Lines, each: PlaceSummary): void {
  if (!each.hasKey && !each.hasCertificate) return;
  const key = each.hasKey ? ['key', each.keyType, each.origin, each.pinAlways ? 'PIN always' : undefined] : ['no key'];
  const match = each.certificateMatchesKey === undefined ? undefined : each.certificateMatchesKey ? 'of this key' : 'of another key';
  const certificate = each.hasCertificate ? ['certificate', match, each.certificate === undefined ? 'unreadable' : undefined] : ['no certificate'];
  out.line(3, each.place, [...key, ...certificate].filter((part) => part !== undefined).join(', '), each.purpose);
  if (each.certificate !== undefined) writeCertificate(out, each.certificate);
}

function writeCard(out: Lines, report: CardReport): void {
  out.line(1, 'ATR', report.atr, report.protocol);
  out.rows(2, report.atrRows);
  out.rows(1, report.limits);
  for (const { key, aid, state, sw } of report.applets) out.line(1, `application ${key}`, state, sw === undefined ? aid : `${aid}, SW ${hex4(sw)}`);
  const { card } = report;
  if (card !== undefined) {
    out.line(1, 'card', card.name);
    out.line(2, 'card identifier', card.cardId);
    out.line(2, 'serial', card.serial);
    writeSecret(out, 'PIN', card.pin);
    writeSecret(out, 'PUK', card.puk);
    const { algorithm, isDefault, pinProtected } = card.managementKey;
    out.line(
      2,
      'management key',
      algorithm ?? 'algorithm unknown',
      [isDefault === true ? 'factory value' : '', pinProtected ? 'behind the PIN' : ''].filter((each) => each !== '').join(', '),
    );
    out.line(2, 'key places', card.places.filter((each) => each.hasKey || each.hasCertificate).length, `of ${card.places.length} in use`);
    for (const each of card.places) writePlace(out, each);
  }
  out.rows(1, report.applet);
  for (const { name, tag, present, lengthBytes, problem } of report.objects)
    out.line(1, `object ${tag}`, present ? `${lengthBytes} bytes` : 'absent', problem === undefined ? name : `${name}, ${problem}`);
}

function writeLog(out: Lines, log: readonly LogRow[]): void {
  out.title('log');
  for (const { number, atMs, layer, direction, text, lengthBytes, body } of log) {
    const arrow = direction === 'out' ? '>' : direction === 'in' ? '<' : '-';
    const length = lengthBytes === undefined ? '' : ` [${lengthBytes}]`;
    out.line(0, `${number} ${(atMs / 1000).toFixed(3)} ${layer} ${arrow}`, `${text}${length}${body === undefined ? '' : ` ${body}`}`);
  }
}

/** Masks what is personal unless it is ticked in, then writes text and JSON of the same content. */
export function writeReport(source: ReportSource, { includePersonal, includeLog }: ReportOptions): DiagnosticsReport {
  const keep = <T>(mask: (value: T) => T): ((value: T) => T) => (includePersonal ? (value) => value : mask);
  const environment = source.environment ?? [];
  const readers = (source.readers ?? []).map(keep(maskReader));
  const findings = source.findings ?? [];
  const slots: readonly SlotReport[] = (source.selected?.slots ?? []).map(keep(maskSlot));
  const tested = source.selected === undefined ? undefined : { ...source.selected, info: keep(maskInfo)(source.selected.info), slots };
  const log = includeLog ? source.log.map(keep(maskLogRow)) : undefined;
  const personalData = includePersonal ? 'included' : 'masked';

  const out = new Lines();
  out.line(0, 'web-minidriver diagnostics', source.createdAt.toISOString(), includePersonal ? 'personal data included' : `personal data ${MASK}`);
  out.title('findings');
  for (const each of findings) writeFinding(out, each);
  writeProblem(out, 0, source.problem);
  out.title('environment');
  for (const { key, state, value } of environment) out.line(0, key, value ?? state);
  out.title('readers');
  for (const each of readers) writeReader(out, each);
  if (tested !== undefined) {
    out.title(`test of ${tested.info.name}`);
    writeProblem(out, 0, tested.problem);
    for (const { index, presence, card, problem } of slots) {
      out.line(0, `slot ${index}`, presence);
      writeProblem(out, 1, problem);
      if (card !== undefined) writeCard(out, card);
    }
  }
  if (log !== undefined) writeLog(out, log);

  const json = {
    format: 'web-minidriver-diagnostics',
    formatVersion: FORMAT_VERSION,
    createdAt: source.createdAt,
    personalData,
    findings,
    problem: source.problem,
    environment,
    readers,
    tested,
    log,
  };
  return { text: out.toString(), json: `${JSON.stringify(json, undefined, 2)}\n` };
}
