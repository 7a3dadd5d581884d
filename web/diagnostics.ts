import { html } from 'lit';
import '../src/ui/wm-diagnostics/wm-diagnostics.define.ts';
import { openPage } from './page/shell.ts';

openPage({
  name: 'diagnostics',
  content: ({ words, openSources }) =>
    html`<div class="intro"><h1>${words.diagnostics.title}</h1></div>
      <wm-diagnostics .openSources=${openSources}></wm-diagnostics>`,
  benchStarted: () => void look(),
});

/** Who asked for the simulated reader wants to see it: diagnostics that have not begun begin. */
async function look(): Promise<void> {
  const element = document.querySelector('wm-diagnostics');
  if (element?.state.kind === 'start') await element.look();
}
