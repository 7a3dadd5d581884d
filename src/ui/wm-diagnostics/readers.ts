import { html, nothing, type TemplateResult } from 'lit';
import { isPersonalField } from '../../app/diagnostics/mask.ts';
import type { DiagnosticsReady, EnvironmentFact, ReaderReport } from '../../app/diagnostics/state.ts';
import { accessBadge, accessView, icon, note, problemNote, simulatedBadge } from '../parts/index.ts';
import type { ViewContext } from './context.ts';
import { rowTable } from './tables.ts';

function descriptor(view: ViewContext, { description }: ReaderReport): TemplateResult | typeof nothing {
  if (description === undefined) return nothing;
  const { words } = view;
  return html`<details>
    <summary>${words.descriptor}</summary>
    <div class="stack-small">
      ${rowTable(view, words.deviceFacts, description.device, { isPersonal: isPersonalField, captionShown: true })}
      ${description.ccid.length === 0 ? html`<p class="quiet">${words.noCcidFacts}</p>` : rowTable(view, words.ccidFacts, description.ccid, { captionShown: true })}
      ${description.quirks.length === 0 ? nothing : html`<p>${words.quirks}: <span class="mono" lang="en">${description.quirks.join(', ')}</span></p>`}
    </div>
  </details>`;
}

function reader(view: ViewContext, report: ReaderReport, idle: boolean): TemplateResult {
  const { info, verdict, problem } = report;
  const { words } = view;
  return html`<li class="reader">
    <div class="name">
      <div class="who">
        ${icon('reader')}
        <h4><bdi>${info.name}</bdi></h4>
      </div>
      ${info.simulated ? simulatedBadge(view) : nothing} ${verdict === undefined && problem !== undefined ? nothing : accessBadge(view, verdict)}
      ${
        idle && verdict?.reachable === true
          ? html`<button type="button" class="test" aria-label=${words.testNamed(info.name)} @click=${() => view.act((flow) => flow.test(info.id))}>
              ${words.test}
            </button>`
          : nothing
      }
    </div>
    ${verdict === undefined || verdict.reachable ? nothing : accessView(view, verdict, { withTitle: true })}
    ${problem === undefined ? nothing : problemNote(view, problem)} ${descriptor(view, report)}
  </li>`;
}

/** The readers with their verdicts and descriptors. While a reader is tested nothing else can be started. */
export function readersView(view: ViewContext, state: Omit<DiagnosticsReady, 'kind'>, idle: boolean): TemplateResult {
  const { words } = view;
  return html`<section aria-labelledby="readers-title" class="stack-small">
    <h3 id="readers-title">${words.readersTitle}</h3>
    ${state.problem === undefined ? nothing : problemNote(view, state.problem, 'alert')}
    ${
      state.readers.length === 0
        ? html`<p>${state.canRequest ? words.noReaders : words.noDoor}</p>`
        : html`<ul class="readers">
            ${state.readers.map((each) => reader(view, each, idle))}
          </ul>`
    }
    ${state.readers.some(({ verdict }) => verdict?.reachable === true) ? html`<p class="quiet small">${words.testHint}</p>` : nothing}
    ${state.nothingChosen ? note('info', words.nothingChosen, nothing, 'status') : nothing}
    ${
      state.canRequest && idle
        ? html`<div class="actions">
            <button type="button" class=${state.readers.length === 0 ? 'primary' : ''} @click=${() => view.act((flow) => flow.requestReader())}>
              ${words.add}
            </button>
          </div>`
        : nothing
    }
  </section>`;
}

/** Facts about browser and page. */
export function environmentView(view: ViewContext, facts: readonly EnvironmentFact[]): TemplateResult {
  const { words } = view;
  return html`<details class="panel">
    <summary><h3>${words.environmentTitle}</h3></summary>
    <table class="rows">
      <caption class="visually-hidden">
        ${words.environmentTitle}
      </caption>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">${words.environmentColumns.fact}</th>
          <th scope="col">${words.environmentColumns.state}</th>
        </tr>
      </thead>
      <tbody>
        ${facts.map(
          ({ key, state, value }) =>
            html`<tr>
              <th scope="row">${words.facts[key]}</th>
              <td>${value === undefined ? words.factStates[state] : html`<bdi>${value}</bdi>`}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </details>`;
}
