import { html, nothing, type TemplateResult } from 'lit';
import type { AccessVerdict, AccessRemedy } from '../../app/index.ts';
import type { Problem, ProblemCardState } from '../../app/problem.ts';
import { icon, type IconName } from './icons.ts';
import type { Kit } from './kit.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'info';

const ICONS: Readonly<Record<Tone, IconName>> = { good: 'good', warn: 'warn', bad: 'bad', info: 'info' };

/** A note: icon, strong first line, more below. */
export function note(tone: Tone, title: unknown, more: unknown = nothing, role?: 'alert' | 'status'): TemplateResult {
  return html`<div class="note ${tone}" role=${role ?? nothing}>
    ${icon(ICONS[tone])}
    <p><strong>${title}</strong></p>
    ${more}
  </div>`;
}

export function badge(tone: Tone | 'quiet' | 'accent', text: string, symbol?: IconName): TemplateResult {
  return html`<span class="badge ${tone}">${symbol === undefined ? nothing : icon(symbol)}${text}</span>`;
}

/** 'Simulated', for everything that a simulated reader shows. */
export function simulatedBadge(kit: Kit): TemplateResult {
  return html`<span class="badge accent" title=${kit.shared.simulatedHint}>${icon('simulated')}${kit.shared.simulated}</span>`;
}

/** Something is going on that can't be hurried. The heading beside it says what, by `labelledBy`. */
export function busyBar(labelledBy: string): TemplateResult {
  return html`<progress class="busy" aria-labelledby=${labelledBy}></progress>`;
}

function number(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

function problemDetails(kit: Kit, problem: Problem): TemplateResult {
  const words = kit.shared.problem;
  const { sw, bStatus, bError, dword, dwordName, said = '', trail } = problem.detail;
  const reader = [bStatus === undefined ? '' : `bStatus ${number(bStatus, 2)}`, bError === undefined ? '' : `bError ${number(bError, 2)}`];
  const rows: readonly (readonly [string, string])[] = [
    [words.statusWord, sw === undefined ? '' : number(sw, 4)],
    [words.readerStatus, reader.filter((text) => text !== '').join(', ')],
    [words.minidriverCode, dword === undefined ? '' : `${number(dword, 8)} ${dwordName ?? ''}`.trim()],
    [words.authoritySaid, said],
    [words.trail, trail.join(' > ')],
  ];
  return html`<details>
    <summary>${words.detailsTitle}</summary>
    <dl class="facts small">
      ${rows
        .filter(([, value]) => value !== '')
        .map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd class="mono">${value}</dd>`,
        )}
    </dl>
  </details>`;
}

/** Said of the last step alone: left out where the caller knows what earlier steps changed. */
const NOTHING_CHANGED: readonly ProblemCardState[] = ['unchanged', 'untouched'];

/** A problem in full: card state, what can be done, the code to read out, codes for support. The screen's heading is
 * `whats[..].title`; `aboutCard` adds to what is said of the card. */
export function problemView(kit: Kit, problem: Problem, heading: 'h3' | 'h4' = 'h3', aboutCard: unknown = nothing): TemplateResult {
  const words = kit.shared.problem;
  const title = (text: string): TemplateResult => (heading === 'h3' ? html`<h3>${text}</h3>` : html`<h4>${text}</h4>`);
  return html`<div class="stack problem">
    <div class="stack-small">
      ${title(words.cardTitle)}
      ${aboutCard === nothing || !NOTHING_CHANGED.includes(problem.cardState) ? html`<p>${words.cardStates[problem.cardState]}</p>` : nothing}
      ${aboutCard}
    </div>
    ${
      problem.next.length === 0
        ? nothing
        : html`<div class="stack-small">
            ${title(words.nextTitle)}
            <ul class="bullets">
              ${problem.next.map((next) => html`<li>${words.nexts[next]}</li>`)}
            </ul>
          </div>`
    }
    <p class="quiet small">${words.code(problem.code)}</p>
    ${problemDetails(kit, problem)}
  </div>`;
}

/** A problem as a note of its own, where no screen belongs to it. */
export function problemNote(kit: Kit, problem: Problem, role?: 'alert' | 'status'): TemplateResult {
  const what = kit.shared.problem.whats[problem.what];
  return note(
    'bad',
    what.title,
    html`<p>${what.text}</p>
      ${problemView(kit, problem, 'h4')}`,
    role,
  );
}

/** Words that begin a sentence or stand alone. */
export function capital(kit: Kit, words: string): string {
  return words.slice(0, 1).toLocaleUpperCase(kit.language) + words.slice(1);
}

/** A problem in one line below a field. Give the field `aria-describedby` with the same id. */
export function mistakeLine(kit: Kit, id: string, problem: Problem | undefined): TemplateResult | typeof nothing {
  if (problem === undefined) return nothing;
  const what = kit.shared.problem.whats[problem.what];
  const left = problem.retriesLeft;
  const tries = left === undefined ? '' : ` ${capital(kit, kit.shared.triesLeft(left))}.`;
  return textMistake(id, `${what.title}. ${what.text}${tries}`, problem.code);
}

/** A mistake in words below a field. */
export function textMistake(id: string, text: string, code?: string): TemplateResult {
  return html`<p class="mistake" id=${id} role="alert">
    ${icon('bad')}<span>${text}${code === undefined ? nothing : html` <span class="code">(${code})</span>`}</span>
  </p>`;
}

/** Text to type elsewhere, with its copy button. */
export function commandLine(kit: Kit, command: string): TemplateResult {
  return html`<div class="command"><code>${command}</code>${kit.copyButton(command, `${kit.shared.copy}: ${command}`)}</div>`;
}

function remedy(kit: Kit, key: AccessRemedy): TemplateResult {
  const { text, command } = kit.shared.access.remedies[key];
  return html`<li>${text}${command === undefined ? nothing : commandLine(kit, command)}</li>`;
}

/** What stands in the way of a reader, and the ways out. */
export function accessView(kit: Kit, verdict: AccessVerdict, options: { readonly withTitle?: boolean } = {}): TemplateResult {
  const { reasons, remedies, remediesTitle } = { ...kit.shared.access };
  const reason = reasons[verdict.reason];
  const ways = verdict.remedies.filter((key) => remedies[key].text !== '');
  return html`<div class="stack-small access">
    ${options.withTitle === true ? html`<p><strong>${reason.title}</strong></p>` : nothing}
    <p>${reason.text}</p>
    ${
      ways.length === 0
        ? nothing
        : html`<p class="label">${remediesTitle}</p>
            <ol class="bullets remedies">
              ${ways.map((key) => remedy(kit, key))}
            </ol>`
    }
  </div>`;
}

/** 'Usable' or 'Not usable', with an icon; 'Checking' while nothing is known. */
export function accessBadge(kit: Kit, verdict: AccessVerdict | undefined): TemplateResult {
  const words = kit.shared.access;
  if (verdict === undefined) return badge('quiet', words.checking, 'clock');
  return verdict.reachable ? badge('good', words.usable, 'check') : badge('warn', words.notUsable, 'lock');
}
