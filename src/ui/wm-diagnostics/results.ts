import { html, nothing, type TemplateResult } from 'lit';
import type { DiagnosticsState, Finding, SlotReport } from '../../app/diagnostics/state.ts';
import { badge, busyBar, problemNote, simulatedBadge } from '../parts/index.ts';
import { cardView } from './card.ts';
import type { ViewContext } from './context.ts';

function slotView(view: ViewContext, { index, presence, card, problem }: SlotReport): TemplateResult {
  const { words } = view;
  const there = presence === 'present' || presence === 'powered';
  return html`<div class="slot stack">
    <div class="name">
      <h4>${words.slotTitle(index + 1)}</h4>
      ${badge(there ? 'good' : 'quiet', words.presence[presence], there ? 'card' : undefined)}
    </div>
    ${problem === undefined ? nothing : problemNote(view, problem)} ${card === undefined ? nothing : cardView(view, card)}
  </div>`;
}

function personalSwitch(view: ViewContext): TemplateResult {
  const { choices } = view;
  return html`<label class="check">
    <input
      type="checkbox"
      .checked=${choices.showPersonal}
      @change=${(event: Event) => {
        choices.showPersonal = (event.target as HTMLInputElement).checked;
        view.refresh();
      }}
    />
    <span>${view.words.showPersonal}</span>
  </label>`;
}

function count(findings: readonly Finding[], severity: Finding['severity']): number {
  return findings.filter((each) => each.severity === severity).length;
}

/** Findings stand on top, the results below: one press goes there. */
function toFindings(event: Event): void {
  const root = (event.target as HTMLElement).getRootNode();
  if (root instanceof ShadowRoot) root.getElementById('findings-title')?.focus();
}

/** How the test goes on, or what it found. */
export function resultsView(view: ViewContext, state: Extract<DiagnosticsState, { kind: 'ready' | 'testing' }>): TemplateResult | typeof nothing {
  const { words } = view;
  const { selected } = state;
  const info = state.kind === 'testing' ? state.testing : selected?.info;
  if (info === undefined) return nothing;
  const slots = selected?.slots ?? [];
  const problem = state.kind === 'testing' ? undefined : selected?.problem;
  return html`<section aria-labelledby="results-title" class="panel stack results">
    <div class="name">
      <h3 id="results-title" tabindex="-1">${state.kind === 'testing' ? words.testing(info.name) : words.resultsTitle(info.name)}</h3>
      ${info.simulated ? simulatedBadge(view) : nothing}
    </div>
    ${
      state.kind === 'testing'
        ? html`<div class="stack-small">
            <p id="test-step">${words.testSteps[state.step]}…</p>
            ${busyBar('test-step')}
          </div>`
        : nothing
    }
    ${
      state.kind === 'ready'
        ? html`<p>
            ${words.testDone(count(state.findings, 'error'), count(state.findings, 'warning'))}
            <button type="button" class="plain to-findings" @click=${toFindings}>${words.toFindings}</button>
          </p>`
        : nothing
    }
    ${problem === undefined ? nothing : problemNote(view, problem)}
    ${state.kind === 'ready' && slots.length === 0 && problem !== undefined ? html`<p class="quiet">${words.noSlots}</p>` : nothing}
    ${slots.some(({ card }) => card !== undefined) ? personalSwitch(view) : nothing} ${slots.map((each) => slotView(view, each))}
  </section>`;
}
