import { page } from 'vitest/browser';
import { afterEach, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { find, mount } from './enroll-harness.ts';
import { sampleOf, samples } from './enroll-states.ts';

/** Elements that stick out to the right of the window. */
function overflow(): number {
  return document.documentElement.scrollWidth - document.documentElement.clientWidth;
}

afterEach(() => {
  document.documentElement.style.colorScheme = '';
  document.documentElement.dir = '';
});

describe('every screen is accessible', () => {
  it.each([
    ['light', 1100],
    ['light', 360],
    ['dark', 1100],
    ['dark', 360],
  ] as const)('in %s, %i pixels wide: axe finds nothing', { timeout: 240_000 }, async (scheme, width) => {
    await page.viewport(width, 900);
    document.documentElement.style.colorScheme = scheme;
    document.body.style.background = 'Canvas';
    const found: string[] = [];
    for (const sample of samples) {
      const { element } = await mount(sample);
      found.push(...(await violations(element)).map((line) => `${sample.name}: ${line}`));
    }
    expect(found).toEqual([]);
    expect(samples.length).toBeGreaterThan(60);
  });

  it('also with every fold open, and with the question before stopping', async () => {
    await page.viewport(1100, 900);
    const found: string[] = [];
    for (const name of ['choose-reader: many', 'request-ready: demonstration', 'failed: card removed', 'done: simulated', 'choose-key: crowded']) {
      const { element, root } = await mount(sampleOf(name));
      for (const fold of root.querySelectorAll('details')) fold.open = true;
      found.push(...(await violations(element)));
    }
    const { element, root } = await mount(sampleOf('request-ready: none'));
    find<HTMLElement>(root, '.stop button').click();
    expect(find<HTMLDialogElement>(root, 'dialog').open).toBe(true);
    found.push(...(await violations(element)));
    expect(found).toEqual([]);
  });

  it('a planted fault is caught: a picture without words, a pale text, a field without label', async () => {
    const { element, root } = await mount(sampleOf('start: plain'));
    const planted = document.createElement('div');
    planted.innerHTML = '<img src="data:,"><p style="color:#ccc;background:#fff">pale</p><input>';
    root.append(planted);
    const found = (await violations(element)).map((line) => line.split(':')[0]);
    expect(new Set(found)).toEqual(new Set(['image-alt', 'color-contrast', 'label']));
  });

  it('nothing sticks out at 320 pixels, in either direction of writing', async () => {
    await page.viewport(320, 900);
    const wide: string[] = [];
    for (const dir of ['ltr', 'rtl']) {
      document.documentElement.dir = dir;
      for (const sample of samples) {
        const { root } = await mount(sample);
        const panel = find(root, '.panel').getBoundingClientRect();
        const out = [...root.querySelectorAll<HTMLElement>('.panel *')].filter((each) => {
          const box = each.getBoundingClientRect();
          return (
            box.width > 1 && each.closest('.visually-hidden, pre, dialog') === null && (box.right > panel.right + 1 || box.left < panel.left - 1)
          );
        });
        if (overflow() > 0 || out.length > 0)
          wide.push(`${dir} ${sample.name}: ${out.map((each) => `${each.localName}.${each.className}`).join(' ')}`);
      }
    }
    expect(wide).toEqual([]);
    const { root } = await mount(sampleOf('start: plain'));
    document.documentElement.dir = 'ltr';
    find(root, '.lead').style.width = '30rem';
    document.body.style.width = '30rem';
    expect(overflow()).toBeGreaterThan(0);
    document.body.style.width = '';
  });
});
