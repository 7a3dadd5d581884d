import { html, nothing, type TemplateResult } from 'lit';
import type { DescriptionEntry } from '../../app/index.ts';
import type { DecodedRow } from '../../app/diagnostics/state.ts';
import type { ViewContext } from './context.ts';

/** Masks a personal value unless the person wants to see it. */
export function shown(view: ViewContext, value: string, personal: boolean | undefined): string {
  return personal === true && !view.choices.showPersonal ? view.words.masked : value;
}

export interface RowTableOptions {
  /** Rows that identify a person or a device, where they do not say so themselves. */
  readonly isPersonal?: (row: DescriptionEntry) => boolean;
  /** False, the default, where a heading above says the same. */
  readonly captionShown?: boolean;
}

/** Decoded fields by name, value and meaning: the standards' own words, so English in every language. */
export function rowTable(
  view: ViewContext,
  caption: string,
  rows: readonly (DescriptionEntry | DecodedRow)[],
  options: RowTableOptions = {},
): TemplateResult {
  const { name, value } = view.words.rowColumns;
  const personal = (row: DescriptionEntry | DecodedRow): boolean =>
    options.isPersonal?.(row) === true || ('personal' in row && row.personal === true);
  return html`<table class="rows">
    <caption class=${options.captionShown === true ? '' : 'visually-hidden'}>
      ${caption}
    </caption>
    <thead class="visually-hidden">
      <tr>
        <th scope="col">${name}</th>
        <th scope="col">${value}</th>
      </tr>
    </thead>
    <tbody lang="en">
      ${rows.map(
        (row) =>
          html`<tr>
            <th scope="row">${row.name}</th>
            <td>
              <bdi class="mono">${shown(view, row.value, personal(row))}</bdi>
              ${row.detail === undefined || (personal(row) && !view.choices.showPersonal) ? nothing : html`<span class="quiet meaning">${row.detail}</span>`}
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
