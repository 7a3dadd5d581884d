import { html, nothing, type TemplateResult } from 'lit';
import type { Finding, FindingSeverity } from '../../app/diagnostics/state.ts';
import type { Titled } from '../messages/catalogue.ts';
import { icon, type IconName, note, type Tone } from '../parts/index.ts';
import type { ViewContext } from './context.ts';

const LOOKS: Readonly<Record<FindingSeverity, { readonly tone: Tone; readonly symbol: IconName }>> = {
  error: { tone: 'bad', symbol: 'bad' },
  warning: { tone: 'warn', symbol: 'warn' },
  info: { tone: 'info', symbol: 'info' },
};

function wordsOf({ words }: ViewContext, code: string): Titled {
  const known: Readonly<Record<string, Titled>> = words.findings;
  return (Object.hasOwn(known, code) ? known[code] : undefined) ?? words.unknownFinding(code);
}

function row(view: ViewContext, { code, severity, place, slot, short }: Finding): TemplateResult {
  const { tone, symbol } = LOOKS[severity];
  const { title, text } = wordsOf(view, code);
  const where = [...(slot === undefined ? [] : [view.words.slotTitle(slot + 1)]), ...(place === undefined ? [] : [place])];
  return html`<li class="finding ${tone}">
    ${icon(symbol)}
    <div>
      <p>
        <span class="severity">${view.words.severities[severity]}:</span> <strong>${title}</strong>${
          where.length === 0 ? nothing : html` <span class="quiet">(<bdi>${where.join(', ')}</bdi>)</span>`
        }
      </p>
      <p class="text">${text}${short === undefined ? nothing : html` <span class="quiet small whole">${view.words.findingCode(short)}</span>`}</p>
    </div>
  </li>`;
}

/** What was found, most severe first. */
export function findingsView(view: ViewContext, findings: readonly Finding[]): TemplateResult {
  const { words } = view;
  return html`<section aria-labelledby="findings-title" class="stack-small">
    <h3 id="findings-title" tabindex="-1">${words.findingsTitle}</h3>
    ${
      findings.length === 0
        ? note('good', words.noFindings)
        : html`<ul class="findings">
            ${findings.map((each) => row(view, each))}
          </ul>`
    }
  </section>`;
}
