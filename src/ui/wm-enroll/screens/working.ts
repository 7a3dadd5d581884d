import { html, nothing, type TemplateResult } from 'lit';
import type { CardWaiting } from '../../../app/enrollment/state.ts';
import { icon } from '../../parts/index.ts';
import { authorityName } from '../authority-name.ts';
import { busyScreen, type Screen, type ScreenContext } from './context.ts';

/** What the card waits for. A touch is asked for so that nobody overlooks it. */
function waitingNote(context: ScreenContext, waiting: CardWaiting): TemplateResult | typeof nothing {
  const words = context.enroll.waiting;
  if (waiting === 'touch')
    return html`<div class="note accent touch" role="alert">
      ${icon('touch')}
      <p><strong>${words.touch}</strong></p>
    </div>`;
  return waiting === 'card' ? html`<p class="quiet" role="status">${words.card}</p>` : nothing;
}

export const provisioning: Screen<'provisioning'> = ({ enroll }) => busyScreen(enroll.provisioning.title, enroll.provisioning.text);

export const generating: Screen<'generating'> = (context, { place, keyType, waiting }) => {
  const words = context.enroll.generating;
  const slow = keyType.startsWith('RSA') ? html`<p class="quiet">${words.slow}</p>` : nothing;
  return busyScreen(words.title(context.shared.placeName(place)), words.text, html`${slow} ${waitingNote(context, waiting)}`);
};

export const signing: Screen<'signing'> = (context, { place, subject, waiting }) => {
  const words = context.enroll.signing;
  return busyScreen(words.title(context.shared.placeName(place)), html`<bdi>${words.text(subject)}</bdi>`, waitingNote(context, waiting));
};

export const issuing: Screen<'issuing'> = (context, { authority }) => {
  const words = context.enroll.issuing;
  return busyScreen(words.title(authorityName(context, authority.id)), words.text);
};

export const writing: Screen<'writing'> = ({ enroll, shared }, { place }) =>
  busyScreen(enroll.writing.title(shared.placeName(place)), enroll.writing.text);

export const verifying: Screen<'verifying'> = (context, { place, waiting }) => {
  const words = context.enroll.verifying;
  return busyScreen(words.title(context.shared.placeName(place)), words.text, waitingNote(context, waiting));
};
