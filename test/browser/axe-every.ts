import { page } from 'vitest/browser';
import { expect, it } from 'vitest';
import { violations } from './axe.ts';

/* What each element proves of each of its states: the same questions, asked once. */

export interface Shown {
  readonly element: HTMLElement & { readonly updateComplete: Promise<boolean> };
  readonly root: ShadowRoot;
}

export interface Every<Sample extends { readonly name: string }> {
  readonly samples: readonly Sample[];
  readonly mount: (sample: Sample) => Promise<Shown>;
  /** Parts that may be wider than the element: what scrolls by itself, and what is not seen. */
  readonly mayBeWider: string;
}

const LANGUAGES = ['en', 'de'] as const;

export function openFolds(root: ParentNode): void {
  for (const fold of root.querySelectorAll('details')) fold.open = true;
}

/** The page as it was. */
export function plainPage(): void {
  document.documentElement.removeAttribute('style');
  document.documentElement.removeAttribute('dir');
  document.documentElement.lang = 'en';
}

/** Parts of an element that stick out of its panel, or of the window. */
function sticksOut({ root }: Shown, mayBeWider: string): string[] {
  const panel = root.querySelector('[part="panel"]')?.getBoundingClientRect();
  if (panel === undefined) throw new Error('no panel');
  const out = [...root.querySelectorAll<HTMLElement>('[part="panel"] *')].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width > 1 && each.closest(mayBeWider) === null && (box.right > panel.right + 1 || box.left < panel.left - 1);
  });
  const { scrollWidth, clientWidth } = document.documentElement;
  return [...out.map((each) => `${each.localName}.${each.className}`), ...(scrollWidth > clientWidth ? ['the window scrolls'] : [])];
}

/** Declares the tests. */
export function everyStateIsAccessible<Sample extends { readonly name: string }>({ samples, mount, mayBeWider }: Every<Sample>): void {
  it.each(LANGUAGES.flatMap((language) => ['light', 'dark'].flatMap((scheme) => [1200, 360].map((width) => [language, scheme, width] as const))))(
    '%s, %s, %i pixels wide, folded and unfolded: axe finds nothing',
    { timeout: 240_000 },
    async (language, scheme, width) => {
      await page.viewport(width, 900);
      document.documentElement.lang = language;
      document.documentElement.style.colorScheme = scheme;
      document.body.style.background = 'Canvas';
      const found: string[] = [];
      for (const sample of samples) {
        const { element, root } = await mount(sample);
        expect(root.querySelector('.root')?.getAttribute('lang')).toBe(language);
        const look = async (how: string): Promise<void> => {
          found.push(...(await violations(element)).map((line) => `${sample.name}${how}: ${line}`));
        };
        await look('');
        if (width !== 1200 || root.querySelector('details') === null) continue;
        openFolds(root);
        await look(', open');
      }
      expect(found).toEqual([]);
      expect(samples.length).toBeGreaterThan(18);
    },
  );

  it('a planted fault is caught: a picture without words, a pale text, a field without label', async () => {
    const [first] = samples;
    if (first === undefined) throw new Error('no samples');
    const { element, root } = await mount(first);
    const planted = document.createElement('div');
    planted.innerHTML = '<img src="data:,"><p style="color:#ccc;background:#fff">pale</p><input>';
    root.append(planted);
    const found = (await violations(element)).map((line) => line.split(':')[0]);
    expect(new Set(found)).toEqual(new Set(['image-alt', 'color-contrast', 'label']));
  });

  it.each(LANGUAGES)('%s: nothing sticks out at 320 pixels, in either direction of writing', { timeout: 60_000 }, async (language) => {
    await page.viewport(320, 900);
    document.documentElement.lang = language;
    const wide: string[] = [];
    for (const dir of ['ltr', 'rtl']) {
      document.documentElement.dir = dir;
      for (const sample of samples) {
        const shown = await mount(sample);
        openFolds(shown.root);
        const out = sticksOut(shown, mayBeWider);
        if (out.length > 0) wide.push(`${dir} ${sample.name}: ${out.join(' ')}`);
      }
    }
    expect(wide).toEqual([]);
    document.documentElement.dir = 'ltr';
    const [first] = samples;
    if (first === undefined) throw new Error('no samples');
    const shown = await mount(first);
    const lead = shown.root.querySelector<HTMLElement>('.lead');
    if (lead === null) throw new Error('nothing to plant the fault in');
    lead.style.width = '30rem';
    expect(sticksOut(shown, mayBeWider)).toContain('p.lead');
  });
}
