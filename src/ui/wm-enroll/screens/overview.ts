import { html, nothing, type TemplateResult } from 'lit';
import type { CardSummary, PlaceSummary, SecretSummary } from '../../../app/card-summary.ts';
import type { SecretTask } from '../../../app/enrollment/state.ts';
import { day } from '../../messages/format.ts';
import { badge, holderName, icon, note } from '../../parts/index.ts';
import { backButton, intro, type Screen, type ScreenContext } from './context.ts';

function secretState(context: ScreenContext, secret: SecretSummary): TemplateResult {
  const words = context.enroll.overview;
  if (secret.retriesLeft === 0) return badge('bad', words.blocked, 'lock');
  const left = secret.retriesLeft;
  const used = left !== undefined && secret.retriesTotal !== undefined && left < secret.retriesTotal;
  return html`${
    left === undefined
      ? html`<span class="quiet">${words.triesUnknown}</span>`
      : used
        ? badge('warn', context.shared.triesLeft(left, secret.retriesTotal), 'warn')
        : context.shared.triesLeft(left)
  }
  ${secret.isDefault === true ? badge('warn', words.defaultValue, 'warn') : nothing}`;
}

function taskButton(context: ScreenContext, task: SecretTask, label: string, primary = false): TemplateResult {
  return html`<button type="button" class="small-button ${primary ? 'primary' : ''}" @click=${() => context.act((flow) => flow.openSecretTask(task))}>
    ${label}
  </button>`;
}

function security(context: ScreenContext, card: CardSummary): TemplateResult {
  const words = context.enroll.overview;
  const { pin, puk, managementKey } = card;
  const pinTask =
    pin.retriesLeft === 0
      ? puk.retriesLeft === 0
        ? nothing
        : taskButton(context, 'unblock-pin', words.unblock, true)
      : taskButton(context, 'change-pin', words.changePin);
  return html`<ul class="rows security">
    <li class="row">
      <strong class="row-name">${words.pin}</strong>
      <div class="row-text">${secretState(context, pin)}</div>
      ${pinTask}
    </li>
    <li class="row">
      <strong class="row-name">${words.puk}</strong>
      <div class="row-text">${secretState(context, puk)}</div>
      ${puk.retriesLeft === 0 ? nothing : taskButton(context, 'change-puk', words.changePuk)}
    </li>
    <li class="row">
      <strong class="row-name">${words.managementKey}</strong>
      <div class="row-text">
        <span>${managementKey.algorithm ?? words.algorithmUnknown}${managementKey.pinProtected ? html`, ${words.pinProtected}` : nothing}</span>
        ${managementKey.isDefault === true ? badge('warn', words.defaultValue, 'warn') : nothing}
      </div>
    </li>
  </ul>`;
}

function content(context: ScreenContext, place: PlaceSummary): TemplateResult {
  const words = context.enroll.overview;
  const { certificate } = place;
  const facts = [
    place.keyType,
    place.hasKey && place.origin === 'imported' ? words.imported : undefined,
    place.hasKey && place.pinAlways ? words.pinAlways : undefined,
  ].filter((text) => text !== undefined);
  const line = facts.length === 0 ? nothing : html`<span class="quiet small">${facts.join(' · ')}</span>`;
  if (!place.hasKey && !place.hasCertificate) return html`<span class="quiet">${words.empty}</span>`;
  if (certificate === undefined) {
    const text = place.hasCertificate ? words.certificateUnreadable : words.keyOnly;
    return html`<span>${text}</span> ${line}`;
  }
  const expired = certificate.validity === 'expired';
  const until = day(context.language, certificate.notAfter);
  return html`<span class="holder"><bdi>${holderName(certificate.subject)}</bdi></span>
    <span class="small"
      >${expired ? badge('warn', words.expiredOn(until), 'clock') : html`<span class="quiet">${words.expiresOn(until)}</span>`}</span
    >
    ${line} ${place.hasKey ? nothing : badge('warn', words.certificateOnly, 'warn')}
    ${place.certificateMatchesKey === false ? badge('warn', words.mismatch, 'warn') : nothing}`;
}

function slots(context: ScreenContext, card: CardSummary): TemplateResult {
  const words = context.enroll.overview;
  const shown = card.places.filter((place) => place.purpose !== 'retired' || place.hasKey || place.hasCertificate);
  const free = card.places.length - shown.length;
  return html`<section class="stack-small">
    <h3 id="slots-title">${words.slotsTitle}</h3>
    <table class="slots" aria-labelledby="slots-title">
      <thead>
        <tr>
          <th scope="col">${words.slot}</th>
          <th scope="col">${words.content}</th>
        </tr>
      </thead>
      <tbody>
        ${shown.map(
          (place) =>
            html`<tr>
              <th scope="row">${context.shared.purposes[place.purpose]} <span class="quiet small">${place.place}</span></th>
              <td><div class="cell">${content(context, place)}</div></td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${free === 0 ? nothing : html`<p class="quiet small">${words.retiredFree(free)}</p>`}
  </section>`;
}

/** Whether the person should be told that everybody knows a secret of this card. */
function hasFactoryValue(card: CardSummary): boolean {
  return card.pin.isDefault === true || card.puk.isDefault === true || card.managementKey.isDefault === true;
}

export const overview: Screen<'overview'> = (context, { card, notice }) => {
  const words = context.enroll.overview;
  const writable = card.canGenerate && !card.readOnly;
  const blocked = card.pin.retriesLeft === 0;
  const able = writable && !blocked;
  return html`<div class="stack">
    ${intro(words.title, notice === undefined ? words.text : '')}
    ${notice === undefined ? nothing : note('good', words.notices[notice], nothing, 'status')}
    <div class="card-head">
      ${icon('card')}
      <div class="row-text">
        <strong><bdi>${card.name}</bdi></strong>
        ${card.serial === undefined ? nothing : html`<span class="quiet small">${words.serial} <span class="mono">${card.serial}</span></span>`}
        ${card.cardId === undefined ? nothing : html`<span class="quiet small">${words.cardId} <span class="mono">${card.cardId}</span></span>`}
      </div>
    </div>
    ${writable ? nothing : note('warn', card.readOnly ? words.readOnly : words.cannotGenerate)}
    ${blocked ? note('bad', card.puk.retriesLeft === 0 ? words.allBlocked : words.pinBlocked) : nothing} ${security(context, card)}
    ${hasFactoryValue(card) ? html`<p class="hint factory">${icon('warn')}<span>${words.defaultWarning}</span></p>` : nothing} ${slots(context, card)}
    <div class="actions">
      ${
        able
          ? html`<button type="button" class="primary" @click=${() => context.act((flow) => flow.openKeyChoice())}>${words.action}</button>
              <button type="button" @click=${() => context.act((flow) => flow.openCertificateImport())}>${words.bring}</button>`
          : nothing
      }
      ${backButton(context)}
    </div>
  </div>`;
};
