import { html, nothing } from 'lit';
import { icon } from '../../parts/index.ts';
import { backButton, busyScreen, intro, type Screen, type ScreenContext } from './context.ts';

export const chooseSlot: Screen<'choose-slot'> = (context, { slots }) => {
  const words = context.enroll.chooseSlot;
  const full = slots.filter((slot) => slot.cardPresent);
  return html`<div class="stack">
    ${intro(words.title, words.text)}
    <ul class="rows">
      ${slots.map(
        ({ index, cardPresent }) =>
          html`<li class="row">
            ${icon('card')}
            <div class="row-text">
              <strong>${words.position(index + 1)}</strong>
              <span class="quiet small">${cardPresent ? words.cardPresent : words.cardAbsent}</span>
            </div>
            <button
              type="button"
              class=${full.length === 1 && cardPresent ? 'primary' : ''}
              aria-label=${words.use(index + 1)}
              @click=${() => context.act((flow) => flow.chooseSlot(index))}
            >
              ${context.enroll.chooseReader.use}
            </button>
          </li>`,
      )}
    </ul>
    <div class="actions">${backButton(context)}</div>
  </div>`;
};

export const insertCard: Screen<'insert-card'> = (context, { reader, slotIndex }) => {
  const words = context.enroll.insertCard;
  return html`<div class="stack">
    ${intro(words.title(reader.name), words.text)}
    <div class="picture" aria-hidden="true">${icon('card')}${icon('reader')}</div>
    ${slotIndex > 0 ? html`<p>${words.position(slotIndex + 1)}</p>` : nothing}
    <div class="actions">${backButton(context)}</div>
  </div>`;
};

function retryActions(context: ScreenContext, label: string): unknown {
  return html`<div class="actions">
    <button type="button" class="primary" @click=${() => context.act((flow) => flow.retry())}>${label}</button>
    ${backButton(context)}
  </div>`;
}

export const cardMute: Screen<'card-mute'> = (context) => {
  const words = context.enroll.mute;
  return html`<div class="stack">
    ${intro(words.title, words.text)}
    <ul class="bullets">
      ${words.checks.map((check) => html`<li>${check}</li>`)}
    </ul>
    ${retryActions(context, words.action)}
  </div>`;
};

export const unknownCard: Screen<'unknown-card'> = (context, { atr }) => {
  const words = context.enroll.unknownCard;
  return html`<div class="stack">
    ${intro(words.title, words.text)}
    <div class="stack-small">
      <p class="label">${words.atr}</p>
      <div class="command"><code>${atr}</code>${context.copyButton(atr)}</div>
    </div>
    ${retryActions(context, words.action)}
  </div>`;
};

export const reading: Screen<'reading'> = ({ enroll }) => busyScreen(enroll.reading.title, enroll.reading.text);
