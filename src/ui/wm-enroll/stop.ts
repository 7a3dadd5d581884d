import { html, nothing, type TemplateResult } from 'lit';
import { ENROLLMENT_STEPS, type EnrollmentState, type EnrollmentStateKind, stepOf } from '../../app/enrollment/state.ts';
import type { EnrollMessages } from '../messages/catalogue.ts';

/** Screens on which nothing is held and nothing goes on. */
const NOTHING_TO_STOP: readonly EnrollmentStateKind[] = [
  'start',
  'unsupported',
  'no-reader',
  'choose-reader',
  'reader-denied',
  'done',
  'failed',
  'cancelled',
];

export function canStop(state: EnrollmentState): boolean {
  return !NOTHING_TO_STOP.includes(state.kind);
}

/** From the permission step on there is something to lose: then stopping is asked about. */
export function stopNeedsAsking(state: EnrollmentState): boolean {
  return ENROLLMENT_STEPS.indexOf(stepOf(state)) >= ENROLLMENT_STEPS.indexOf('permission');
}

/** The question before stopping. Escape means to go on. */
export function stopDialog(
  words: EnrollMessages,
  madeKey: boolean,
  hear: { readonly stop: () => void; readonly closed: () => void },
): TemplateResult {
  const text = words.stopDialog;
  const close = (event: Event): void => (event.currentTarget as HTMLElement).closest('dialog')?.close();
  return html`<dialog aria-labelledby="stop-title" @close=${hear.closed}>
    <div class="stack">
      <h2 id="stop-title">${text.title}</h2>
      <p>${text.text}</p>
      ${madeKey ? html`<p>${text.afterKey}</p>` : nothing}
      <div class="actions">
        <button type="button" @click=${close}>${text.keep}</button>
        <button
          type="button"
          class="danger"
          @click=${(event: Event) => {
            close(event);
            hear.stop();
          }}
        >
          ${text.confirm}
        </button>
      </div>
    </div>
  </dialog>`;
}
