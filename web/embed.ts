import { html } from 'lit';
import { openPage } from './page/shell.ts';
openPage({ name: 'embed', content: ({ words }) => html`<div class="intro"><h1>${words.embed.title}</h1></div>` });
