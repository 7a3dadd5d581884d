import { html, nothing, type TemplateResult } from 'lit';
import type { ManagementKeyMode, ManagementKeyPrompt, PinPrompt } from '../../../app/enrollment/state.ts';
import { mistakeLine, note } from '../../parts/index.ts';
import { secretLength, takeSecret } from '../secrets.ts';
import { backButton, busyScreen, fieldOf, intro, onSubmit, type Screen, type ScreenContext } from './context.ts';
import { lastTryBox, secretField } from './fields.ts';
import { readerForm, wayButton, wayOf } from './on-reader.ts';

/** Lengths of the keys that PIV cards use, in octets (SP 800-78-4, table 2-1): AES-128, AES-192 and 3DES, AES-256. */
const KEY_BYTES: readonly number[] = [16, 24, 32];

function submitManagementKey(context: ScreenContext, form: HTMLFormElement, prompt: ManagementKeyPrompt, mode: ManagementKeyMode): void {
  if (mode !== 'typed') {
    context.act((flow) => flow.submitManagementKey({ mode }));
    return;
  }
  const field = fieldOf(form, 'management-key');
  const hex = field.value.replace(/[\s:.-]/g, '');
  field.value = '';
  const lengths = prompt.keyBytes === undefined ? KEY_BYTES : [prompt.keyBytes];
  if (!/^[0-9a-f]+$/i.test(hex) || !lengths.includes(hex.length / 2)) {
    context.reject({ 'management-key': context.enroll.managementKey.hexMistake });
    return;
  }
  context.act((flow) => flow.submitManagementKey({ mode: 'typed', hex }));
}

function modeChoice(context: ScreenContext, mode: ManagementKeyMode, chosen: ManagementKeyMode): TemplateResult {
  const words = context.enroll.managementKey.modes[mode];
  return html`<label class="choice">
    <input
      type="radio"
      name="mode"
      value=${mode}
      .checked=${mode === chosen}
      aria-describedby=${`mode-${mode}`}
      @change=${() => {
        context.draft.mode = mode;
        context.draft.mistakes = {};
        context.refresh();
      }}
    />
    <span class="choice-text"><strong>${words.title}</strong><span class="quiet" id=${`mode-${mode}`}>${words.text}</span></span>
  </label>`;
}

export const managementKey: Screen<'management-key'> = (context, { prompt }) => {
  const words = context.enroll.managementKey;
  const chosen = context.draft.mode ?? prompt.modes[0] ?? 'typed';
  const { algorithm, keyBytes, mistake } = prompt;
  const local = context.draft.mistakes['management-key'];
  const hint = algorithm === undefined || keyBytes === undefined ? words.hexHintUnknown : words.hexHint(algorithm, keyBytes * 2);
  const problem = mistakeLine(context, 'management-key-problem', mistake);
  return html`<form class="stack" novalidate autocomplete="off" @submit=${onSubmit((form) => submitManagementKey(context, form, prompt, chosen))}>
    ${intro(words.title, words.text)}
    <fieldset class="stack-small" aria-describedby=${chosen !== 'typed' && mistake !== undefined ? 'management-key-problem' : nothing}>
      <legend>${words.legend}</legend>
      ${prompt.modes.map((mode) => modeChoice(context, mode, chosen))}
    </fieldset>
    ${
      chosen === 'typed'
        ? html`${secretField(context, {
              name: 'management-key',
              label: words.hex,
              hint,
              reveal: true,
              wide: true,
              focus: mistake !== undefined,
              problem,
              ...(local === undefined ? {} : { mistake: local }),
            })}
            <p class="hint">${words.warning}</p>`
        : problem
    }
    <div class="actions">
      <button type="submit" class="primary">${words.action}</button>
      ${backButton(context)}
    </div>
  </form>`;
};

function submitPin(context: ScreenContext, form: HTMLFormElement, prompt: PinPrompt): void {
  const words = context.enroll.pin;
  const field = fieldOf(form, 'pin');
  const length = secretLength(field);
  const mistakes: Record<string, string> = {};
  if (length < prompt.minLength || length > prompt.maxLength) mistakes['pin'] = words.length;
  if (prompt.lastTry && !fieldOf(form, 'last-try').checked) mistakes['last-try'] = words.lastTryMissing;
  if (Object.keys(mistakes).length > 0) {
    if (mistakes['pin'] !== undefined) field.value = '';
    context.reject(mistakes);
    return;
  }
  const pin = takeSecret(field);
  context.act((flow) => flow.submitPin(pin, prompt.lastTry ? { lastTryConfirmed: true } : {}));
}

export const enterPin: Screen<'enter-pin'> = (context, { prompt }) => {
  const words = context.enroll.pin;
  const { mistakes } = context.draft;
  const head = intro(words.title, words.text(context.shared.placeName(prompt.place)));
  const onReader = wayOf(context, prompt.ways) === 'reader';
  const uses = html`${wayButton(context, prompt.ways)}
    <section class="stack-small uses">
      <h3>${words.usesTitle}</h3>
      <ul class="bullets">
        ${prompt.uses.map((use) => html`<li>${words.uses[use]}</li>`)}
      </ul>
      <p class="quiet">${onReader ? context.enroll.onReader.asks(prompt.sends) : words.sends(prompt.sends)}</p>
    </section>`;
  if (onReader) {
    const { action } = context.enroll.onReader;
    return readerForm(
      context,
      { ...prompt, purpose: 'unlock' },
      { head, action: action.unlock, back: backButton(context), lastTry: words.lastTry, more: uses },
    );
  }
  const left = prompt.retriesLeft === undefined ? '' : `, ${context.shared.triesLeft(prompt.retriesLeft, prompt.retriesTotal)}`;
  return html`<form class="stack" novalidate autocomplete="off" @submit=${onSubmit((form) => submitPin(context, form, prompt))}>
    ${head} ${prompt.lastTry ? note('bad', words.lastTry) : nothing}
    ${secretField(context, {
      name: 'pin',
      label: words.label,
      hint: `${words.rules(prompt.minLength, prompt.maxLength)}${left}`,
      reveal: true,
      focus: prompt.mistake !== undefined || context.draft.way === 'page',
      problem: mistakeLine(context, 'pin-problem', prompt.mistake),
      ...(mistakes['pin'] === undefined ? {} : { mistake: mistakes['pin'] }),
    })}
    ${prompt.lastTry ? lastTryBox(context, mistakes['last-try']) : nothing}
    <div class="actions">
      <button type="submit" class="primary">${words.action}</button>
      ${backButton(context)}
    </div>
    ${uses}
  </form>`;
};

export const checkingPin: Screen<'checking-pin'> = ({ enroll }) => busyScreen(enroll.checkingPin.title, enroll.checkingPin.text);
