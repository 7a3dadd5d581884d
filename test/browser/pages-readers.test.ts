import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { createSimulatedReader, createSimulatedUsb, OTHER_PROGRAM, type SimulatedReader, type SimulatedUsb } from '../../src/simulator/index.ts';
import type { OpenSources } from '../../src/app/sources.ts';
import type { ReaderSource } from '../../src/channel/types.ts';
import { readers as words } from '../../src/ui/messages/en/readers.ts';
import { shared } from '../../src/ui/messages/en/shared.ts';
import '../../src/ui/wm-readers/wm-readers.define.ts';
import type { ReaderUseDetail, WmReaders } from '../../src/ui/wm-readers/wm-readers.ts';
import { ToyCard } from '../unit/simulator/reader/toy-card.ts';

let element: WmReaders;
let host: HTMLElement;

beforeEach(() => {
  host = document.createElement('main');
  document.body.append(host);
});

afterEach(() => {
  host.remove();
  document.documentElement.style.removeProperty('color-scheme');
});

function show(set: Partial<Pick<WmReaders, 'usb' | 'simulated' | 'openSources'>>): void {
  element = document.createElement('wm-readers');
  Object.assign(element, set);
  host.append(element);
}

const reader = (productName: string, interfaceClass: 0x0b | 0xff = 0x0b): SimulatedReader =>
  createSimulatedReader({ productName, interfaceClass, productId: interfaceClass, cards: [new ToyCard()] });

/** Readers as an ordinary page meets them. */
const ordinary = (readers: readonly SimulatedReader[], granted = true): SimulatedUsb =>
  createSimulatedUsb(
    readers.map(({ device }) => device),
    { ordinaryPage: true, granted },
  );

const text = (): string => element.shadowRoot?.textContent?.replace(/\s+/g, ' ') ?? '';

/** axe's findings for the element, in light and dark and at two widths. */
async function violations(): Promise<string[]> {
  const found: string[] = [];
  for (const scheme of ['light', 'dark']) {
    document.documentElement.style.colorScheme = scheme;
    document.body.style.background = scheme === 'dark' ? '#10151a' : '#f3f5f7';
    for (const width of [360, 1100]) {
      await page.viewport(width, 900);
      const { violations: list } = await axe.run(element, { rules: { region: { enabled: false } } });
      found.push(...list.map((item) => `${scheme} ${width}: ${item.id} ${item.nodes.map((node) => node.html).join(' ')}`));
      expect(element.scrollWidth, `${scheme} ${width}`).toBeLessThanOrEqual(element.clientWidth);
    }
  }
  return found;
}

describe('wm-readers', () => {
  it('asks for nothing before the button is pressed, and then says what each reader is good for', async () => {
    const usb = ordinary([reader('Standard reader'), reader('Vendor reader', 0xff)]);
    let asked = 0;
    const counting = new Proxy(usb, {
      get: (target, name) => {
        if (name === 'getDevices') asked++;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    show({ usb: counting });
    await element.updateComplete;
    expect(asked).toBe(0);
    expect(await violations()).toEqual([]);
    await userEvent.click(page.getByRole('button', { name: words.start.action }));
    await expect.poll(text).toContain(shared.access.notUsable);
    expect(text()).toContain('Standard reader');
    expect(text()).toContain(shared.access.reasons['protected-class'].title);
    expect(text()).toContain(shared.access.remedies['isolated-web-app'].text);
    await expect.poll(text).toContain(shared.access.usable);
    expect(element.shadowRoot?.querySelectorAll('.readers > li')).toHaveLength(2);
    expect(await violations()).toEqual([]);
  });

  it('names a usable reader to the page by event, and holds nothing', async () => {
    const usable = reader('Vendor reader', 0xff);
    show({ usb: ordinary([usable]), simulated: true });
    const used: ReaderUseDetail[] = [];
    host.addEventListener('wm-reader-use', (event) => used.push((event as CustomEvent<ReaderUseDetail>).detail));
    await element.look();
    await userEvent.click(page.getByRole('button', { name: `${words.use}: Vendor reader` }));
    expect(used).toEqual([{ id: expect.any(String) as string, name: 'Vendor reader', simulated: true }]);
    expect(text()).toContain(shared.simulated);
    expect(usable.device.claim(usable.interfaceNumber, OTHER_PROGRAM)).toBe(true);
    expect(usable.journal.apdus).toEqual([]);
  });

  it('follows the cable', async () => {
    const one = reader('Vendor reader', 0xff);
    const usb = ordinary([one]);
    show({ usb });
    await element.look();
    await expect.poll(text).toContain('Vendor reader');
    usb.unplug(one.device);
    await expect.poll(text).toContain(words.none.title);
    expect(await violations()).toEqual([]);
    usb.plug(one.device);
    await expect.poll(text).toContain(shared.access.usable);
  });

  it('no choice at the chooser is no mistake; a choice is listed', async () => {
    const one = reader('Vendor reader', 0xff);
    let answer = false;
    show({
      usb: createSimulatedUsb([one.device], { ordinaryPage: true, granted: false, choose: (devices) => (answer ? (devices[0] ?? null) : null) }),
    });
    await element.look();
    await expect.poll(text).toContain(words.none.title);
    await userEvent.click(page.getByRole('button', { name: words.add }));
    await expect.poll(text).toContain(words.nothingChosen);
    expect(await violations()).toEqual([]);
    answer = true;
    await userEvent.click(page.getByRole('button', { name: words.add }));
    await expect.poll(text).toContain(shared.access.usable);
  });

  it('a source that fails is a problem in words, not silence', async () => {
    const broken: ReaderSource = {
      kind: 'webusb',
      list: () => Promise.reject(new DOMException('no', 'SecurityError')),
      request: () => Promise.reject(new DOMException('no', 'SecurityError')),
      onChange: () => () => {},
      access: () => Promise.reject(new Error('no')),
    };
    const openSources: OpenSources = () => [broken];
    show({ openSources });
    await element.look();
    await expect.poll(text).toContain(shared.problem.nextTitle);
    expect(await violations()).toEqual([]);
  });

  it('the keyboard alone looks, and the focus goes to the new heading', async () => {
    show({ usb: ordinary([reader('Vendor reader', 0xff)]) });
    await element.updateComplete;
    await userEvent.keyboard('{Tab}');
    expect(element.shadowRoot?.activeElement?.textContent?.trim()).toBe(words.start.action);
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => element.shadowRoot?.activeElement?.textContent?.trim()).toBe(words.title);
    await expect.poll(text).toContain(shared.access.usable);
    await userEvent.keyboard('{Tab}');
    expect(element.shadowRoot?.activeElement?.getAttribute('aria-label')).toBe(`${words.use}: Vendor reader`);
  });

  it('axe can fail here', async () => {
    show({ usb: ordinary([]) });
    await element.updateComplete;
    element.shadowRoot?.querySelector('.root')?.append(document.createElement('button'));
    expect(await violations()).not.toEqual([]);
  });
});
