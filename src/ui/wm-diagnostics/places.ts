import { html, nothing, type TemplateResult } from 'lit';
import type { PlaceSummary } from '../../app/card-summary.ts';
import { maskCertificate } from '../../app/diagnostics/mask.ts';
import { badge, certificateView, holderName, validityBadge, validityText } from '../parts/index.ts';
import type { ViewContext } from './context.ts';

function key({ words }: ViewContext, { hasKey, keyType, origin, pinAlways }: PlaceSummary): string {
  if (!hasKey) return words.noKey;
  return [
    keyType ?? words.factStates.unknown,
    ...(origin === undefined ? [] : [words.origins[origin]]),
    ...(pinAlways ? [words.pinAlways] : []),
  ].join(', ');
}

function certificate(view: ViewContext, place: PlaceSummary): TemplateResult {
  const { words, choices } = view;
  if (!place.hasCertificate) return html`<span class="quiet">${words.noCertificate}</span>`;
  if (place.certificate === undefined) return badge('bad', words.unreadable, 'bad');
  const readable = choices.showPersonal ? place.certificate : maskCertificate(place.certificate, words.masked);
  return html`<div class="stack-small">
    <p>
      <bdi>${holderName(readable.subject)}</bdi> ${validityBadge(view, readable)}
      ${place.certificateMatchesKey === false ? badge('bad', words.otherKey, 'bad') : nothing}
      <span class="quiet meaning">${validityText(view, readable)}</span>
    </p>
    <details>
      <summary>${words.showCertificate}</summary>
      ${certificateView(view, readable, { open: true })}
    </details>
  </div>`;
}

/** Places that hold something; the others are counted. */
export function placesView(view: ViewContext, places: readonly PlaceSummary[]): TemplateResult {
  const { words, shared } = view;
  const used = places.filter((each) => each.hasKey || each.hasCertificate);
  const empty = places.length - used.length;
  return html`<div class="stack-small">
    ${
      used.length === 0
        ? html`<h4>${words.slotsTitle}</h4>`
        : html`<table class="rows places">
            <caption>
              ${words.slotsTitle}
            </caption>
            <thead>
              <tr>
                <th scope="col">${words.placeColumns.place}</th>
                <th scope="col">${words.placeColumns.certificate}</th>
              </tr>
            </thead>
            <tbody>
              ${used.map(
                (each) =>
                  html`<tr>
                    <th scope="row">
                      ${shared.purposes[each.purpose]} <span class="quiet meaning">${each.place}</span>
                      <span class="meaning">${key(view, each)}</span>
                    </th>
                    <td>${certificate(view, each)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
    ${empty === 0 ? nothing : html`<p class="quiet small">${words.emptyPlaces(empty)}</p>`}
  </div>`;
}
