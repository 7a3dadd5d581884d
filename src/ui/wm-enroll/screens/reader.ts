import { html, nothing, type TemplateResult } from 'lit';
import type { ReaderInfo } from '../../../app/index.ts';
import type { ReaderChoice } from '../../../app/enrollment/state.ts';
import { accessBadge, accessView, icon, note, simulatedBadge } from '../../parts/index.ts';
import { backButton, busyScreen, heading, intro, type Screen, type ScreenContext } from './context.ts';

export const start: Screen<'start'> = (context) => {
  const words = context.enroll.start;
  return html`<div class="stack">
    ${intro(words.title, words.text)}
    <section class="stack-small">
      <h3>${words.needsTitle}</h3>
      <ul class="bullets">
        ${words.needs.map((need) => html`<li>${need}</li>`)}
      </ul>
    </section>
    <div class="actions">
      <button
        type="button"
        class="primary"
        @pointerenter=${() => context.prepare()}
        @focus=${() => context.prepare()}
        @click=${() => context.act((flow) => flow.connect())}
      >
        ${words.action}
      </button>
    </div>
  </div>`;
};

export const looking: Screen<'looking-for-readers'> = ({ enroll }) => busyScreen(enroll.looking.title, enroll.looking.text);

export const unsupported: Screen<'unsupported'> = (context, { verdict }) =>
  html`<div class="stack">
    ${heading(context.shared.access.reasons[verdict.reason].title)} ${accessView(context, verdict)}
    <div class="actions">${backButton(context)}</div>
  </div>`;

/** Opens the browser's chooser. */
function requestButton(context: ScreenContext, label: string, primary = false): TemplateResult {
  return html`<button type="button" class=${primary ? 'primary' : ''} @click=${() => context.act((flow) => flow.requestReader())}>${label}</button>`;
}

function checks(context: ScreenContext): TemplateResult {
  const words = context.enroll.noReader;
  return html`<section class="stack-small">
    <h3>${words.checksTitle}</h3>
    <ul class="bullets">
      ${words.checks.map((check) => html`<li>${check}</li>`)}
    </ul>
  </section>`;
}

export const noReader: Screen<'no-reader'> = (context, { canRequest, nothingChosen, ordinaryPage }) => {
  const words = context.enroll.noReader;
  return html`<div class="stack">
    ${intro(words.title, words.text)} ${ordinaryPage ? html`<p class="quiet">${words.ordinaryPage}</p>` : nothing}
    ${nothingChosen ? note('info', words.nothingChosen) : nothing}
    <div class="actions">
      ${canRequest ? requestButton(context, nothingChosen ? words.actionAgain : words.action, true) : nothing} ${backButton(context)}
    </div>
    ${checks(context)}
  </div>`;
};

/** Name, maker and serial number of a reader; readers of one model differ in the latter only. */
function readerName(context: ScreenContext, reader: ReaderInfo): TemplateResult {
  const more = [reader.manufacturer, reader.serialNumber].filter((text) => text !== undefined && text !== '' && !reader.name.includes(text));
  return html`<div class="row-text">
    <strong><bdi>${reader.name}</bdi></strong>
    ${more.length === 0 ? nothing : html`<span class="quiet small"><bdi>${more.join(' · ')}</bdi></span>`}
    ${reader.simulated ? simulatedBadge(context) : nothing}
  </div>`;
}

function readerRow(context: ScreenContext, choice: ReaderChoice, primary: boolean): TemplateResult {
  const words = context.enroll.chooseReader;
  const { info, verdict } = choice;
  const shut = verdict !== undefined && !verdict.reachable;
  return html`<li class="row">
    ${icon('reader')} ${readerName(context, info)} ${accessBadge(context, verdict)}
    <button
      type="button"
      class=${primary ? 'primary' : ''}
      aria-label=${shut ? `${words.useAnyway}: ${info.name}` : words.useNamed(info.name)}
      @click=${() => context.act((flow) => flow.chooseReader(info.id))}
    >
      ${shut ? words.useAnyway : words.use}
    </button>
    ${
      shut
        ? html`<details class="row-more">
            <summary>${context.shared.access.reasons[verdict.reason].title}</summary>
            ${accessView(context, verdict)}
          </details>`
        : nothing
    }
  </li>`;
}

export const chooseReader: Screen<'choose-reader'> = (context, { readers, canRequest, nothingChosen }) => {
  const words = context.enroll.chooseReader;
  const open = readers.filter(({ verdict }) => verdict?.reachable !== false);
  return html`<div class="stack">
    ${intro(words.title, words.text)} ${nothingChosen ? note('info', context.enroll.noReader.nothingChosen) : nothing}
    <ul class="rows">
      ${readers.map((choice) => readerRow(context, choice, open.length === 1 && open[0] === choice))}
    </ul>
    <div class="actions">${canRequest ? requestButton(context, words.other) : nothing} ${backButton(context)}</div>
    ${
      canRequest
        ? html`<details>
            <summary>${context.enroll.noReader.checksTitle}</summary>
            <ul class="bullets">
              ${context.enroll.noReader.checks.map((check) => html`<li>${check}</li>`)}
            </ul>
          </details>`
        : nothing
    }
  </div>`;
};

export const readerDenied: Screen<'reader-denied'> = (context, { reader, verdict, canRequest }) =>
  html`<div class="stack">
    ${heading(context.enroll.denied.title(reader.name))} ${accessView(context, verdict, { withTitle: true })}
    <div class="actions">
      <button type="button" class="primary" @click=${() => context.act((flow) => flow.retry())}>${context.shared.retry}</button>
      ${canRequest ? requestButton(context, context.enroll.denied.other) : nothing} ${backButton(context)}
    </div>
  </div>`;

export const openingReader: Screen<'opening-reader'> = ({ enroll }, { reader }) => busyScreen(enroll.opening.title(reader.name), enroll.opening.text);
