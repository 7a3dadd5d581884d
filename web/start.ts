import { html, type TemplateResult } from 'lit';
import type { PagesMessages } from '../src/ui/messages/catalogue.ts';
import '../src/ui/wm-readers/wm-readers.define.ts';
import { ADDRESSES, openPage, type PageName } from './page/shell.ts';

function choice(page: PageName, words: PagesMessages['start']['enroll'], primary = false): TemplateResult {
  return html`<li class="sheet">
    <h2>${words.title}</h2>
    <p>${words.text}</p>
    <p class="go"><a class="button ${primary ? 'primary' : ''}" href=${ADDRESSES[page]}>${words.action}</a></p>
  </li>`;
}

/** A table; on a narrow screen it is shown as a list of cards. */
function doors({ doorColumns: columns, doors: rows, doorsTitle }: PagesMessages['start']): TemplateResult {
  return html`<table class="doors" aria-label=${doorsTitle}>
    <thead>
      <tr>
        <th scope="col">${columns.door}</th>
        <th scope="col">${columns.readers}</th>
        <th scope="col">${columns.needs}</th>
        <th scope="col">${columns.state}</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            <th scope="row">${row.door}</th>
            <td data-label=${columns.readers}>${row.readers}</td>
            <td data-label=${columns.needs}>${row.needs}</td>
            <td data-label=${columns.state}>${row.state}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

openPage({
  name: 'start',
  content: ({ words: { start: words }, openSources }) => html`
    <div class="intro">
      <h1>${words.title}</h1>
      <p class="lead">${words.lead}</p>
    </div>
    <ul class="cards plain-list">
      ${choice('enroll', words.enroll, true)} ${choice('diagnostics', words.diagnose)} ${choice('embed', words.embed)}
    </ul>
    <section class="section" aria-labelledby="readers-title">
      <h2 id="readers-title">${words.readersTitle}</h2>
      <p class="quiet">${words.readersText}</p>
      <wm-readers class="sheet" .openSources=${openSources} @wm-reader-use=${() => location.assign(ADDRESSES.enroll)}></wm-readers>
    </section>
    <section class="section" aria-labelledby="doors-title">
      <h2 id="doors-title">${words.doorsTitle}</h2>
      <p class="quiet">${words.doorsText}</p>
      <div class="sheet">${doors(words)}</div>
    </section>
    <section class="section" aria-labelledby="not-title">
      <h2 id="not-title">${words.notTitle}</h2>
      <p class="text">${words.notText}</p>
    </section>
  `,
  benchStarted: () => void document.querySelector('wm-readers')?.look(),
});
