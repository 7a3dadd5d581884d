import { type CSSResultGroup, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from 'lit';
import type { DiagnosticsFlow, DiagnosticsState } from '../../app/diagnostics/state.ts';
import type { SourceOptions } from '../../app/sources.ts';
import type { Catalogue } from '../messages/catalogue.ts';
import { diagnostics } from '../messages/en/diagnostics.ts';
import { shared } from '../messages/en/shared.ts';
import { busyBar, elementStyles, problemNote, ScreenFocus, WmElement } from '../parts/index.ts';
import type { Choices, ViewContext } from './context.ts';
import type { WmDiagnosticsEventMap } from './events.ts';
import { findingsView } from './findings.ts';
import { DiagnosticsHost } from './flow-host.ts';
import { logView } from './log.ts';
import { environmentView, readersView } from './readers.ts';
import { ReportMemo, reportView } from './report.ts';
import { resultsView } from './results.ts';
import { styles } from './wm-diagnostics.styles.ts';

export type * from './events.ts';

/**
 * Finds out what works and what does not: browser and page, readers, card. Asks for no PIN and changes nothing on a card.
 *
 * Words follow the nearest `lang` attribute (English, German). Light and dark follow the page's `color-scheme`. Personal data are
 * masked on the screen and in reports until the person ticks them in.
 *
 * @tag wm-diagnostics
 * @attr {boolean} simulated - the given `usb` exists in software only; every reader says so
 * @attr {string} lang - language of the words, `en` or `de`; without it the language of the page
 * @fires {CustomEvent<DiagnosticsStateDetail>} wm-state - diagnostics are in another state
 * @fires {CustomEvent<TestedDetail>} wm-tested - a reader was tested
 * @csspart panel - the whole element
 * @cssprop [--wm-accent] - colour of the primary button and of links
 * @cssprop [--wm-on-accent] - text on the accent colour
 * @cssprop [--wm-surface] - background
 * @cssprop [--wm-text] - text colour
 * @cssprop [--wm-line] - lines between rows
 * @cssprop [--wm-radius] - roundness of corners
 */
export class WmDiagnostics extends WmElement<'diagnostics'> {
  static override readonly styles: CSSResultGroup = [elementStyles, styles];

  static override readonly properties: PropertyDeclarations = {
    usb: { attribute: false },
    simulated: { type: Boolean, reflect: true },
    openSources: { attribute: false },
    flow: { attribute: false },
  };

  /** Any object of WebUSB's shape instead of `navigator.usb`. Read when diagnostics start. */
  declare usb: SourceOptions['usb'];
  /** True when `usb` exists in software only. */
  declare simulated: boolean;
  /** Whole control over where readers come from; `usb` and `simulated` are then unused. */
  declare openSources: SourceOptions['openSources'];
  /** A flow made elsewhere, for tests and stories. */
  declare flow: DiagnosticsFlow | undefined;

  protected override readonly english: Pick<Catalogue, 'diagnostics' | 'shared'> = { shared, diagnostics };

  readonly #choices: Choices = { showPersonal: false, report: { includePersonal: false, includeLog: false }, layer: 'all', paused: undefined };
  readonly #report = new ReportMemo();
  readonly #focus = new ScreenFocus(this);
  #toResults = false;
  readonly #flows = new DiagnosticsHost(
    this,
    () => this.#createFlow(),
    (now, before) => this.#followed(now, before),
  );

  constructor() {
    super();
    this.simulated = false;
  }

  /** What the element shows. */
  get state(): DiagnosticsState {
    return this.#flows.state;
  }

  override addEventListener<Name extends keyof WmDiagnosticsEventMap>(
    name: Name,
    listener: (this: WmDiagnostics, event: WmDiagnosticsEventMap[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(name: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  override addEventListener(name: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(name, listener as EventListener, options);
  }

  async #createFlow(): Promise<DiagnosticsFlow> {
    const { createDiagnosticsFlow } = await import('../../app/diagnostics/flow.ts');
    return createDiagnosticsFlow({
      ...(this.usb === undefined ? {} : { usb: this.usb }),
      ...(this.openSources === undefined ? {} : { openSources: this.openSources }),
      simulated: this.simulated,
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('flow') && (this.flow !== undefined || changed.get('flow') !== undefined)) this.#flows.use(this.flow);
    // Other doors: what is known is about the old ones.
    const doors = changed.has('usb') || changed.has('simulated') || changed.has('openSources');
    if (this.hasUpdated && doors && this.flow === undefined) this.#flows.use(undefined);
    this.#focus.moved(this.state.kind === 'testing' ? 'ready' : this.state.kind);
  }

  #emit<Name extends keyof WmDiagnosticsEventMap>(name: Name, detail: WmDiagnosticsEventMap[Name]['detail']): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #followed(now: DiagnosticsState, before: DiagnosticsState): void {
    const words = this.words.diagnostics;
    if (now.kind !== before.kind) this.#emit('wm-state', { kind: now.kind });
    if (now.kind === 'looking') this.announce(words.looking.title);
    if (now.kind === 'testing') {
      if (before.kind !== 'testing') {
        this.announce(words.testing(now.testing.name));
        // The button that was pressed is gone while the test runs.
        this.#toResults = true;
      } else if (now.step !== before.step) this.announce(words.testSteps[now.step]);
    }
    if (now.kind === 'ready' && before.kind === 'testing') {
      const count = (severity: string): number => now.findings.filter((each) => each.severity === severity).length;
      this.announce(words.testDone(count('error'), count('warning')));
      const { name, simulated } = before.testing;
      this.#emit('wm-tested', { reader: name, simulated, findings: now.findings.map(({ code }) => code) });
    }
  }

  #view(): ViewContext {
    return {
      shared: this.shared,
      language: this.language,
      copyButton: (text, name) => this.copyButton(text, name),
      words: this.words.diagnostics,
      choices: this.#choices,
      act: (action) => void this.#flows.act(async (flow) => action(flow)),
      refresh: () => this.requestUpdate(),
    };
  }

  protected override view(): TemplateResult {
    const { state } = this;
    const words = this.words.diagnostics;
    switch (state.kind) {
      case 'start':
        return html`<div class="stack frame" part="panel">
          <div class="stack-small">
            <h2>${words.start.title}</h2>
            <p class="lead">${words.start.text}</p>
          </div>
          ${this.#flows.problem === undefined ? nothing : problemNote(this, this.#flows.problem, 'alert')}
          <div class="actions"><button type="button" class="primary" @click=${() => this.look()}>${words.start.action}</button></div>
        </div>`;
      case 'looking':
        return html`<div class="stack frame" part="panel">
          <h2 id="looking">${words.looking.title}</h2>
          <p class="lead">${words.looking.text}</p>
          ${busyBar('looking')}
        </div>`;
      default:
        return this.#ready(state);
    }
  }

  /** Looks at browser and readers, as the first button does. Opens no chooser. */
  async look(): Promise<void> {
    await this.#flows.act((flow) => flow.look());
  }

  #ready(state: Extract<DiagnosticsState, { kind: 'ready' | 'testing' }>): TemplateResult {
    const view = this.#view();
    const idle = state.kind === 'ready';
    const { flow } = this.#flows;
    return html`<div class="sections frame" part="panel">
      <div class="name">
        <h2>${view.words.title}</h2>
        ${idle ? html`<button type="button" class="refresh" @click=${() => this.look()}>${view.words.refresh}</button>` : nothing}
      </div>
      ${idle ? findingsView(view, state.findings) : nothing} ${readersView(view, state, idle)} ${resultsView(view, state)}
      <div class="panels">${environmentView(view, state.environment)} ${logView(view, flow?.log ?? [])}</div>
      ${idle && flow !== undefined ? reportView(view, this.#report.of(flow, this.#choices.report)) : nothing}
    </div>`;
  }

  protected override updated(): void {
    if (!this.#toResults) return;
    this.#toResults = false;
    const heading = this.renderRoot.querySelector<HTMLElement>('#results-title');
    heading?.focus();
  }
}
