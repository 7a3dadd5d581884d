import type { DescriptionEntry, ReaderInfo } from '../../channel/types.ts';
import type { CardSummary, CertificateSummary, PlaceSummary } from '../card-summary.ts';
import type { CardReport, DecodedRow, LogRow, ReaderReport, SlotReport } from './state.ts';

/*
 * Personal data out of what is shown or sent away: names, UPN and other alternative names, FASC-N, GUID, serial numbers of card,
 * certificate and reader, fingerprints (they find the certificate in any directory), and bodies read from the card.
 */

/** What stands in place of a personal value. */
export const MASK = '(masked)';

/** Fields of a device descriptor that tell one device from its twins. */
const PERSONAL_FIELDS: ReadonlySet<string> = new Set(['iSerialNumber']);

export function isPersonalField({ name }: DescriptionEntry): boolean {
  return PERSONAL_FIELDS.has(name);
}

function entry(each: DescriptionEntry): DescriptionEntry {
  return isPersonalField(each) ? { name: each.name, value: MASK } : each;
}

function row(each: DecodedRow): DecodedRow {
  if (each.personal !== true) return each;
  const { name, personal, level } = each;
  return { name, value: MASK, personal, ...(level === undefined ? {} : { level }) };
}

export function maskInfo(info: ReaderInfo): ReaderInfo {
  return info.serialNumber === undefined ? info : { ...info, serialNumber: MASK };
}

export function maskReader(reader: ReaderReport): ReaderReport {
  const { info, description } = reader;
  return {
    ...reader,
    info: maskInfo(info),
    ...(description === undefined ? {} : { description: { ...description, device: description.device.map(entry) } }),
  };
}

export function maskCertificate(certificate: CertificateSummary, mask: string = MASK): CertificateSummary {
  return {
    ...certificate,
    subject: mask,
    // Whoever issued to himself stands in both.
    issuer: certificate.selfIssued ? mask : certificate.issuer,
    serial: mask,
    alternativeNames: certificate.alternativeNames.map(({ kind }) => ({ kind, value: mask })),
    fingerprintSha256: mask,
    fingerprintSha1: mask,
  };
}

function place(each: PlaceSummary): PlaceSummary {
  return each.certificate === undefined ? each : { ...each, certificate: maskCertificate(each.certificate) };
}

export function maskSummary(card: CardSummary): CardSummary {
  return {
    ...card,
    ...(card.cardId === undefined ? {} : { cardId: MASK }),
    ...(card.serial === undefined ? {} : { serial: MASK }),
    places: card.places.map(place),
  };
}

export function maskCard(report: CardReport): CardReport {
  return {
    ...report,
    atrRows: report.atrRows.map(row),
    limits: report.limits.map(row),
    applet: report.applet.map(row),
    ...(report.card === undefined ? {} : { card: maskSummary(report.card) }),
  };
}

export function maskSlot(slot: SlotReport): SlotReport {
  return slot.card === undefined ? slot : { ...slot, card: maskCard(slot.card) };
}

export function maskLogRow(each: LogRow): LogRow {
  return each.personal === true && each.body !== undefined ? { ...each, body: MASK } : each;
}
