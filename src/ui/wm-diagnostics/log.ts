import { html, nothing, type TemplateResult } from 'lit';
import type { LogRow } from '../../app/diagnostics/state.ts';
import type { Choices, ViewContext } from './context.ts';
import { shown } from './tables.ts';

/** Rows that stand on the screen; a page with thousands would be slow to read and to draw. */
const SHOWN_ROWS = 300;
/** Characters of a body that are shown: 48 octets. */
const BODY_CHARACTERS = 48 * 3 - 1;

const LAYERS: readonly LogRow['layer'][] = ['usb', 'ccid', 'card', 'apdu', 'minidriver', 'other'];
const ARROWS: Readonly<Record<LogRow['direction'], string>> = { out: '→', in: '←', none: '·' };

function body(view: ViewContext, { body: octets, personal }: LogRow): TemplateResult | typeof nothing {
  if (octets === undefined) return nothing;
  const text = shown(view, octets, personal);
  return html`<span class="quiet meaning mono">${text.length > BODY_CHARACTERS ? `${text.slice(0, BODY_CHARACTERS)} …` : text}</span>`;
}

function row(view: ViewContext, each: LogRow): TemplateResult {
  return html`<tr>
    <td class="number">${(each.atMs / 1000).toFixed(3)}</td>
    <td>${view.words.logLayers[each.layer]}</td>
    <td class="arrow">
      <span aria-hidden="true">${ARROWS[each.direction]}</span><span class="visually-hidden">${view.words.directions[each.direction]}</span>
    </td>
    <td class="mono what" lang="en">${each.text}${body(view, each)}</td>
    <td class="number">${each.lengthBytes ?? ''}</td>
  </tr>`;
}

function layerField(view: ViewContext): TemplateResult {
  const { words, choices } = view;
  const pick = (event: Event): void => {
    choices.layer = (event.target as HTMLSelectElement).value as Choices['layer'];
    view.refresh();
  };
  return html`<label class="layer"
    ><span>${words.logLayer}</span>
    <select @change=${pick}>
      <option value="all" ?selected=${choices.layer === 'all'}>${words.logAll}</option>
      ${LAYERS.map((each) => html`<option value=${each} ?selected=${choices.layer === each}>${words.logLayers[each]}</option>`)}
    </select></label
  >`;
}

/** The log with its filter. Paused, it shows what was there then. */
export function logView(view: ViewContext, rows: readonly LogRow[]): TemplateResult {
  const { words, choices } = view;
  const all = (choices.paused ?? rows).filter((each) => choices.layer === 'all' || each.layer === choices.layer);
  const visible = all.slice(-SHOWN_ROWS);
  const pause = (): void => {
    choices.paused = choices.paused === undefined ? rows : undefined;
    view.refresh();
  };
  const clear = (): void => {
    choices.paused = undefined;
    view.act((flow) => flow.clearLog());
    view.refresh();
  };
  const columns = words.logColumns;
  return html`<details class="panel log">
    <summary>
      <h3>${words.logTitle}</h3>
    </summary>
    <div class="stack-small">
      <p class="quiet small">${words.logHint}</p>
      <div class="actions">
        ${layerField(view)}
        <button type="button" @click=${pause}>${choices.paused === undefined ? words.logPause : words.logResume}</button>
        <button type="button" @click=${clear}>${words.logClear}</button>
      </div>
      ${choices.paused === undefined ? nothing : html`<p class="small">${words.logPaused}</p>`}
      ${
        visible.length === 0
          ? html`<p class="quiet">${words.logEmpty}</p>`
          : html`<p class="quiet small">${words.logRows(all.length, visible.length)}</p>
              <div class="scroller" role="region" tabindex="0" aria-label=${words.logTitle}>
                <table class="log-rows">
                  <caption class="visually-hidden">
                    ${words.logTitle}
                  </caption>
                  <thead>
                    <tr>
                      <th scope="col" class="number">${columns.time}</th>
                      <th scope="col">${columns.layer}</th>
                      <th scope="col"><span class="visually-hidden">${columns.direction}</span></th>
                      <th scope="col">${columns.text}</th>
                      <th scope="col" class="number">${columns.bytes}</th>
                    </tr>
                  </thead>
                  <tbody>
                    ${visible.map((each) => row(view, each))}
                  </tbody>
                </table>
              </div>`
      }
    </div>
  </details>`;
}
