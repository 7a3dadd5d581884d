import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { PlacePurpose } from '../../../app/card-summary.ts';
import type { EnrollmentStateOf, KeyOption, SubjectMistake } from '../../../app/enrollment/state.ts';
import { badge, holderName, icon, note } from '../../parts/index.ts';
import { isUsable, type NameField } from '../key-form.ts';
import { backButton, intro, onSubmit, type Screen, type ScreenContext } from './context.ts';
import { textField } from './fields.ts';

type State = EnrollmentStateOf<'choose-key'>;

function occupancy(context: ScreenContext, option: KeyOption): TemplateResult {
  const words = context.enroll.chooseKey;
  const { place } = option;
  if (!isUsable(option)) return badge('quiet', words.nothingPossible, 'lock');
  if (place.certificate !== undefined) return html`<span>${words.slotHasCertificate(holderName(place.certificate.subject))}</span>`;
  return place.hasKey || place.hasCertificate ? html`<span>${words.slotHasKey}</span>` : badge('good', words.slotFree, 'check');
}

function slotChoice(context: ScreenContext, option: KeyOption): TemplateResult {
  const { place } = option;
  const id = `slot-${place.containerIndex}`;
  return html`<label class="choice">
    <input
      type="radio"
      name="slot"
      value=${place.containerIndex}
      ?disabled=${!isUsable(option)}
      .checked=${live(place.containerIndex === context.keyForm.containerIndex)}
      aria-describedby=${id}
      @change=${() => {
        context.keyForm.containerIndex = place.containerIndex;
        context.refresh();
      }}
    />
    <span class="choice-text">
      <span><strong>${context.shared.purposes[place.purpose]}</strong> <span class="quiet small">${place.place}</span></span>
      <span class="small choice-more" id=${id}>
        <span class="quiet">${context.shared.purposeUses[place.purpose]}</span>
        <span class="occupancy"><bdi>${occupancy(context, option)}</bdi></span>
      </span>
    </span>
  </label>`;
}

function slotChoices(context: ScreenContext, options: readonly KeyOption[]): TemplateResult {
  const words = context.enroll.chooseKey;
  const is = (purpose: PlacePurpose) => (option: KeyOption) => option.place.purpose === purpose;
  const main = options.filter((option) => !is('retired')(option));
  const retired = options.filter(is('retired'));
  return html`<fieldset class="stack-small">
    <legend>${words.slotLegend}</legend>
    <div class="choices">${main.map((option) => slotChoice(context, option))}</div>
    ${
      retired.length === 0
        ? nothing
        : html`<details
            ?open=${context.keyForm.showRetired}
            @toggle=${(event: Event) => {
              context.keyForm.showRetired = (event.currentTarget as HTMLDetailsElement).open;
            }}
          >
            <summary>${words.showRetired}</summary>
            <div class="choices">${retired.map((option) => slotChoice(context, option))}</div>
          </details>`
    }
  </fieldset>`;
}

function keyTypeChoice(context: ScreenContext, option: KeyOption): TemplateResult {
  const words = context.enroll.chooseKey;
  const { keyForm } = context;
  const hint = keyForm.keyType === undefined ? undefined : words.keyTypeHints[keyForm.keyType];
  return html`<div class="field">
    <label for="key-type">${words.keyType}</label>
    <select
      id="key-type"
      name="key-type"
      aria-describedby=${hint === undefined ? nothing : 'key-type-hint'}
      @change=${(event: Event) => {
        keyForm.keyType = option.keyTypes.find((name) => name === (event.currentTarget as HTMLSelectElement).value);
        context.refresh();
      }}
    >
      ${option.keyTypes.map(
        (name) =>
          html`<option value=${name} .selected=${name === keyForm.keyType}>
            ${name === option.recommendedKeyType ? `${name} (${words.recommended})` : name}
          </option>`,
      )}
    </select>
    ${hint === undefined ? nothing : html`<p class="hint" id="key-type-hint">${hint}</p>`}
  </div>`;
}

function originChoice(context: ScreenContext, existing: boolean): TemplateResult {
  const words = context.enroll.chooseKey;
  return html`<label class="choice">
    <input
      type="radio"
      name="origin"
      value=${existing ? 'existing' : 'generate'}
      .checked=${live(context.keyForm.existing === existing)}
      aria-describedby=${existing ? 'use-existing-hint' : nothing}
      @change=${() => {
        context.keyForm.existing = existing;
        context.refresh();
      }}
    />
    <span class="choice-text">
      <strong>${existing ? words.useExisting : words.generate}</strong>
      ${existing ? html`<span class="quiet small" id="use-existing-hint">${words.useExistingHint}</span>` : nothing}
    </span>
  </label>`;
}

function keyChoice(context: ScreenContext, option: KeyOption): TemplateResult {
  const words = context.enroll.chooseKey;
  const { keyForm } = context;
  const both = option.canUseExistingKey && option.keyTypes.length > 0;
  return html`<fieldset class="stack-small">
    <legend>${words.keyLegend}</legend>
    ${both ? html`<div class="choices two">${originChoice(context, false)}${originChoice(context, true)}</div>` : nothing}
    ${!both && keyForm.existing ? html`<p>${words.useExisting}. <span class="quiet">${words.useExistingHint}</span></p>` : nothing}
    ${keyForm.existing ? nothing : keyTypeChoice(context, option)}
    ${!keyForm.existing && option.place.hasKey ? html`<p class="hint will-overwrite">${icon('warn')}<span>${words.willOverwrite}</span></p>` : nothing}
  </fieldset>`;
}

/** Which field a mistake is shown at. */
function mistakeAt(context: ScreenContext, mistakes: readonly SubjectMistake[], ...kinds: readonly SubjectMistake[]): { readonly mistake?: string } {
  const found = mistakes.find((mistake) => kinds.includes(mistake));
  return found === undefined ? {} : { mistake: context.enroll.chooseKey.mistakes[found] };
}

function nameFields(context: ScreenContext, state: State): TemplateResult {
  const words = context.enroll.chooseKey;
  const { keyForm } = context;
  const line = (name: NameField, label: string, more: Partial<Parameters<typeof textField>[1]>): TemplateResult =>
    textField(context, {
      name,
      label,
      value: keyForm.names[name],
      onInput: (value) => {
        keyForm.names[name] = value;
        context.refresh();
      },
      ...more,
    });
  const subject = mistakeAt(context, state.mistakes, 'subject-empty', 'subject-malformed');
  const toggle = html`<label class="check">
    <input
      type="checkbox"
      name="raw-toggle"
      .checked=${live(keyForm.raw)}
      @change=${(event: Event) => {
        keyForm.writeRaw((event.currentTarget as HTMLInputElement).checked);
        context.refresh();
      }}
    />
    <span>${words.rawToggle}</span>
  </label>`;
  const preview = keyForm.subject();
  return html`<fieldset class="stack-small">
    <legend>${words.subjectLegend}</legend>
    <div class="name-grid">
      ${
        keyForm.raw
          ? html`<div class="span">${line('raw', words.raw, { hint: words.rawHint, maxLength: 1024, ...subject })}</div>`
          : html`${line('commonName', words.commonName, { hint: words.commonNameHint, autocomplete: 'name', ...subject })}
            ${line('organisation', words.organisation, { optional: true, autocomplete: 'organization' })}
            ${line('unit', words.unit, { optional: true })}
            ${line('country', words.country, { optional: true, hint: words.countryHint, maxLength: 2, autocomplete: 'country' })}`
      }
      ${line('email', words.email, { optional: true, type: 'email', autocomplete: 'email', ...mistakeAt(context, state.mistakes, 'email-malformed') })}
      ${line('upn', words.upn, { optional: true, hint: words.upnHint, ...mistakeAt(context, state.mistakes, 'upn-malformed') })}
    </div>
    ${toggle}
    ${preview === '' || keyForm.raw ? nothing : html`<p class="small preview"><span class="quiet">${words.preview}:</span> <bdi class="mono">${preview}</bdi></p>`}
  </fieldset>`;
}

function fixedNames(context: ScreenContext, mistakes: readonly SubjectMistake[]): TemplateResult {
  const words = context.enroll.chooseKey;
  const { fixedSubject } = context;
  return html`<section class="stack-small">
    <h3>${words.subjectLegend}</h3>
    <dl class="facts">
      <dt>${words.raw}</dt>
      <dd><bdi>${fixedSubject?.subject}</bdi></dd>
      ${
        fixedSubject?.email === undefined
          ? nothing
          : html`<dt>${words.email}</dt>
              <dd><bdi>${fixedSubject.email}</bdi></dd>`
      }
      ${
        fixedSubject?.userPrincipalName === undefined
          ? nothing
          : html`<dt>${words.upn}</dt>
              <dd><bdi>${fixedSubject.userPrincipalName}</bdi></dd>`
      }
    </dl>
    <p class="hint">${words.fixedByHost}</p>
    ${mistakes.map((mistake) => note('bad', words.mistakes[mistake], nothing, 'alert'))}
  </section>`;
}

export const chooseKey: Screen<'choose-key'> = (context, state) => {
  const words = context.enroll.chooseKey;
  const { keyForm, fixedSubject } = context;
  keyForm.fit(state);
  const option = keyForm.chosen(state.options);
  const submit = (): void => {
    const plan = keyForm.plan(fixedSubject);
    if (plan !== undefined) context.act((flow) => flow.chooseKey(plan));
  };
  return html`<form class="stack loose" novalidate @submit=${onSubmit(submit)}>
    ${intro(words.title, words.text)} ${slotChoices(context, state.options)} ${option === undefined ? nothing : keyChoice(context, option)}
    ${fixedSubject === undefined ? nameFields(context, state) : fixedNames(context, state.mistakes)}
    <div class="actions">
      ${option === undefined ? nothing : html`<button type="submit" class="primary">${words.action}</button>`} ${backButton(context)}
    </div>
  </form>`;
};
