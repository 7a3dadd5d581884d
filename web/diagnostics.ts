import { html } from 'lit';
import { openPage } from './page/shell.ts';
openPage({ name: 'diagnostics', content: ({ words }) => html`<div class="intro"><h1>${words.diagnostics.title}</h1></div>` });
