import { html, nothing, type TemplateResult } from 'lit';
import type { CertificateSummary } from '../../app/card-summary.ts';
import { day, spacedHex } from '../messages/format.ts';
import type { Kit } from './kit.ts';
import { badge } from './views.ts';

function fact(name: string, value: unknown): TemplateResult | typeof nothing {
  return value === '' || value === undefined
    ? nothing
    : html`<dt>${name}</dt>
        <dd>${value}</dd>`;
}

/** The common name of an RFC 4514 text where it has one, else the whole text: what a person calls the holder. */
export function holderName(distinguishedName: string): string {
  const common = /(?:^|[,+])\s*CN=((?:\\.|[^,+\\])*)/i.exec(distinguishedName)?.[1];
  if (common === undefined || common.startsWith('#')) return distinguishedName;
  return unescaped(common).trim() || distinguishedName;
}

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** A value without its backslashes (RFC 4514, 2.4 and 3): octets in hexadecimal are UTF-8, and stay as they are where nothing would be seen. */
function unescaped(value: string): string {
  return value.replace(/(?:\\[0-9a-f]{2})+|\\(.)/gis, (whole, character: string | undefined) => {
    if (character !== undefined) return character;
    const text = new TextDecoder().decode(Uint8Array.from(whole.slice(1).split('\\'), (pair) => parseInt(pair, 16)));
    return UNSEEN.test(text) || text.includes('\ufffd') ? whole : text;
  });
}

/** One `type=value`, to be read and not to be parsed. A value that could pass for several stands in quotation marks, as RFC 1779 has it. */
function readable(pair: string): string {
  const [type = '', value = ''] = pair.split(/=(.*)/s);
  if (value.startsWith('#')) return pair;
  const text = unescaped(value);
  return `${type}=${/[,+;"]/.test(text) ? `"${text.replace(/"/g, '\\"')}"` : text}`;
}

/** A distinguished name to be read: no backslashes, each part kept together and in its own direction: right-to-left names would else reorder their neighbours. */
export function nameView(distinguishedName: string): TemplateResult {
  const parts = distinguishedName.match(/(?:\\.|[^,\\])+/gs) ?? [];
  const shown = (part: string): string => (part.match(/(?:\\.|[^+\\])+/gs) ?? []).map(readable).join('+');
  return html`${parts.map((part, index) => html`${index === 0 ? nothing : ', '}<bdi>${shown(part.trim())}</bdi>`)}`;
}

/** 'valid until 24 November 2027', in the tense that fits. */
export function validityText(kit: Kit, certificate: CertificateSummary): string {
  const words = kit.shared.certificate;
  if (certificate.validity === 'expired') return words.expiredOn(day(kit.language, certificate.notAfter));
  if (certificate.validity === 'not-yet-valid') return words.validFrom(day(kit.language, certificate.notBefore));
  return words.validUntil(day(kit.language, certificate.notAfter));
}

export function validityBadge(kit: Kit, certificate: CertificateSummary): TemplateResult {
  const good = certificate.validity === 'valid';
  return badge(good ? 'good' : 'warn', kit.shared.certificate.validity[certificate.validity], good ? 'check' : 'clock');
}

/** Facts of a certificate: who, from whom, until when; the rest folded away. */
export function certificateView(kit: Kit, certificate: CertificateSummary, options: { readonly open?: boolean } = {}): TemplateResult {
  const words = kit.shared.certificate;
  const names = certificate.alternativeNames.map(
    ({ kind, value }) => html`<li><span class="quiet">${words.alternativeNameKinds[kind]}:</span> <bdi>${value}</bdi></li>`,
  );
  return html`<div class="stack-small certificate">
    <dl class="facts">
      ${fact(words.subject, nameView(certificate.subject))}
      ${fact(words.issuer, certificate.selfIssued ? words.selfIssued : nameView(certificate.issuer))}
      <dt>${words.notAfter}</dt>
      <dd>${day(kit.language, certificate.notAfter)} ${validityBadge(kit, certificate)}</dd>
      ${
        names.length === 0
          ? nothing
          : html`<dt>${words.alternativeNames}</dt>
              <dd>
                <ul class="plain-list">
                  ${names}
                </ul>
              </dd>`
      }
    </dl>
    <details ?open=${options.open ?? false}>
      <summary>${words.details}</summary>
      <dl class="facts small">
        ${fact(words.notBefore, day(kit.language, certificate.notBefore))} ${fact(words.keyType, certificate.keyType)}
        ${fact(words.keyUsage, certificate.keyUsage.map((usage) => words.keyUsages[usage]).join(', '))}
        ${fact(words.extendedKeyUsage, certificate.extendedKeyUsage.map((purpose) => words.purposeNames[purpose] ?? purpose).join(', '))}
        ${fact(words.serial, html`<span class="mono">${spacedHex(certificate.serial)}</span>`)}
        ${fact(words.fingerprintSha256, html`<span class="mono">${spacedHex(certificate.fingerprintSha256)}</span>`)}
        ${fact(words.fingerprintSha1, html`<span class="mono">${spacedHex(certificate.fingerprintSha1)}</span>`)}
        ${fact(words.size, words.bytes(certificate.lengthBytes))}
      </dl>
    </details>
  </div>`;
}
