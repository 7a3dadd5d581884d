import { html } from 'lit';
import { openPage } from './page/shell.ts';
openPage({ name: 'enroll', content: ({ words }) => html`<div class="intro"><h1>${words.enroll.title}</h1></div>` });
