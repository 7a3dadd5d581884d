import { html, nothing, render, type TemplateResult } from 'lit';
import type { OpenSources } from '../../src/app/sources.ts';
import { LANGUAGES, type Language, type PagesMessages } from '../../src/ui/messages/catalogue.ts';
import { pages } from '../../src/ui/messages/en/pages.ts';
import { Bench } from '../simulator-bench/bench.ts';
import { SimulatorBench } from '../simulator-bench/simulator-bench.ts';
import { keepLanguage, LANGUAGE_NAMES, pageWords, wantedLanguage } from './languages.ts';
import { logo } from './logo.ts';
import { adoptTokens } from './sheet.ts';
import { pageSources } from './sources.ts';

export type PageName = 'start' | 'enroll' | 'diagnostics' | 'embed';

/** Addresses of the pages; relative, so that any folder can hold them. */
export const ADDRESSES: Readonly<Record<PageName, string>> = {
  start: './',
  enroll: './enroll.html',
  diagnostics: './diagnostics.html',
  embed: './embed.html',
};

/** What a page's content is made from. */
export interface PageContext {
  readonly words: PagesMessages;
  /** The browser's readers and the simulated one. */
  readonly openSources: OpenSources;
  /** Renders the page again. */
  readonly refresh: () => void;
}

export interface PageOptions {
  readonly name: PageName;
  readonly content: (context: PageContext) => TemplateResult;
  /** The simulated reader was asked for and can be found now. */
  readonly benchStarted?: () => void;
}

/** Pages of our own follow one another's changes of the bench, once these have settled. */
const SETTLE_MS = 300;

/** Renders a whole page: header, simulated bench, content, footer. */
export function openPage({ name, content, benchStarted }: PageOptions): void {
  adoptTokens();
  const bench = new Bench(localStorageOrNone());
  const openSources = pageSources(bench.usb);
  let words = pages;
  let language: Language = 'en';
  let offered: readonly Language[] = [];
  const show = (): void => {
    document.documentElement.lang = language;
    document.title = name === 'start' ? words.product : `${words[name].title} - ${words.product}`;
    render(
      html`${header(name, words, offered, language, speak)}
        <aside class="bench" aria-label=${words.bench.title}>
          <simulator-bench class="column" .bench=${bench} @bench-started=${() => benchStarted?.()}></simulator-bench>
        </aside>
        <main id="main" class="column" tabindex="-1">${content({ words, openSources, refresh: show })}</main>
        <footer class="column"><p>${words.product}. ${words.tagline}.</p></footer>`,
      document.body,
    );
  };
  const speak = async (next: Language): Promise<void> => {
    words = await pageWords(next);
    language = next;
    keepLanguage(next);
    show();
  };

  customElements.define('simulator-bench', SimulatorBench);
  document.getElementById('not-loaded')?.remove();
  document.body.className = 'page';
  show();
  followOtherPages(bench);
  addEventListener('pagehide', () => void bench.closePage());
  const offer = async (): Promise<void> => {
    const german = await pageWords('de');
    if (german === pages) return;
    offered = LANGUAGES;
    if (wantedLanguage() === 'de') await speak('de');
    else show();
  };
  if (wantedLanguage() === 'de') void offer();
  // After the page can be used: the simulator of a bench in use, and whether another language is there with all its words.
  requestIdleCallback(() => {
    void bench.prepare();
    if (offered.length === 0) void offer();
  });
}

function header(
  name: PageName,
  words: PagesMessages,
  offered: readonly Language[],
  language: Language,
  speak: (next: Language) => Promise<void>,
): TemplateResult {
  const names: readonly PageName[] = ['start', 'enroll', 'diagnostics', 'embed'];
  return html`<a class="skip" href="#main">${words.skip}</a>
    <header>
      <div class="column bar">
        <a class="brand" href=${ADDRESSES.start}>${logo()}<span>${words.product}</span></a>
        <nav aria-label=${words.navigation}>
          ${names.map((item) => html`<a href=${ADDRESSES[item]} aria-current=${item === name ? 'page' : nothing}>${words.nav[item]}</a>`)}
        </nav>
        ${
          offered.length === 0
            ? nothing
            : html`<select
                class="language"
                aria-label=${words.language}
                @change=${(event: Event) => {
                  const chosen = offered.find((item) => item === (event.target as HTMLSelectElement).value);
                  if (chosen !== undefined) void speak(chosen);
                }}
              >
                ${offered.map((item) => html`<option value=${item} lang=${item} ?selected=${item === language}>${LANGUAGE_NAMES[item]}</option>`)}
              </select>`
        }
      </div>
    </header>`;
}

/** The page's storage; without one the bench forgets. */
function localStorageOrNone(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  try {
    return localStorage;
  } catch {
    return { getItem: () => null, setItem: () => {}, removeItem: () => {} };
  }
}

function followOtherPages(bench: Bench): void {
  let settling: ReturnType<typeof setTimeout> | undefined;
  addEventListener('storage', ({ key }) => {
    clearTimeout(settling);
    settling = setTimeout(() => void bench.follow(key), SETTLE_MS);
  });
}
