import { type CSSResultGroup, html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import type { Language, SharedMessages } from '../messages/catalogue.ts';
import { inheritedLanguageTag, languageOf, type Part, translate, type Words } from '../messages/load.ts';
import { base, buttons, fields, notes, tokens } from '../tokens/index.ts';
import { CopyButtons } from './clipboard.ts';
import type { Kit } from './kit.ts';
import { partStyles } from './parts.styles.ts';

/** Styles that every element starts from. */
export const elementStyles: CSSResultGroup = [tokens, base, buttons, fields, notes, partStyles];

/**
 * What all our elements share: the words in the language of the nearest `lang` attribute (English at once, others fetched before
 * the first paint), a polite live region, copy buttons, and a root to render `view()` into.
 */
export abstract class WmElement<P extends Part> extends LitElement implements Kit {
  static override styles: CSSResultGroup = elementStyles;

  static override get observedAttributes(): string[] {
    return [...super.observedAttributes, 'lang'];
  }

  /** The English words of the parts that the element uses; 'shared' is always one. */
  protected abstract readonly english: Words<P | 'shared'>;

  #translated: Words<P | 'shared'> | undefined;
  #language: Language = 'en';
  #loading: Promise<void> | undefined;
  #spoken = '';
  readonly #copying = new CopyButtons(this);
  readonly #languageWatch = new MutationObserver(() => this.#followLanguage());

  /** The words to show. */
  protected get words(): Words<P | 'shared'> {
    return this.#translated ?? this.english;
  }

  get shared(): SharedMessages {
    return this.words.shared;
  }

  get language(): Language {
    return this.#language;
  }

  copyButton(text: string, name?: string): TemplateResult {
    return this.#copying.button(text, name);
  }

  /** Speaks a sentence politely; for events that change no screen. */
  announce(text: string): void {
    // The same sentence twice would be no change to a screen reader: a trailing no-break space makes it one.
    this.#spoken = text === this.#spoken ? `${text}\u00a0` : text;
    this.requestUpdate();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#languageWatch.observe(document.documentElement, { attributes: true, attributeFilter: ['lang'] });
    this.#followLanguage();
  }

  override disconnectedCallback(): void {
    this.#languageWatch.disconnect();
    super.disconnectedCallback();
  }

  override attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    super.attributeChangedCallback(name, before, now);
    if (name === 'lang' && before !== now && this.isConnected) this.#followLanguage();
  }

  #followLanguage(): void {
    const language = languageOf(inheritedLanguageTag(this));
    if (language === this.#language) return;
    this.#language = language;
    const loading = translate(language, this.english).then(
      (words) => {
        if (this.#loading === loading) this.#translated = words;
      },
      () => {
        // Words that can't be fetched are no reason to show nothing: English stands in.
        if (this.#loading === loading) this.#language = 'en';
      },
    );
    this.#loading = loading;
    this.requestUpdate();
  }

  protected override async scheduleUpdate(): Promise<void> {
    for (let seen: Promise<void> | undefined; seen !== this.#loading;) {
      seen = this.#loading;
      await seen;
    }
    await super.scheduleUpdate();
  }

  /** The element's content. */
  protected abstract view(): TemplateResult;

  protected override render(): TemplateResult {
    return html`<div class="root" lang=${this.#language}>${this.view()}</div>
      <p class="visually-hidden" role="status">${this.#spoken}</p>`;
  }
}

export type { PropertyValues };
