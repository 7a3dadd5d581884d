import { html, type TemplateResult } from 'lit';
import { ENROLLMENT_STEPS, type EnrollmentState, type EnrollmentStep } from '../../app/enrollment/state.ts';
import type { EnrollMessages } from '../messages/catalogue.ts';
import { icon } from '../parts/index.ts';

/** The progress list: what is done, where we are, what is to come. In narrow places one line and a bar. */
export function stepList(words: EnrollMessages, state: EnrollmentState, step: EnrollmentStep): TemplateResult {
  const current = ENROLLMENT_STEPS.indexOf(step);
  const finished = state.kind === 'done';
  const name = ENROLLMENT_STEPS[current];
  return html`<div class="steps" part="steps">
    <p class="steps-line">${name === undefined ? '' : words.stepOf(current + 1, ENROLLMENT_STEPS.length, words.steps[name])}</p>
    <ol aria-label=${words.stepsTitle}>
      ${ENROLLMENT_STEPS.map((each, index) => {
        const condition: keyof EnrollMessages['stepStates'] = index < current || finished ? 'done' : index === current ? 'current' : 'open';
        return html`<li class=${condition} aria-current=${condition === 'current' ? 'step' : 'false'}>
          <span class="dot">${condition === 'done' ? icon('check') : html`<span aria-hidden="true">${index + 1}</span>`}</span>
          <span class="step-name">${words.steps[each]}</span>
          <span class="visually-hidden">(${words.stepStates[condition]})</span>
        </li>`;
      })}
    </ol>
  </div>`;
}
