import { html } from 'lit';
import type { OpenSources } from '../src/app/sources.ts';
import '../src/ui/wm-enroll/wm-enroll.define.ts';
import { demonstrationAuthority } from './page/authority.ts';
import { connectWith } from './page/connect.ts';
import { openPage } from './page/shell.ts';

const authorities = [demonstrationAuthority()];
let openSources: OpenSources | undefined;

openPage({
  name: 'enroll',
  content: (context) => {
    ({ openSources } = context);
    return html`<div class="intro"><h1>${context.words.enroll.title}</h1></div>
      <wm-enroll .openSources=${context.openSources} .authorities=${authorities}></wm-enroll>`;
  },
  benchStarted: () => void connectWith(document.querySelector('wm-enroll'), { openSources, authorities }),
});
