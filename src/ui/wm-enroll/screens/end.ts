import { html, nothing, type TemplateResult } from 'lit';
import type { CardBalance, RequestSummary } from '../../../app/enrollment/state.ts';
import { day, spacedHex } from '../../messages/format.ts';
import { certificateView, download, fileName, holderName, icon, problemView, simulatedBadge } from '../../parts/index.ts';
import { heading, intro, type Screen, type ScreenContext } from './context.ts';
import { requestText } from './request.ts';

export const certificateReady: Screen<'certificate-ready'> = (context, { place, certificate, warnings }) => {
  const words = context.enroll.certificateReady;
  return html`<div class="stack">
    ${intro(words.title, words.text)} ${certificateView(context, certificate)}
    ${
      warnings.length === 0
        ? nothing
        : html`<div class="note warn">
            ${icon('warn')}
            <ul class="plain-list stack-small">
              ${warnings.map((warning) => html`<li>${words.warnings[warning]}</li>`)}
            </ul>
          </div>`
    }
    <div class="actions">
      <button type="button" class="primary" @click=${() => context.act((flow) => flow.writeCertificate())}>
        ${words.action(context.shared.placeName(place))}
      </button>
      <button type="button" @click=${() => context.act((flow) => flow.back())}>${words.other}</button>
    </div>
  </div>`;
};

export const done: Screen<'done'> = (context, { result }) => {
  const words = context.enroll.done;
  const { certificate } = result;
  const save = (): void => download(fileName(holderName(certificate.subject), 'cer'), 'application/pkix-cert', result.certificateDer);
  return html`<div class="stack">
    <div class="outcome">
      <span class="outcome-icon good">${icon('check')}</span>
      ${intro(words.title(context.shared.placeName(result.place)), words.text)}
    </div>
    ${
      result.simulated
        ? html`<div class="note">
            ${icon('simulated')}
            <p>${words.simulated}</p>
          </div>`
        : nothing
    }
    <dl class="facts">
      <dt>${words.card}</dt>
      <dd>
        <bdi>${result.cardName}</bdi>${result.cardSerial === undefined ? nothing : html` <span class="mono">${result.cardSerial}</span>`}
        ${result.simulated ? simulatedBadge(context) : nothing}
      </dd>
      <dt>${context.shared.certificate.fingerprintSha256}</dt>
      <dd class="mono small fingerprint">${spacedHex(certificate.fingerprintSha256)}</dd>
    </dl>
    ${certificateView(context, certificate)}
    <p class="quiet">${words.renew(day(context.language, certificate.notAfter))}</p>
    <div class="actions">
      <button type="button" @click=${save}>${words.download}</button>
      <button type="button" @click=${() => context.act((flow) => flow.connect())}>${words.again}</button>
    </div>
  </div>`;
};

/** What changed on the card and what is gone. Lines that say 'as before' are left out where something did change. */
function balanceLines(context: ScreenContext, balance: CardBalance, all: boolean): TemplateResult | typeof nothing {
  const words = context.enroll.balance;
  const { key, certificate, place, lostCertificate, resumable } = balance;
  const changed = key !== 'unchanged' || certificate !== 'unchanged';
  const lines = [
    changed && place !== undefined ? words.place(context.shared.placeName(place)) : undefined,
    key !== 'unchanged' || (all && !changed) ? words.key[key] : undefined,
    certificate !== 'unchanged' || (all && !changed) ? words.certificate[certificate] : undefined,
    lostCertificate === undefined ? undefined : words.lost(lostCertificate.subject),
    resumable ? words.resumable : undefined,
  ].filter((line) => line !== undefined);
  return lines.length === 0
    ? nothing
    : html`<ul class="bullets balance">
        ${lines.map((line) => html`<li><bdi>${line}</bdi></li>`)}
      </ul>`;
}

function keptRequest(context: ScreenContext, request: RequestSummary | undefined): TemplateResult | typeof nothing {
  if (request === undefined) return nothing;
  return html`<section class="stack-small">
    <p>${context.enroll.failed.request}</p>
    ${requestText(context, request)}
  </section>`;
}

export const failed: Screen<'failed'> = (context, { problem, balance, request }) => {
  const words = context.enroll.failed;
  const what = context.shared.problem.whats[problem.what];
  return html`<div class="stack">
    <div class="outcome">
      <span class="outcome-icon bad">${icon('bad')}</span>
      <header class="stack-small">
        <p class="kicker">${words.title}</p>
        ${heading(what.title)}
        <p class="lead">${what.text}</p>
      </header>
    </div>
    ${problemView(context, problem, 'h3', balanceLines(context, balance, false))} ${keptRequest(context, request)}
    <div class="actions">
      <button type="button" class="primary" @click=${() => context.act((flow) => flow.connect())}>
        ${balance.resumable ? words.resume : words.again}
      </button>
    </div>
  </div>`;
};

export const cancelled: Screen<'cancelled'> = (context, { balance, request }) => {
  const words = context.enroll.cancelled;
  return html`<div class="stack">
    ${intro(words.title, words.text)}
    <section class="stack-small">
      <h3>${context.enroll.failed.balanceTitle}</h3>
      ${balanceLines(context, balance, true)}
    </section>
    ${keptRequest(context, request)}
    <div class="actions">
      <button type="button" class="primary" @click=${() => context.act((flow) => flow.connect())}>
        ${balance.resumable ? context.enroll.failed.resume : words.again}
      </button>
    </div>
  </div>`;
};
