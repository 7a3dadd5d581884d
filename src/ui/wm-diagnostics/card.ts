import { html, nothing, type TemplateResult } from 'lit';
import type { CardSummary, ManagementKeySummary, SecretSummary } from '../../app/card-summary.ts';
import type { AppletReport, CardReport, ObjectReport } from '../../app/diagnostics/state.ts';
import { badge } from '../parts/index.ts';
import type { ViewContext } from './context.ts';
import { placesView } from './places.ts';
import { rowTable, shown } from './tables.ts';

function secret({ words, shared }: ViewContext, { retriesLeft, retriesTotal, isDefault }: SecretSummary): TemplateResult {
  const tries = retriesLeft === undefined ? words.triesUnknown : shared.triesLeft(retriesLeft, retriesTotal);
  const told = retriesLeft === 0 ? badge('bad', tries, 'lock') : retriesLeft === 1 ? badge('warn', tries, 'warn') : tries;
  return html`${told} ${isDefault === true ? badge('warn', words.factoryValue, 'warn') : nothing}`;
}

function managementKey({ words }: ViewContext, { algorithm, isDefault, pinProtected }: ManagementKeySummary): TemplateResult {
  return html`${algorithm ?? words.algorithmUnknown}${pinProtected ? `, ${words.behindPin}` : nothing}
  ${isDefault === true ? badge('warn', words.factoryValue, 'warn') : nothing}`;
}

function facts(view: ViewContext, report: CardReport, card: CardSummary | undefined): TemplateResult {
  const { words } = view;
  const names = words.cardFacts;
  const personal = (name: string, value: string | undefined): TemplateResult | typeof nothing =>
    value === undefined
      ? nothing
      : html`<dt>${name}</dt>
          <dd><bdi class="mono">${shown(view, value, true)}</bdi></dd>`;
  return html`<dl class="facts">
    ${
      card === undefined
        ? nothing
        : html`<dt>${names.name}</dt>
            <dd><bdi>${card.name}</bdi></dd>
            ${personal(names.cardId, card.cardId)} ${personal(names.serial, card.serial)}
            <dt>${names.pin}</dt>
            <dd>${secret(view, card.pin)}</dd>
            <dt>${names.puk}</dt>
            <dd>${secret(view, card.puk)}</dd>
            <dt>${names.managementKey}</dt>
            <dd>${managementKey(view, card.managementKey)}</dd>`
    }
    <dt>${words.protocol}</dt>
    <dd>${report.protocol === 'unknown' ? words.factStates.unknown : report.protocol}</dd>
    <dt>${words.atr}</dt>
    <dd class="mono">${report.atr.toUpperCase()}</dd>
  </dl>`;
}

const APPLET_TONES = { found: 'good', absent: 'quiet', unclear: 'warn' } as const;
const APPLET_SYMBOLS = { found: 'check', absent: undefined, unclear: 'warn' } as const;

function applet({ words }: ViewContext, { key, aid, state, sw }: AppletReport): TemplateResult {
  const status = sw === undefined ? '' : words.appletStatus(sw.toString(16).toUpperCase().padStart(4, '0'));
  return html`<tr>
    <th scope="row">${words.appletNames[key]} <span class="mono quiet meaning">${aid.toUpperCase()}</span></th>
    <td>${badge(APPLET_TONES[state], words.appletStates[state], APPLET_SYMBOLS[state])} <span class="quiet small whole">${status}</span></td>
  </tr>`;
}

function applets(view: ViewContext, found: readonly AppletReport[]): TemplateResult | typeof nothing {
  const { words } = view;
  if (found.length === 0) return nothing;
  return html`<table class="rows">
    <caption>
      ${words.applets}
    </caption>
    <thead class="visually-hidden">
      <tr>
        <th scope="col">${words.appletColumns.name}</th>
        <th scope="col">${words.appletColumns.state}</th>
      </tr>
    </thead>
    <tbody>
      ${found.map((each) => applet(view, each))}
    </tbody>
  </table>`;
}

function objectState({ words }: ViewContext, { present, problem }: ObjectReport): unknown {
  const named: Readonly<Record<string, string>> = words.objectProblems;
  if (problem !== undefined)
    return badge(problem === 'not-authenticated' ? 'quiet' : 'warn', named[problem] ?? problem, problem === 'not-authenticated' ? 'lock' : 'warn');
  return present ? words.present : words.absent;
}

function objects(view: ViewContext, all: readonly ObjectReport[]): TemplateResult | typeof nothing {
  const { words } = view;
  if (all.length === 0) return nothing;
  const { name, state } = words.objectColumns;
  // What can't be there without a word is only counted.
  const listed = all.filter((each) => each.present || each.problem !== undefined);
  const rest = all.length - listed.length;
  return html`<details>
    <summary>${words.objectsTitle}</summary>
    <div class="stack-small">
      <table class="rows">
        <caption class="visually-hidden">
          ${words.objectsTitle}
        </caption>
        <thead>
          <tr>
            <th scope="col">${name}</th>
            <th scope="col">${state}</th>
          </tr>
        </thead>
        <tbody>
          ${listed.map(
            (each) =>
              html`<tr>
                <th scope="row"><span lang="en">${each.name}</span> <span class="mono quiet meaning">${each.tag}</span></th>
                <td>
                  ${objectState(view, each)}
                  ${each.lengthBytes === 0 ? nothing : html`<span class="quiet meaning">${words.bytes(each.lengthBytes)}</span>`}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
      ${rest === 0 ? nothing : html`<p class="quiet small">${words.absentObjects(rest)}.</p>`}
    </div>
  </details>`;
}

/** All that was read from a card. */
export function cardView(view: ViewContext, report: CardReport): TemplateResult {
  const { words } = view;
  return html`<div class="stack card">
    ${facts(view, report, report.card)} ${applets(view, report.applets)} ${report.card === undefined ? nothing : placesView(view, report.card.places)}
    <div class="folded">
      ${
        report.atrRows.length === 0
          ? nothing
          : html`<details>
              <summary>${words.atrDecoded}</summary>
              ${rowTable(view, words.atrDecoded, report.atrRows)}
            </details>`
      }
      <details>
        <summary>${words.limits}</summary>
        ${rowTable(view, words.limits, report.limits)}
      </details>
      ${
        report.applet.length === 0
          ? nothing
          : html`<details>
              <summary>${words.applicationTitle}</summary>
              ${rowTable(view, words.applicationTitle, report.applet)}
            </details>`
      }
      ${objects(view, report.objects)}
    </div>
  </div>`;
}
