import { page, userEvent } from 'vitest/browser';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FINDING_CODES } from '../../src/app/diagnostics/findings.ts';
import type { DiagnosticsFlow } from '../../src/app/diagnostics/state.ts';
import { createPivCard, createSimulatedReader, createSimulatedUsb } from '../../src/simulator/index.ts';
import { diagnostics as words } from '../../src/ui/messages/en/diagnostics.ts';
import { shared } from '../../src/ui/messages/en/shared.ts';
import type { TestedDetail } from '../../src/ui/wm-diagnostics/wm-diagnostics.ts';
import { openFolds } from './axe-every.ts';
import { mount, textOf } from './diagnostics-harness.ts';
import { logOf, sampleOf, samples } from './diagnostics-samples.ts';
import { buttonOf, find, rootOf } from './enroll-harness.ts';

beforeEach(async () => {
  await page.viewport(1200, 900);
});

const ready = sampleOf('ready: fresh card');

/** Tab stops until one has these words; fails when they never come. */
async function tabTo(root: ShadowRoot, name: string): Promise<Element> {
  for (let i = 0; i < 80; i++) {
    await userEvent.tab();
    const at = root.activeElement;
    if (at !== null && (at.getAttribute('aria-label') ?? at.textContent ?? '').trim() === name) return at;
  }
  throw new Error(`the keyboard never reaches ${name}`);
}

describe('words', () => {
  it('every finding is worded, and every state shows words only', async () => {
    expect(Object.keys(words.findings).sort()).toEqual([...FINDING_CODES].sort());
    for (const sample of samples) {
      const { root } = await mount(sample);
      openFolds(root);
      const text = textOf(root);
      expect(text, sample.name).not.toMatch(/undefined|\[object|NaN|null/);
      expect(text.length, sample.name).toBeGreaterThan(60);
    }
  });

  it('findings come with severity as a word, place and slot; an unknown code is worded too', async () => {
    const { root } = await mount(sampleOf('ready: two slots'));
    const rows = [...root.querySelectorAll('.finding')].map((each) => (each.textContent ?? '').replace(/\s+/g, ' '));
    expect(rows[0]).toContain('Problem: The browser keeps this reader away from web pages');
    expect(rows[1]).toContain('(Card slot 2, PIV 9C)');
    expect(rows[3]).toContain('Code P01');
    expect(rows.find((each) => each.includes('a-family-of-its-own'))).toContain('Warning:');
  });
});

describe('controls', () => {
  it('each does what it says', async () => {
    const { root, flow } = await mount(ready);
    buttonOf(root, words.refresh).click();
    buttonOf(root, words.add).click();
    find<HTMLButtonElement>(root, `[aria-label="${words.testNamed('SCR331-DI NTT-COM')}"]`).click();
    openFolds(root);
    buttonOf(root, words.logClear).click();
    expect(flow.calls).toEqual(['look', 'requestReader', 'test usb-1', 'clearLog']);
    const start = await mount(sampleOf('start: plain'));
    buttonOf(start.root, words.start.action).click();
    expect(start.flow.calls).toEqual(['look']);
  });

  it('no control is dead: every button and field of every state changes something or asks the flow', async () => {
    const dead: string[] = [];
    vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue(undefined);
    const clicked = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined);
    for (const sample of samples) {
      const count = (await mount(sample)).root.querySelectorAll('button, input, select').length;
      for (let i = 0; i < count; i++) {
        const { root, element, flow } = await mount(sample);
        openFolds(root);
        const control = root.querySelectorAll<HTMLElement>('button, input, select')[i];
        const now = (): string => `${root.innerHTML} ${clicked.mock.calls.length} ${flow.calls.length} ${root.activeElement?.id ?? ''}`;
        const before = now();
        const label = control?.textContent?.trim();
        if (control instanceof HTMLSelectElement) {
          control.value = 'apdu';
          control.dispatchEvent(new Event('change'));
        } else control?.click();
        await new Promise((resolve) => setTimeout(resolve, 0));
        await element.updateComplete;
        const box = control instanceof HTMLInputElement;
        const same = before === now();
        // The personal switch changes a report only where something personal stands in it.
        if (same && !(box && control.name !== 'includeLog')) dead.push(`${sample.name}: ${label ?? ''}`);
      }
    }
    expect(dead).toEqual([]);
    vi.restoreAllMocks();
  });

  it('while a reader is tested nothing else can be started', async () => {
    const { root } = await mount(sampleOf('testing: power'));
    expect([...root.querySelectorAll('button')].map((each) => each.textContent?.trim())).toEqual([words.logPause, words.logClear]);
  });

  it('an unreachable reader has no test button, but the reason and the ways out', async () => {
    const { root } = await mount(sampleOf('ready: denied readers'));
    expect(root.querySelectorAll('button.test')).toHaveLength(0);
    expect(textOf(root)).toContain(shared.access.reasons['protected-class'].title);
    expect(textOf(root)).toContain('sudo systemctl stop pcscd.socket');
  });
});

describe('personal data', () => {
  it('are masked on the screen until ticked, in table, certificate, log and report', async () => {
    const { root, element } = await mount({ ...sampleOf('ready: crowded card'), log: logOf(8) });
    openFolds(root);
    const personal = [
      'Ada Lovelace',
      'ada@example.com',
      '17 482 316',
      '17482316',
      '7d2c5a10',
      '9999-9999',
      '60400C75',
      '3B 1E 0A 97',
      '1F 8A 2C',
      '53 82 53',
    ];
    const present = (): string[] => personal.filter((each) => textOf(root).includes(each) || textOf(root).includes(each.toLowerCase()));
    expect(present()).toEqual([]);
    find<HTMLInputElement>(root, '.results input[type=checkbox]').click();
    await element.updateComplete;
    // The report below has a tick of its own.
    expect(find(root, 'pre').textContent).not.toContain('Ada');
    expect(present()).toEqual(personal);
    find<HTMLInputElement>(root, 'input[name=includePersonal]').click();
    await element.updateComplete;
    expect(find(root, 'pre').textContent).toContain('CN=Ada Lovelace');
  });
});

describe('log', () => {
  it('filters by layer, pauses and resumes', async () => {
    const { root, element, flow } = await mount({ ...ready, log: logOf(80) });
    const rows = (): number => root.querySelectorAll('.log-rows tbody tr').length;
    openFolds(root);
    expect(rows()).toBe(80);
    await userEvent.selectOptions(find(root, 'select'), 'ccid');
    await element.updateComplete;
    expect(rows()).toBe(10);
    buttonOf(root, words.logPause).click();
    flow.put(flow.state, logOf(160));
    await element.updateComplete;
    expect(rows()).toBe(10);
    expect(textOf(root)).toContain(words.logPaused);
    buttonOf(root, words.logResume).click();
    await element.updateComplete;
    expect(rows()).toBe(20);
  });

  it('shows the last rows of a long log, and says so', async () => {
    const { root } = await mount(sampleOf('ready: long log'));
    expect(root.querySelectorAll('.log-rows tbody tr')).toHaveLength(300);
    expect(textOf(root)).toContain('The last 300 of 2,000 rows');
  });
});

describe('report', () => {
  it('is copied as text; a clipboard that refuses is said', async () => {
    const { root, element } = await mount(ready);
    const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValueOnce(undefined).mockRejectedValueOnce(new Error('refused'));
    const copy = find<HTMLButtonElement>(root, `[aria-label="${words.copyReport}"]`);
    copy.click();
    await vi.waitFor(() => expect(find(root, '[role=status]').textContent).toContain(shared.copied));
    expect(write.mock.calls[0]?.[0]).toContain('web-minidriver diagnostics');
    copy.click();
    await vi.waitFor(() => expect(find(root, '[role=status]').textContent).toContain(shared.copyFailed));
    await element.updateComplete;
    expect(copy.textContent).toContain(shared.copyFailed);
    vi.restoreAllMocks();
  });

  it('is downloaded as text and as JSON', async () => {
    const saved: { readonly name: string; readonly type: string; readonly text: Promise<string> }[] = [];
    let last: Blob | undefined;
    vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
      last = blob as Blob;
      return 'blob:none';
    });
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      if (last !== undefined) saved.push({ name: this.download, type: last.type, text: last.text() });
    });
    const { root } = await mount(ready);
    buttonOf(root, words.downloadReport).click();
    buttonOf(root, words.downloadJson).click();
    expect(saved.map(({ name, type }) => [name, type])).toEqual([
      ['card-diagnostics.txt', 'text/plain'],
      ['card-diagnostics.json', 'application/json'],
    ]);
    expect(await saved[0]?.text).toContain('== findings ==');
    expect(JSON.parse((await saved[1]?.text) ?? '')).toMatchObject({ format: 'web-minidriver-diagnostics' });
    vi.restoreAllMocks();
  });
});

describe('what is said', () => {
  it('steps and the end of a test are spoken; the focus goes to the results', async () => {
    const { root, element, flow } = await mount(ready);
    const spoken: string[] = [];
    const status = find(root, '.root ~ [role=status]');
    new MutationObserver(() => spoken.push(status.textContent ?? '')).observe(status, { childList: true, characterData: true, subtree: true });
    const button = find<HTMLButtonElement>(root, 'button.test');
    button.focus();
    for (const step of ['opening', 'power', 'inspection']) {
      flow.put(sampleOf(`testing: ${step}`).state);
      await element.updateComplete;
    }
    expect(root.activeElement?.id).toBe('results-title');
    flow.put(ready.state);
    await element.updateComplete;
    await vi.waitFor(() => expect(spoken.length).toBeGreaterThan(3));
    expect(spoken[0]).toBe(words.testing('SCR331-DI NTT-COM'));
    expect(spoken.map((each) => each.trim())).toContain(words.testSteps.power);
    expect(spoken.at(-1)).toBe('Test finished: 3 problems, 3 warnings.');
    expect(root.activeElement?.id).toBe('results-title');
  });
});

describe('with the real flow', () => {
  it('the keyboard alone: start, test a simulated reader, unfold, filter the log, copy the report', { timeout: 60_000 }, async () => {
    document.body.replaceChildren();
    const reader = createSimulatedReader({ cards: [createPivCard({ profile: 'yubikey-5.7' })] });
    const element = document.createElement('wm-diagnostics');
    element.usb = createSimulatedUsb([reader.device]);
    element.simulated = true;
    const events: TestedDetail[] = [];
    element.addEventListener('wm-tested', ({ detail }) => events.push(detail));
    document.body.append(element);
    await element.updateComplete;
    const root = rootOf(element);

    await tabTo(root, words.start.action);
    await userEvent.keyboard('{Enter}');
    await vi.waitFor(() => expect(element.state.kind).toBe('ready'), { timeout: 20_000 });
    await tabTo(root, words.testNamed('Simulated Reader'));
    await userEvent.keyboard(' ');
    await vi.waitFor(() => expect(events).toHaveLength(1), { timeout: 20_000 });
    await element.updateComplete;
    expect(root.activeElement?.id).toBe('results-title');
    expect(events[0]).toMatchObject({ reader: 'Simulated Reader', simulated: true });
    expect(events[0]?.findings).toContain('default-pin');
    expect(textOf(root)).toContain('YubiKey 5.7.1 (PIV)');
    expect(reader.journal.verifiesWithData).toEqual([]);

    const fold = await tabTo(root, words.objectsTitle);
    await userEvent.keyboard('{Enter}');
    expect((fold.parentElement as HTMLDetailsElement).open).toBe(true);
    await tabTo(root, words.logTitle);
    await userEvent.keyboard('{Enter}');
    await tabTo(root, words.logPause);
    await userEvent.keyboard('{Enter}');
    await element.updateComplete;
    expect(textOf(root)).toContain(words.logPaused);
    const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue(undefined);
    await tabTo(root, words.copyReport);
    await userEvent.keyboard('{Enter}');
    await vi.waitFor(() => expect(write).toHaveBeenCalled());
    expect(write.mock.calls[0]?.[0]).toContain('application piv: found');
    vi.restoreAllMocks();
    element.remove();
    await vi.waitFor(async () => expect((await element.usb?.getDevices())?.every((device) => !device.opened)).toBe(true));
  });

  it('shows that the code of the flow could not be fetched, and tries again', async () => {
    document.body.replaceChildren();
    const element = document.createElement('wm-diagnostics');
    let fail = true;
    const parts: { openSources: () => never[] } = {
      openSources: () => {
        if (fail) throw new Error('not to be had');
        return [];
      },
    };
    element.openSources = parts.openSources;
    document.body.append(element);
    await element.look();
    await element.updateComplete;
    expect(textOf(rootOf(element))).toContain(shared.problem.whats['not-loaded'].title);
    fail = false;
    buttonOf(rootOf(element), words.start.action).click();
    await vi.waitFor(() => expect(element.state.kind).toBe('ready'));
  });

  it('takes a flow and lets go of it', async () => {
    const { element, flow } = await mount(ready);
    const other: DiagnosticsFlow | undefined = undefined;
    element.flow = other;
    await element.updateComplete;
    expect(element.state.kind).toBe('start');
    expect(flow.calls).toEqual(['release']);
  });
});
