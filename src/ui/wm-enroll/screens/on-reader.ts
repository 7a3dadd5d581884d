import { html, nothing, type TemplateResult } from 'lit';
import type { PinWay, ReaderEntryPrompt } from '../../../app/enrollment/state.ts';
import { busyBar, capital, mistakeLine, note } from '../../parts/index.ts';
import { fieldOf, intro, onSubmit, type Screen, type ScreenContext } from './context.ts';
import { lastTryBox } from './fields.ts';

/** The way that is used: the person's word, else the safer one. */
export function wayOf({ draft }: ScreenContext, ways: readonly PinWay[]): PinWay {
  return draft.way !== undefined && ways.includes(draft.way) ? draft.way : (ways[0] ?? 'page');
}

/** Changes between the reader's keys and the page, where there are both. */
export function wayButton(context: ScreenContext, ways: readonly PinWay[]): TemplateResult | typeof nothing {
  if (ways.length < 2) return nothing;
  const words = context.enroll.onReader;
  const other: PinWay = wayOf(context, ways) === 'reader' ? 'page' : 'reader';
  return html`<p>
    <button
      type="button"
      class="plain way"
      @click=${() => {
        context.draft.way = other;
        context.draft.mistakes = {};
        context.refresh();
      }}
    >
      ${other === 'reader' ? words.useReader : words.usePage}
    </button>
  </p>`;
}

function stepsOf(context: ScreenContext, purpose: ReaderEntryPrompt['purpose']): TemplateResult {
  const { steps, secrecy } = context.enroll.onReader;
  return html`<ol class="bullets">
      ${steps[purpose === 'change-pin' ? 'change' : 'verify'].map((step) => html`<li>${step}</li>`)}
    </ol>
    <p class="quiet">${secrecy}</p>`;
}

function triesOf(context: ScreenContext, { retriesLeft, retriesTotal }: ReaderEntryPrompt): TemplateResult | typeof nothing {
  return retriesLeft === undefined ? nothing : html`<p class="hint">${capital(context, context.shared.triesLeft(retriesLeft, retriesTotal))}</p>`;
}

/** The form that has the reader ask. `more` is what the caller adds below. */
export function readerForm(
  context: ScreenContext,
  prompt: ReaderEntryPrompt,
  parts: { readonly head: TemplateResult; readonly action: string; readonly back: unknown; readonly lastTry: string; readonly more?: unknown },
): TemplateResult {
  const { mistakes } = context.draft;
  const { lastTry, mistake } = prompt;
  const begin = (form: HTMLFormElement): void => {
    if (lastTry && !fieldOf(form, 'last-try').checked) context.reject({ 'last-try': context.enroll.pin.lastTryMissing });
    else context.act((flow) => flow.enterPinOnReader(lastTry ? { lastTryConfirmed: true } : {}));
  };
  return html`<form class="stack" novalidate autocomplete="off" @submit=${onSubmit(begin)}>
    ${parts.head} ${mistakeLine(context, 'pin-problem', mistake)} ${lastTry ? note('bad', parts.lastTry) : nothing}
    ${stepsOf(context, prompt.purpose)} ${triesOf(context, prompt)} ${lastTry ? lastTryBox(context, mistakes['last-try']) : nothing}
    <div class="actions">
      <button
        type="submit"
        class="primary"
        ?data-screen-focus=${mistake !== undefined || context.draft.way === 'reader'}
        aria-describedby=${mistake === undefined ? nothing : 'pin-problem'}
      >
        ${parts.action}
      </button>
      ${parts.back}
    </div>
    ${parts.more ?? nothing}
  </form>`;
}

/** The reader waits for its keys, or waits no more and the person says whether it asks again. */
export const pinOnReader: Screen<'pin-on-reader'> = (context, { prompt, waiting }) => {
  const words = context.enroll.onReader;
  const { purpose, place } = prompt;
  const about = words.text(purpose, place === undefined ? '' : context.shared.placeName(place));
  if (!waiting)
    return readerForm(context, prompt, {
      head: intro(words.overTitle, `${about} ${words.overText}`),
      action: words.action.again,
      back: nothing,
      lastTry: context.enroll.pin.lastTry,
    });
  return html`<div class="stack" aria-busy="true">
    ${intro(words.titles[purpose], about)} ${busyBar('screen-title')} ${stepsOf(context, purpose)} ${triesOf(context, prompt)}
    <div class="actions">
      <button type="button" @click=${() => context.act((flow) => flow.stopPinEntry())}>${words.cancel}</button>
    </div>
  </div>`;
};
