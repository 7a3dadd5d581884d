import { html, nothing, type TemplateResult } from 'lit';
import type { CardBalance, RequestSummary } from '../../../app/enrollment/state.ts';
import type { Problem, ProblemCardState } from '../../../app/problem.ts';
import { day, spacedHex } from '../../messages/format.ts';
import { certificateView, download, fileName, holderName, icon, nameView, problemView, simulatedBadge } from '../../parts/index.ts';
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

/** Card states that say of key and certificate what the balance says too. */
const SAYS_THE_SAME: readonly ProblemCardState[] = [
  'key-replaced-certificate-stale',
  'key-made-certificate-missing',
  'key-unknown',
  'certificate-unknown',
  'enrolled',
];

/** What changed on the card and what is gone, without what `problem` says already. */
function balanceLines(context: ScreenContext, balance: CardBalance, problem?: Problem): TemplateResult | typeof nothing {
  const words = context.enroll.balance;
  const { key, certificate, place, lostCertificate, resumable } = balance;
  const changed = key !== 'unchanged' || certificate !== 'unchanged';
  const told = problem !== undefined && (!changed || SAYS_THE_SAME.includes(problem.cardState));
  const lines = [
    changed && place !== undefined ? words.place(context.shared.placeName(place)) : undefined,
    told || (changed && key === 'unchanged') ? undefined : words.key[key],
    told || (changed && certificate === 'unchanged') ? undefined : words.certificate[certificate],
    lostCertificate === undefined ? undefined : html`${words.lost} ${nameView(lostCertificate.subject)}`,
    resumable ? words.resumable : undefined,
  ].filter((line) => line !== undefined);
  return lines.length === 0
    ? nothing
    : html`<ul class="bullets balance">
        ${lines.map((line) => html`<li>${line}</li>`)}
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
    ${problemView(context, problem, 'h3', balanceLines(context, balance, problem))} ${keptRequest(context, request)}
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
      ${balanceLines(context, balance)}
    </section>
    ${keptRequest(context, request)}
    <div class="actions">
      <button type="button" class="primary" @click=${() => context.act((flow) => flow.connect())}>
        ${balance.resumable ? context.enroll.failed.resume : words.again}
      </button>
    </div>
  </div>`;
};
