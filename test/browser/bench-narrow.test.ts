import { afterEach, beforeAll, expect, it } from 'vitest';
import type { Bench } from '../../web/simulator-bench/bench.ts';
import { BENCH_PROFILES, FIRST_STATE } from '../../web/simulator-bench/bench-store.ts';
import { SimulatorBench } from '../../web/simulator-bench/simulator-bench.ts';
import { find, rootOf } from './enroll-harness.ts';

/* The simulated reader's panel on the narrowest telephones: nothing in it reaches over its edge, in either language. */

beforeAll(() => customElements.define('bench-under-test', SimulatorBench));
afterEach(() => document.body.replaceChildren());

/** The panel in a column of this width. */
async function panel(columnPx: number, lang: string, profile: (typeof BENCH_PROFILES)[number]): Promise<HTMLElement> {
  const element = document.createElement('bench-under-test') as SimulatorBench;
  element.lang = lang;
  element.style.inlineSize = `${columnPx}px`;
  element.bench = { state: { ...FIRST_STATE, on: true, profile }, subscribe: () => () => undefined } as unknown as Bench;
  document.body.append(element);
  await element.updateComplete;
  return find(rootOf(element), '.panel');
}

/** What reaches over the inner edge of the panel. */
function over(box: HTMLElement): string[] {
  const inner = box.getBoundingClientRect().right - parseFloat(getComputedStyle(box).paddingInlineEnd);
  return [...box.querySelectorAll('*')].filter((each) => each.getBoundingClientRect().right > inner).map((each) => each.tagName);
}

// The pages leave 16 px at either side of 320 and 360 px.
it.each([320, 360].flatMap((width) => ['de', 'en'].flatMap((lang) => BENCH_PROFILES.map((profile) => [width, lang, profile] as const))))(
  '%i px, %s, %s',
  async (width, lang, profile) => {
    const box = await panel(width - 32, lang, profile);
    expect(find(box, 'h2').textContent).toBe(lang === 'de' ? 'Simulierter Kartenleser' : 'Simulated reader');
    expect(over(box)).toEqual([]);
    find(box, 'select').style.minInlineSize = '20rem';
    expect(over(box)).toContain('SELECT');
  },
);
