import '../../src/ui/wm-diagnostics/wm-diagnostics.define.ts';
import type { WmDiagnostics } from '../../src/ui/wm-diagnostics/wm-diagnostics.ts';
import { rootOf } from './enroll-harness.ts';
import { type Sample, StillFlow } from './diagnostics-samples.ts';

export interface Mounted {
  readonly element: WmDiagnostics;
  readonly flow: StillFlow;
  readonly root: ShadowRoot;
}

/** The element in the page, showing a state. Whatever stood there before is gone. */
export async function mount(sample: Pick<Sample, 'state' | 'log'>): Promise<Mounted> {
  document.body.replaceChildren();
  const element = document.createElement('wm-diagnostics');
  const flow = new StillFlow(sample);
  element.flow = flow;
  document.body.append(element);
  await element.updateComplete;
  return { element, flow, root: rootOf(element) };
}

/** What stands on the screen, folded parts and live regions included. */
export function textOf(root: ParentNode): string {
  return [...root.children]
    .map((each) => each.textContent ?? '')
    .join(' ')
    .replace(/\s+/g, ' ');
}
