import { html, type TemplateResult } from 'lit';
import type { DiagnosticsFlow, DiagnosticsReport, DiagnosticsState, LogRow, ReportOptions } from '../../app/diagnostics/state.ts';
import { download, fileName, icon } from '../parts/index.ts';
import type { ViewContext } from './context.ts';

/** The report of what is on the screen, written anew only when something in it changed. */
export class ReportMemo {
  #made:
    | {
        readonly state: DiagnosticsState;
        readonly log: readonly LogRow[] | undefined;
        readonly options: ReportOptions;
        readonly report: DiagnosticsReport;
      }
    | undefined;

  of(flow: DiagnosticsFlow, options: ReportOptions): DiagnosticsReport {
    const { state } = flow;
    const log = options.includeLog ? flow.log : undefined;
    const made = this.#made;
    if (made !== undefined && made.state === state && made.log === log && made.options === options) return made.report;
    const report = flow.report(options);
    this.#made = { state, log, options, report };
    return report;
  }
}

function check(view: ViewContext, name: keyof ReportOptions, text: string): TemplateResult {
  const { choices } = view;
  const change = (event: Event): void => {
    choices.report = { ...choices.report, [name]: (event.target as HTMLInputElement).checked };
    view.refresh();
  };
  return html`<label class="check"
    ><input type="checkbox" name=${name} .checked=${choices.report[name]} @change=${change} /><span>${text}</span></label
  >`;
}

/** The report: what goes in, how it goes out, and what it says. */
export function reportView(view: ViewContext, report: DiagnosticsReport): TemplateResult {
  const { words } = view;
  const save = (ending: 'txt' | 'json', type: string, content: string): void => download(fileName('card-diagnostics', ending), type, content);
  return html`<section aria-labelledby="report-title" class="stack-small">
    <h3 id="report-title">${words.reportTitle}</h3>
    <p>${words.reportText}</p>
    ${check(view, 'includePersonal', words.includePersonal)} ${check(view, 'includeLog', words.includeLog)}
    <div class="actions">
      ${view.copyButton(report.text, words.copyReport)}
      <button type="button" class="save" @click=${() => save('txt', 'text/plain', report.text)}>
        ${icon('download')}<span>${words.downloadReport}</span>
      </button>
      <button type="button" class="save" @click=${() => save('json', 'application/json', report.json)}>
        ${icon('download')}<span>${words.downloadJson}</span>
      </button>
    </div>
    <details>
      <summary>${words.reportPreview}</summary>
      <pre class="scroller" tabindex="0" role="region" aria-label=${words.reportPreview} lang="en">${report.text}</pre>
    </details>
  </section>`;
}
