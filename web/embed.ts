import { html, type TemplateResult } from 'lit';
import type { OpenSources } from '../src/app/sources.ts';
import type { PagesMessages } from '../src/ui/messages/catalogue.ts';
import '../src/ui/wm-enroll/wm-enroll.define.ts';
import { demonstrationAuthority } from './page/authority.ts';
import { connectWith } from './page/connect.ts';
import { markup, script, style } from './page/embed-code.ts';
import { openPage } from './page/shell.ts';

interface Heard {
  readonly number: number;
  readonly name: string;
  readonly detail: string;
}

/** Every event of the element; the last can be refused. */
const EVENTS = ['wm-state', 'wm-request', 'wm-enrolled', 'wm-before-overwrite'] as const;
const SHOWN_EVENTS = 100;

const authorities = [demonstrationAuthority()];
let openSources: OpenSources | undefined;
let heard: readonly Heard[] = [];
let veto = false;
let count = 0;
let refresh = (): void => {};

/** An event's detail on one line; octets by their number. */
function inOneLine(detail: unknown): string {
  return JSON.stringify(detail, (_, value: unknown) => (value instanceof Uint8Array ? `Uint8Array(${value.length})` : value));
}

function hear(event: Event): void {
  if (veto && event.cancelable) event.preventDefault();
  const text = event.defaultPrevented ? ' preventDefault()' : '';
  heard = [{ number: ++count, name: event.type, detail: inOneLine((event as CustomEvent<unknown>).detail) + text }, ...heard].slice(0, SHOWN_EVENTS);
  refresh();
}

function code(text: string, label: string): TemplateResult {
  return html`<pre class="code" tabindex="0" role="region" aria-label=${label}><code>${text}</code></pre>`;
}

function events(words: PagesMessages['embed']): TemplateResult {
  return html`<section class="section" aria-labelledby="events-title">
    <h2 id="events-title">${words.eventsTitle}</h2>
    <label class="check">
      <input
        type="checkbox"
        .checked=${veto}
        @change=${(change: Event) => {
          veto = (change.target as HTMLInputElement).checked;
        }}
      />
      <span>${words.vetoLabel}</span>
    </label>
    <div class="sheet">
      ${
        heard.length === 0
          ? html`<p class="quiet">${words.noEvents}</p>`
          : html`<div class="events" tabindex="0" role="log" aria-label=${words.eventsTitle}>
              <ol>
                ${heard.map(({ name, detail }) => html`<li><strong>${name}</strong><span class="quiet">${detail}</span></li>`)}
              </ol>
            </div>`
      }
    </div>
  </section>`;
}

openPage({
  name: 'embed',
  content: (context) => {
    ({ openSources, refresh } = context);
    const words = context.words.embed;
    return html`<div class="intro">
        <h1>${words.title}</h1>
        <p class="lead">${words.lead}</p>
      </div>
      <section class="section" aria-labelledby="live-title">
        <h2 id="live-title">${words.liveTitle}</h2>
        <p class="quiet">${words.liveText}</p>
        <wm-enroll class="branded" .openSources=${context.openSources} .authorities=${authorities}></wm-enroll>
      </section>
      ${events(words)}
      <div class="section">
        <h2>${words.markupTitle}</h2>
        ${code(markup, words.markupTitle)}
      </div>
      <div class="section">
        <h2>${words.scriptTitle}</h2>
        ${code(script, words.scriptTitle)}
      </div>
      <div class="section">
        <h2>${words.styleTitle}</h2>
        <p class="quiet">${words.styleText}</p>
        ${code(style, words.styleTitle)}
      </div>`;
  },
  benchStarted: () => void connectWith(document.querySelector('wm-enroll'), { openSources, authorities }),
});

// Once: what the element tells bubbles up to the document.
for (const name of EVENTS) document.addEventListener(name, hear);
