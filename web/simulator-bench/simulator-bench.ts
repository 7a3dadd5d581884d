import { type CSSResultGroup, html, type PropertyDeclarations, type TemplateResult } from 'lit';
import type { PagesMessages } from '../../src/ui/messages/catalogue.ts';
import { pages } from '../../src/ui/messages/en/pages.ts';
import { shared } from '../../src/ui/messages/en/shared.ts';
import { badge, icon, note, WmElement } from '../../src/ui/parts/index.ts';
import type { Bench } from './bench.ts';
import { BENCH_PROFILES, type BenchProfile } from './bench-store.ts';
import { benchStyles } from './simulator-bench.styles.ts';

/** The person's hands on the simulated reader: offered in one line, a labelled panel once it is in use. */
export class SimulatorBench extends WmElement<'pages'> {
  static override styles: CSSResultGroup = [WmElement.styles, benchStyles];
  static override properties: PropertyDeclarations = { bench: { attribute: false }, failed: { state: true } };

  /** What the controls work on. */
  declare bench: Bench | undefined;
  /** True after a part of the simulator did not load. */
  declare failed: boolean;

  protected override readonly english: { readonly pages: PagesMessages; readonly shared: typeof shared } = { pages, shared };
  #unsubscribe: (() => void) | undefined;

  constructor() {
    super();
    this.failed = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unsubscribe = this.bench?.subscribe(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    this.#unsubscribe?.();
    super.disconnectedCallback();
  }

  /** Runs what a control asks for; what can go wrong is that a part does not load. */
  async #act(run: (bench: Bench) => Promise<void>): Promise<void> {
    if (this.bench === undefined) return;
    this.failed = false;
    try {
      await run(this.bench);
    } catch {
      this.failed = true;
    }
  }

  async #start(): Promise<void> {
    await this.#act((bench) => bench.start());
    if (this.failed) return;
    await this.updateComplete;
    // The button that was pressed is gone: the focus goes on at the heading that took its place.
    this.renderRoot.querySelector<HTMLElement>('h2')?.focus();
    this.dispatchEvent(new Event('bench-started'));
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector('dialog');
  }

  async #reset(): Promise<void> {
    this.#dialog?.close();
    await this.#act((bench) => bench.reset());
    if (!this.failed) this.announce(this.words.pages.bench.states[this.bench?.state.inserted === true ? 'inserted' : 'empty']);
  }

  protected override view(): TemplateResult {
    const failure = this.failed ? note('bad', this.words.pages.notLoaded.title, html`<p>${this.words.pages.notLoaded.text}</p>`, 'alert') : '';
    return this.bench?.state.on === true ? html`${this.#panel(this.bench)}${failure}` : html`${this.#offer()}${failure}`;
  }

  #offer(): TemplateResult {
    const words = this.words.pages.bench;
    return html`<div class="offer">
      <span>${words.offer}</span>
      <button type="button" class="plain" @click=${() => this.#start()}>${words.offerAction}</button>
    </div>`;
  }

  #panel({ state }: Bench): TemplateResult {
    const words = this.words.pages.bench;
    const now = !state.plugged ? 'unplugged' : state.inserted ? 'inserted' : 'empty';
    return html`<div class="panel">
        <div class="head">
          ${badge('accent', words.label, 'simulated')}
          <h2 tabindex="-1">${words.title}</h2>
          <p class="state ${state.plugged ? '' : 'off'}" role="status">
            ${icon(now === 'inserted' ? 'card' : 'reader')}<span>${words.states[now]}</span>
          </p>
        </div>
        <div class="controls">
          <button type="button" @click=${() => this.#act((bench) => bench.setPlugged(!state.plugged))}>
            ${state.plugged ? words.unplug : words.plug}
          </button>
          <button type="button" @click=${() => this.#act((bench) => bench.setInserted(!state.inserted))}>
            ${state.inserted ? words.remove : words.insert}
          </button>
          <span class="choice">
            <label for="profile" class="label">${words.profile}</label>
            <select id="profile" @change=${(event: Event) => this.#choose(event)}>
              ${BENCH_PROFILES.map((name) => html`<option value=${name} ?selected=${name === state.profile}>${words.profiles[name]}</option>`)}
            </select>
          </span>
          <button type="button" class="quiet-danger push" @click=${() => this.#dialog?.showModal()}>${words.reset}</button>
        </div>
        <div class="about small">
          <p>${words.secrets}</p>
          <p class="quiet">${words.text}</p>
        </div>
      </div>
      <dialog aria-labelledby="reset-title">
        <h2 id="reset-title">${words.resetTitle}</h2>
        <p>${words.resetText}</p>
        <div class="actions">
          <button type="button" @click=${() => this.#dialog?.close()}>${words.resetKeep}</button>
          <button type="button" class="danger" @click=${() => this.#reset()}>${words.resetConfirm}</button>
        </div>
      </dialog>`;
  }

  #choose(event: Event): void {
    const { value } = event.target as HTMLSelectElement;
    const profile: BenchProfile | undefined = BENCH_PROFILES.find((name) => name === value);
    if (profile !== undefined) void this.#act((bench) => bench.setProfile(profile));
  }
}
