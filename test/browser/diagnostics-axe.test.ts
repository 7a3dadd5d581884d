import { page } from 'vitest/browser';
import { afterEach, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { mount, openFolds } from './diagnostics-harness.ts';
import { sampleOf, samples } from './diagnostics-samples.ts';
import { find } from './enroll-harness.ts';

afterEach(() => {
  document.documentElement.style.colorScheme = '';
  document.documentElement.dir = '';
});

describe('every state of diagnostics is accessible', () => {
  it.each([
    ['light', 1200],
    ['light', 360],
    ['dark', 1200],
    ['dark', 360],
  ] as const)('in %s, %i pixels wide, folded and unfolded: axe finds nothing', { timeout: 240_000 }, async (scheme, width) => {
    await page.viewport(width, 900);
    document.documentElement.style.colorScheme = scheme;
    document.body.style.background = 'Canvas';
    const found: string[] = [];
    for (const sample of samples) {
      const { element, root } = await mount(sample);
      if (width === 1200 && scheme === 'light') found.push(...(await violations(element)).map((line) => `${sample.name}: ${line}`));
      openFolds(root);
      found.push(...(await violations(element)).map((line) => `${sample.name}, open: ${line}`));
    }
    expect(found).toEqual([]);
    expect(samples.length).toBeGreaterThan(18);
  });

  it('a planted fault is caught', async () => {
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
        const { element, root } = await mount(sample);
        openFolds(root);
        const panel = find(root, '[part="panel"]').getBoundingClientRect();
        const out = [...root.querySelectorAll<HTMLElement>('[part="panel"] *')].filter((each) => {
          const box = each.getBoundingClientRect();
          return box.width > 1 && each.closest('.visually-hidden, .scroller') === null && (box.right > panel.right + 1 || box.left < panel.left - 1);
        });
        if (element.scrollWidth > element.clientWidth || out.length > 0)
          wide.push(`${dir} ${sample.name}: ${out.map((each) => `${each.localName}.${each.className}`).join(' ')}`);
      }
    }
    expect(wide).toEqual([]);
  });
});
