import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { textMistake } from '../../parts/index.ts';
import type { ScreenContext } from './context.ts';

export interface FieldOptions {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly optional?: boolean;
  /** What is wrong with the value, in words. */
  readonly mistake?: string;
}

function described(options: FieldOptions): { readonly ids: string | typeof nothing; readonly below: TemplateResult } {
  const hintId = `${options.name}-hint`;
  const mistakeId = `${options.name}-mistake`;
  const ids = [options.mistake === undefined ? undefined : mistakeId, options.hint === undefined ? undefined : hintId].filter(
    (id) => id !== undefined,
  );
  return {
    ids: ids.length === 0 ? nothing : ids.join(' '),
    below: html`${options.hint === undefined ? nothing : html`<p class="hint" id=${hintId}>${options.hint}</p>`}
    ${options.mistake === undefined ? nothing : textMistake(mistakeId, options.mistake)}`,
  };
}

/** A line of text with label, hint and mistake. */
export function textField(
  context: ScreenContext,
  options: FieldOptions & {
    readonly value: string;
    readonly maxLength?: number;
    readonly autocomplete?: AutoFill;
    readonly type?: 'text' | 'email';
    readonly onInput: (value: string) => void;
  },
): TemplateResult {
  const { ids, below } = described(options);
  return html`<div class="field">
    <label for=${options.name}>
      ${options.label} ${options.optional === true ? html`<span class="optional">(${context.enroll.chooseKey.optional})</span>` : nothing}
    </label>
    <input
      id=${options.name}
      name=${options.name}
      type=${options.type ?? 'text'}
      dir="auto"
      maxlength=${options.maxLength ?? 256}
      autocomplete=${options.autocomplete ?? 'off'}
      autocapitalize="off"
      spellcheck="false"
      .value=${live(options.value)}
      aria-describedby=${ids}
      aria-invalid=${options.mistake === undefined ? nothing : 'true'}
      @input=${(event: Event) => options.onInput((event.currentTarget as HTMLInputElement).value)}
    />
    ${below}
  </div>`;
}

/**
 * A field for a secret: never bound to a property, emptied when its value is taken. With `reveal` a button shows what was typed.
 */
export function secretField(
  context: ScreenContext,
  options: FieldOptions & {
    readonly reveal?: boolean;
    readonly focus?: boolean;
    readonly wide?: boolean;
    readonly problem?: TemplateResult | typeof nothing;
  },
): TemplateResult {
  const words = context.enroll.pin;
  const { ids, below } = described(options);
  const problem = options.problem ?? nothing;
  const wrong = options.mistake !== undefined || problem !== nothing;
  const describedBy = [problem === nothing ? '' : `${options.name}-problem`, ids === nothing ? '' : ids].filter((id) => id !== '').join(' ');
  const { revealed } = context.draft;
  return html`<div class="field ${options.wide === true ? 'wide' : ''}">
    <label for=${options.name}>${options.label}</label>
    <div class="with-button">
      <input
        id=${options.name}
        name=${options.name}
        type=${revealed && options.reveal === true ? 'text' : 'password'}
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        maxlength="128"
        data-secret
        ?data-screen-focus=${options.focus ?? false}
        aria-describedby=${describedBy === '' ? nothing : describedBy}
        aria-invalid=${wrong ? 'true' : nothing}
      />
      ${
        options.reveal === true
          ? html`<button
              type="button"
              aria-pressed=${revealed ? 'true' : 'false'}
              aria-controls=${options.name}
              aria-label=${`${words.show}: ${options.label}`}
              @click=${() => {
                context.draft.revealed = !revealed;
                context.refresh();
              }}
            >
              ${revealed ? words.hide : words.show}
            </button>`
          : nothing
      }
    </div>
    ${problem} ${below}
  </div>`;
}

/** Agreement to spend the last try. */
export function lastTryBox(context: ScreenContext, mistake: string | undefined): TemplateResult {
  return html`<div class="stack-small">
    <label class="check">
      <input
        type="checkbox"
        name="last-try"
        aria-describedby=${mistake === undefined ? nothing : 'last-try-mistake'}
        aria-invalid=${mistake === undefined ? nothing : 'true'}
      />
      <span>${context.enroll.pin.lastTryConfirm}</span>
    </label>
    ${mistake === undefined ? nothing : textMistake('last-try-mistake', mistake)}
  </div>`;
}
