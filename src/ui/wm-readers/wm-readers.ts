import { type CSSResultGroup, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from 'lit';
import type { ReaderChoice } from '../../app/enrollment/state.ts';
import { ReaderList, type ReaderListReady, type ReaderListState } from '../../app/reader-list.ts';
import type { Problem } from '../../app/problem.ts';
import type { OpenSources, SourceOptions } from '../../app/sources.ts';
import type { ReadersMessages, SharedMessages } from '../messages/catalogue.ts';
import { readers } from '../messages/en/readers.ts';
import { shared } from '../messages/en/shared.ts';
import { accessBadge, accessView, busyBar, icon, note, problemView, ScreenFocus, simulatedBadge, WmElement } from '../parts/index.ts';
import { readersStyles } from './wm-readers.styles.ts';

/** What the event `wm-reader-use` tells. */
export interface ReaderUseDetail {
  readonly id: string;
  readonly name: string;
  readonly simulated: boolean;
}

/**
 * Which readers can be used from this page, and what stands in the way of the others.
 *
 * @element wm-readers
 * @fires {CustomEvent<ReaderUseDetail>} wm-reader-use - The person wants to go on with a usable reader.
 */
export class WmReaders extends WmElement<'readers'> {
  static override styles: CSSResultGroup = [WmElement.styles, readersStyles];
  static override properties: PropertyDeclarations = {
    usb: { attribute: false },
    simulated: { type: Boolean },
    openSources: { attribute: false },
  };

  /** Any object of WebUSB's shape instead of the browser's own. */
  declare usb: SourceOptions['usb'];
  /** True when `usb` exists in software only. */
  declare simulated: boolean;
  /** Whole control over where readers come from. */
  declare openSources: OpenSources | undefined;

  protected override readonly english: { readonly readers: ReadersMessages; readonly shared: SharedMessages } = { readers, shared };
  readonly #focus = new ScreenFocus(this);
  #list: ReaderList | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor() {
    super();
    this.simulated = false;
  }

  /** What is shown. */
  get state(): ReaderListState {
    return this.#list?.state ?? { kind: 'start' };
  }

  /** Looks for readers, as the first button does. Opens no chooser. */
  async look(): Promise<void> {
    if (this.#list === undefined) {
      const { usb, simulated, openSources } = this;
      this.#list = new ReaderList({ simulated, ...(usb === undefined ? {} : { usb }), ...(openSources === undefined ? {} : { openSources }) });
      this.#unsubscribe = this.#list.subscribe(() => this.requestUpdate());
    }
    await this.#list.look();
  }

  override disconnectedCallback(): void {
    this.#drop();
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: PropertyValues): void {
    // Other doors: what is known is about the old ones.
    if (this.hasUpdated && ['usb', 'simulated', 'openSources'].some((name) => changed.has(name))) this.#drop();
    this.#focus.moved(this.state.kind);
  }

  #drop(): void {
    this.#unsubscribe?.();
    this.#list?.release();
    this.#list = undefined;
  }

  protected override view(): TemplateResult {
    const { state } = this;
    if (state.kind === 'ready') return this.#ready(state);
    const words = this.words.readers;
    if (state.kind === 'looking')
      return html`<div class="stack">
        <h2 id="looking">${words.looking}</h2>
        ${busyBar('looking')}
      </div>`;
    return html`<div class="stack">
      <div class="stack-small">
        <h2>${words.start.title}</h2>
        <p>${words.start.text}</p>
      </div>
      <div class="actions"><button type="button" class="primary" @click=${() => this.look()}>${words.start.action}</button></div>
    </div>`;
  }

  #ready(state: ReaderListReady): TemplateResult {
    const words = this.words.readers;
    return html`<div class="stack">
      <h2>${words.title}</h2>
      ${state.environment === undefined ? nothing : note('warn', words.environment, accessView(this, state.environment, { withTitle: true }))}
      ${
        state.readers.length > 0
          ? html`<ul class="readers">
              ${state.readers.map((choice) => this.#reader(choice))}
            </ul>`
          : state.environment === undefined
            ? note('info', words.none.title, html`<p>${words.none.text}</p>`)
            : nothing
      }
      ${state.nothingChosen ? note('info', words.nothingChosen) : nothing} ${state.problem === undefined ? nothing : this.#problem(state.problem)}
      <div class="actions">
        ${state.canRequest ? html`<button type="button" class="primary" @click=${() => this.#list?.requestReader()}>${words.add}</button>` : nothing}
        <button type="button" @click=${() => this.look()}>${words.refresh}</button>
      </div>
    </div>`;
  }

  #problem(problem: Problem): TemplateResult {
    const { title, text } = this.shared.problem.whats[problem.what];
    return note(
      'bad',
      title,
      html`<p>${text}</p>
        ${problemView(this, problem)}`,
      'alert',
    );
  }

  #reader({ info, verdict }: ReaderChoice): TemplateResult {
    const use = (): void => {
      const detail: ReaderUseDetail = { id: info.id, name: info.name, simulated: info.simulated };
      this.dispatchEvent(new CustomEvent('wm-reader-use', { detail, bubbles: true, composed: true }));
    };
    return html`<li>
      <div class="name">
        ${icon('reader')}
        <h3><bdi>${info.name}</bdi></h3>
        ${info.simulated ? simulatedBadge(this) : nothing} ${accessBadge(this, verdict)}
        ${
          verdict?.reachable === true
            ? html`<button type="button" class="use" aria-label="${this.words.readers.use}: ${info.name}" @click=${use}>
                ${this.words.readers.use}
              </button>`
            : nothing
        }
      </div>
      ${verdict === undefined || verdict.reachable ? nothing : accessView(this, verdict, { withTitle: true })}
    </li>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'wm-readers': WmReaders;
  }
}
