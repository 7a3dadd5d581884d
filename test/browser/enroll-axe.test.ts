import { page } from 'vitest/browser';
import { afterEach, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { everyStateIsAccessible, plainPage } from './axe-every.ts';
import { find, mount } from './enroll-harness.ts';
import { sampleOf, samples } from './enroll-states.ts';

afterEach(plainPage);

describe('every screen is accessible', () => {
  everyStateIsAccessible({ samples, mount, mayBeWider: '.visually-hidden, pre, dialog' });

  it('also with the question before stopping', async () => {
    await page.viewport(1100, 900);
    const { element, root } = await mount(sampleOf('request-ready: none'));
    find<HTMLElement>(root, '.stop button').click();
    expect(find<HTMLDialogElement>(root, 'dialog').open).toBe(true);
    expect(await violations(element)).toEqual([]);
  });
});
