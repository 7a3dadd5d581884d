import { userEvent } from 'vitest/browser';
import { describe, expect, it } from 'vitest';
import { createPivCard, createSimulatedReader, createSimulatedUsb, type PinPadEntry } from '../../src/simulator/index.ts';
import type { WmEnroll } from '../../src/ui/wm-enroll/wm-enroll.ts';
import { createDemonstrationAuthority } from '../../web/demonstration-ca.ts';
import { buttonOf, find, mount, rootOf } from './enroll-harness.ts';
import { sampleOf } from './enroll-states.ts';

const focusedOf = (root: ShadowRoot): string => root.activeElement?.textContent?.trim() ?? '';

describe('the PIN on the reader', () => {
  it('is what the screen offers first; the field comes only when it is asked for', async () => {
    const { root, flow, element } = await mount(sampleOf('enter-pin: on the reader'));
    expect(root.querySelector('[data-secret]')).toBeNull();
    find<HTMLElement>(root, '.way').focus();
    await userEvent.keyboard('{Enter}');
    await element.updateComplete;
    expect(root.activeElement?.id).toBe('pin');
    flow.put(sampleOf('checking-pin: plain').state);
    await element.updateComplete;
    flow.put(sampleOf('enter-pin: on the reader, timed out').state);
    await element.updateComplete;
    expect(root.activeElement?.id).toBe('pin');
    find<HTMLElement>(root, '.way').focus();
    await userEvent.keyboard('{Enter}');
    await element.updateComplete;
    expect(focusedOf(root)).toBe('Enter the PIN on the reader');
    expect(root.querySelector('[data-secret]')).toBeNull();
    buttonOf(root, 'Enter the PIN on the reader').click();
    expect(flow.calls).toEqual([{ action: 'enterPinOnReader', values: [{}] }]);
  });

  it('without such a reader nothing speaks of it', async () => {
    const { root } = await mount(sampleOf('enter-pin: first'));
    find(root, '#pin');
    expect(root.querySelector('.way')).toBeNull();
    expect(root.textContent).not.toContain('on the reader');
  });

  it('the last try needs consent, which the keyboard can give', async () => {
    const { root, flow, element } = await mount(sampleOf('enter-pin: on the reader, last try'));
    buttonOf(root, 'Enter the PIN on the reader').focus();
    await userEvent.keyboard('{Enter}');
    await element.updateComplete;
    expect(flow.calls).toEqual([]);
    expect(root.activeElement?.getAttribute('name')).toBe('last-try');
    await userEvent.keyboard(' ');
    await userEvent.tab();
    await userEvent.keyboard('{Enter}');
    expect(flow.calls).toEqual([{ action: 'enterPinOnReader', values: [{ lastTryConfirmed: true }] }]);
  });

  it('while the reader waits: what to do, a way to end it; the focus follows each change', async () => {
    const { root, flow, element } = await mount(sampleOf('enter-pin: on the reader'));
    buttonOf(root, 'Enter the PIN on the reader').focus();
    flow.put(sampleOf('pin-on-reader: unlock').state);
    await element.updateComplete;
    expect(focusedOf(root)).toBe('Enter the PIN on the reader');
    expect(root.activeElement?.localName).toBe('h2');
    expect([...root.querySelectorAll('ol.bullets li')]).toHaveLength(2);
    await userEvent.tab();
    expect(focusedOf(root)).toBe('Cancel PIN entry');
    await userEvent.keyboard('{Enter}');
    expect(flow.calls).toEqual([{ action: 'stopPinEntry', values: [] }]);
    flow.put(sampleOf('enter-pin: on the reader, timed out').state);
    await element.updateComplete;
    expect(focusedOf(root)).toBe('Enter the PIN on the reader');
    expect(root.activeElement?.localName).toBe('button');
    const described = root.activeElement?.getAttribute('aria-describedby') ?? '';
    expect(find(root, `#${described}`).textContent).toContain('No PIN was entered in time');
    flow.put(sampleOf('pin-on-reader: once more').state);
    await element.updateComplete;
    flow.put(sampleOf('pin-on-reader: given up').state);
    await element.updateComplete;
    expect(focusedOf(root)).toBe('The PIN is still needed');
    buttonOf(root, 'Ask again on the reader').click();
    expect(flow.calls.at(-1)).toEqual({ action: 'enterPinOnReader', values: [{}] });
  });

  it('changing it: three steps on the reader; entries that differ are said in words of their own', async () => {
    const { root, flow, element } = await mount(sampleOf('change-secret: pin on the reader'));
    expect(find(root, '.mistake').textContent).toMatch(/The new PIN was entered in two ways.*E23/s);
    expect([...root.querySelectorAll('ol.bullets li')]).toHaveLength(3);
    buttonOf(root, 'Change the PIN on the reader').click();
    expect(flow.calls).toEqual([{ action: 'enterPinOnReader', values: [{}] }]);
    find<HTMLElement>(root, '.way').click();
    await element.updateComplete;
    expect([...root.querySelectorAll('[data-secret]')]).toHaveLength(3);
  });

  it('the whole way by keyboard on a simulated reader with keys; nothing of the PIN is in the page', { timeout: 120_000 }, async () => {
    const left: PinPadEntry[] = ['timeout', { pin: '123456' }];
    const reader = createSimulatedReader({
      cards: [createPivCard({ profile: 'yubikey-5.7' })],
      ccid: { bPINSupport: 3, wLcdLayout: 0x0210 },
      pinPad: async () => left.shift() ?? 'cancelled',
    });
    const element: WmEnroll = document.createElement('wm-enroll');
    element.usb = createSimulatedUsb([reader.device]);
    element.simulated = true;
    element.authorities = [createDemonstrationAuthority()];
    document.body.replaceChildren(element);
    await element.updateComplete;
    const root = rootOf(element);
    const to = async (...kinds: readonly string[]): Promise<void> => {
      await expect.poll(() => element.state.kind, { timeout: 30_000 }).toSatisfy((kind) => kinds.includes(String(kind)));
      await element.updateComplete;
    };
    const press = async (words: string): Promise<void> => {
      for (let i = 0; i < 60 && focusedOf(root) !== words; i++) await userEvent.tab();
      expect(focusedOf(root)).toBe(words);
      await userEvent.keyboard('{Enter}');
    };
    await press('Connect reader');
    await to('overview');
    await press('Choose slot and key');
    await to('choose-key');
    for (let i = 0; i < 60 && root.activeElement?.id !== 'commonName'; i++) await userEvent.tab();
    await userEvent.keyboard('Ada{Enter}');
    await to('management-key', 'enter-pin');
    if (element.state.kind === 'management-key') await press('Continue');
    await to('enter-pin');
    await press('Enter the PIN on the reader');
    await expect.poll(() => root.querySelector('.mistake')?.textContent, { timeout: 30_000 }).toMatch(/No PIN was entered in time/);
    expect(focusedOf(root)).toBe('Enter the PIN on the reader');
    await userEvent.keyboard('{Enter}');
    await to('request-ready');
    expect(root.querySelector('[data-secret]')).toBeNull();
    expect(root.innerHTML).not.toContain('123456');
  });
});
