import { html } from 'lit';
import type { OpenSources } from '../src/app/sources.ts';
import '../src/ui/wm-diagnostics/wm-diagnostics.define.ts';
import { openPage } from './page/shell.ts';

let openSources: OpenSources | undefined;

openPage({
  name: 'diagnostics',
  content: (context) => {
    ({ openSources } = context);
    return html`<div class="intro"><h1>${context.words.diagnostics.title}</h1></div>
      <wm-diagnostics class="sheet" .openSources=${context.openSources}></wm-diagnostics>`;
  },
  benchStarted: () => void look(),
});

/** Who asked for the simulated reader wants to see it: diagnostics that have not begun begin. */
async function look(): Promise<void> {
  const element = document.querySelector('wm-diagnostics');
  if (element?.state.kind !== 'start') return;
  const { createDiagnosticsFlow } = await import('../src/app/diagnostics/flow.ts');
  const flow = createDiagnosticsFlow(openSources === undefined ? {} : { openSources });
  element.flow = flow;
  await flow.look();
}
