import type { Locator, Page } from 'playwright';
import { expect } from 'vitest';
import { enroll as words } from '../../src/ui/messages/en/enroll.ts';
import { shared } from '../../src/ui/messages/en/shared.ts';

/** What a person enrolls. */
export interface Wish {
  readonly purpose: 'authentication' | 'signature';
  readonly place: 'PIV 9A' | 'PIV 9C';
  readonly keyType: 'P-256' | 'RSA-2048';
  readonly name: string;
  readonly pin: string;
}

/** What the last screen shows, bare hexadecimal. */
export type Shown = { readonly fingerprint: string };

const placeName = ({ purpose, place }: Wish): string => shared.placeName({ purpose, place });

async function shown(page: Page, wish: Wish): Promise<Shown> {
  await page.getByRole('heading', { name: words.done.title(placeName(wish)) }).waitFor({ timeout: 60_000 });
  const text = await page.locator('.fingerprint').first().innerText();
  return { fingerprint: text.replace(/\s/g, '').toLowerCase() };
}

/** From the first screen to the last by clicking, through the page's own controls. */
export async function enrollByMouse(
  page: Page,
  wish: Wish,
  {
    authority = words.request.authorityNames['demonstration'] ?? '',
    connected = false,
  }: { readonly authority?: string; readonly connected?: boolean } = {},
): Promise<Shown> {
  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
  const field = (name: string): Locator => page.getByRole('textbox', { name, exact: true });
  if (!connected) await press(words.start.action);
  await press(words.overview.action);
  await page.getByRole('radio', { name: `${shared.purposes[wish.purpose]} ${wish.place}` }).check();
  await page.getByRole('combobox', { name: words.chooseKey.keyType }).selectOption(wish.keyType);
  await field(words.chooseKey.commonName).fill(wish.name);
  await press(words.chooseKey.action);
  await page.getByRole('radio', { name: words.managementKey.modes.default.title }).check();
  await press(words.managementKey.action);
  await field(words.pin.label).fill(wish.pin);
  await press(words.pin.action);
  await press(words.request.issueBy(authority));
  await press(words.certificateReady.action(placeName(wish)));
  return shown(page, wish);
}

/** The element that has the focus, through all shadow trees: its role in a word, and its name. */
function focused(page: Page): Promise<{ readonly kind: string; readonly name: string; readonly value: string }> {
  return page.evaluate(() => {
    let at: Element | null = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    const control = at as (HTMLInputElement & Element) | null;
    const label = control?.labels?.[0]?.textContent;
    const name = control?.getAttribute('aria-label') ?? label ?? control?.textContent ?? '';
    return {
      kind: control === null ? '' : `${control.localName}${control.localName === 'input' ? ` ${control.type}` : ''}`,
      name: name.replace(/\s+/g, ' ').trim(),
      value: control?.value ?? '',
    };
  });
}

/** Presses Tab until the focus is on a control of this kind and name. */
async function tabTo(page: Page, kind: string, name: string | RegExp): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < 60; i++) {
    const now = await focused(page);
    if (now.kind === kind && (typeof name === 'string' ? now.name === name : name.test(now.name))) return;
    passed.push(`${now.kind} "${now.name}"`);
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not reach ${kind} ${String(name)}; it met: ${[...new Set(passed)].join(', ')}`);
}

/** The same by the keyboard alone: Tab, arrows, Enter and letters. */
export async function enrollByKeyboard(page: Page, wish: Wish): Promise<Shown> {
  const press = async (name: string): Promise<void> => {
    await page.getByRole('button', { name, exact: true }).waitFor({ timeout: 30_000 });
    await tabTo(page, 'button', name);
    await page.keyboard.press('Enter');
  };
  await press(words.start.action);
  await press(words.overview.action);
  await page.getByRole('heading', { name: words.chooseKey.title }).waitFor();
  await tabTo(page, 'input radio', /PIV/);
  for (let i = 0; !(await focused(page)).name.includes(wish.place) && i < 10; i++) await page.keyboard.press('ArrowDown');
  expect(await page.getByRole('radio', { checked: true }).first().getAttribute('value')).toBe((await focused(page)).value);
  await tabTo(page, 'select', /./);
  await page.keyboard.type(wish.keyType);
  expect((await focused(page)).value).toBe(wish.keyType);
  await tabTo(page, 'input text', new RegExp(`^${words.chooseKey.commonName}`));
  await page.keyboard.type(wish.name);
  await press(words.chooseKey.action);
  await page.getByRole('heading', { name: words.managementKey.title, exact: true }).waitFor();
  await tabTo(page, 'input radio', new RegExp(`^${words.managementKey.modes.default.title}`));
  await press(words.managementKey.action);
  await page.getByRole('heading', { name: words.pin.title }).waitFor();
  await tabTo(page, 'input password', words.pin.label);
  await page.keyboard.type(wish.pin);
  await page.keyboard.press('Enter');
  await press(words.request.issueBy(words.request.authorityNames['demonstration'] ?? ''));
  await press(words.certificateReady.action(placeName(wish)));
  return shown(page, wish);
}
