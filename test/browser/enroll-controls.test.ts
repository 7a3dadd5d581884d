import { afterEach, describe, expect, it, vi } from 'vitest';
import { fill, mount, type Mounted } from './enroll-harness.ts';
import { sampleOf, samples } from './enroll-states.ts';

/** Values that every form takes. */
function fillForms(root: ShadowRoot): void {
  for (const field of root.querySelectorAll<HTMLInputElement>('input[data-secret]'))
    field.value = field.name === 'management-key' ? '0123456789abcdef'.repeat(4) : field.name === 'current' ? '123456' : '654321';
  for (const box of root.querySelectorAll<HTMLInputElement>('input[name="last-try"]')) box.checked = true;
  if (root.querySelector('#commonName') !== null) fill(root, '#commonName', 'Ada Lovelace');
  if (root.querySelector('#certificate') !== null) fill(root, '#certificate', '-----BEGIN CERTIFICATE-----');
}

/** What a click on the n-th control did; undefined when nothing happened at all. */
async function effectOf(make: () => Promise<Mounted>, index: number): Promise<string | undefined> {
  const { root, flow, element } = await make();
  fillForms(root);
  const button = controlsOf(root)[index];
  if (button === undefined) throw new Error('the screen has fewer controls than before');
  const copied = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
  const saved = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined);
  const fold = button.closest('details');
  const before = root.querySelector('.root')?.innerHTML;
  button.click();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await element.updateComplete;
  if (flow.calls.length > 0) return flow.calls.map(({ action }) => action).join();
  if (copied.mock.calls.length > 0) return 'copies';
  if (saved.mock.calls.length > 0) return 'saves';
  if (button.localName === 'summary') return fold?.open === true ? 'unfolds' : 'folds';
  if (root.querySelector('dialog')?.open === true) return 'asks';
  return root.querySelector('.root')?.innerHTML === before ? undefined : 'changes the screen';
}

/** Everything that can be pressed, outside the question before stopping. */
function controlsOf(root: ShadowRoot): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>('button, summary')].filter((each) => each.closest('dialog') === null && !each.matches(':disabled'));
}

/** What each control of a screen does, by its label. */
async function effects(make: () => Promise<Mounted>): Promise<readonly (readonly [string, string | undefined])[]> {
  const { root } = await make();
  const found: [string, string | undefined][] = [];
  for (const [index, control] of controlsOf(root).entries()) {
    found.push([control.textContent?.trim() ?? '', await effectOf(make, index)]);
    vi.restoreAllMocks();
  }
  return found;
}

const ACTIONS = [
  'connect requestReader chooseReader chooseSlot retry openSecretTask changeSecret openKeyChoice chooseKey confirmOverwrite',
  'submitManagementKey submitPin issueCertificate openCertificateImport submitCertificate writeCertificate back cancel',
]
  .join(' ')
  .split(' ');

afterEach(() => void vi.restoreAllMocks());

describe('controls', () => {
  it('every button on every screen does something, and every action of the flow is reached', { timeout: 240_000 }, async () => {
    const dead: string[] = [];
    const reached = new Set<string>();
    for (const sample of samples) {
      for (const [label, effect] of await effects(() => mount(sample))) {
        if (effect === undefined) dead.push(`${sample.name}: ${label}`);
        else for (const each of effect.split(',')) reached.add(each);
      }
    }
    expect(dead).toEqual([]);
    expect(ACTIONS.filter((action) => !reached.has(action))).toEqual([]);
  });

  it('a planted dead button is caught', async () => {
    const planted = async (): Promise<Mounted> => {
      const mounted = await mount(sampleOf('start: plain'));
      const button = document.createElement('button');
      button.textContent = 'Dead';
      mounted.root.querySelector('.screen')?.append(button);
      return mounted;
    };
    expect((await effects(planted)).filter(([, effect]) => effect === undefined)).toEqual([['Dead', undefined]]);
  });

  it('at most one button is the primary one, and a screen that waits for the person has something to press', async () => {
    for (const sample of samples) {
      const { root } = await mount(sample);
      const primary = root.querySelectorAll('.screen .primary');
      expect(primary.length, sample.name).toBeLessThanOrEqual(1);
      const waits = root.querySelector('.screen [aria-busy="true"]') === null;
      if (waits) expect(controlsOf(root).length, sample.name).toBeGreaterThan(0);
    }
  });
});
