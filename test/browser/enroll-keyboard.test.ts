import { userEvent } from 'vitest/browser';
import { describe, expect, it } from 'vitest';
import { certificateFingerprints, parseCertificate } from '../../src/crypto/certificates/index.ts';
import { createPivCard, createSimulatedReader, createSimulatedUsb } from '../../src/simulator/index.ts';
import type { WmEnroll, WmEnrollEventMap } from '../../src/ui/wm-enroll/wm-enroll.ts';
import '../../src/ui/wm-enroll/wm-enroll.define.ts';
import { createDemonstrationAuthority } from '../../web/demonstration-ca.ts';
import { toHex } from '../../src/codec/hex.ts';
import { violations } from './axe.ts';
import { rootOf } from './enroll-harness.ts';

const STEP_LIMIT = 60;

/** A whole desk: element, simulated reader with a card, demonstration authority. Nothing is replaced. */
function desk(profile: 'yubikey-5.7' | 'nist'): { readonly element: WmEnroll; readonly enrolled: WmEnrollEventMap['wm-enrolled']['detail'][] } {
  const card = createPivCard({ profile });
  const reader = createSimulatedReader({ cards: [card] });
  const element = document.createElement('wm-enroll');
  element.usb = createSimulatedUsb([reader.device], { granted: false });
  element.simulated = true;
  element.authorities = [createDemonstrationAuthority()];
  const enrolled: WmEnrollEventMap['wm-enrolled']['detail'][] = [];
  element.addEventListener('wm-enrolled', (event) => enrolled.push(event.detail));
  document.body.replaceChildren(element);
  return { element, enrolled };
}

/** Waits until the element shows one of these screens. */
async function screen(element: WmEnroll, ...kinds: readonly string[]): Promise<void> {
  await expect
    .poll(() => (element.state.kind === 'failed' ? JSON.stringify(element.state) : element.state.kind), { timeout: 30_000 })
    .toSatisfy((kind) => kinds.includes(String(kind)));
  await element.updateComplete;
}

const focused = (element: WmEnroll): Element | null => rootOf(element).activeElement;

/** Tab until what has the focus carries these words, or this id. */
async function tabTo(element: WmEnroll, wanted: string | RegExp): Promise<void> {
  for (let step = 0; step < STEP_LIMIT; step++) {
    const now = focused(element);
    const name = now?.getAttribute('aria-label') ?? now?.textContent?.trim() ?? '';
    if (now !== null && (typeof wanted === 'string' ? now.id === wanted || name === wanted : wanted.test(name))) return;
    await userEvent.tab();
  }
  throw new Error(`the keyboard does not get to ${String(wanted)}`);
}

async function press(element: WmEnroll, button: string | RegExp): Promise<void> {
  await tabTo(element, button);
  await userEvent.keyboard('{Enter}');
}

describe('the keyboard alone', () => {
  it('enrolls a certificate on the real flow, the simulated reader and the demonstration authority', { timeout: 120_000 }, async () => {
    const { element, enrolled } = desk('yubikey-5.7');
    const kinds: string[] = [];
    element.addEventListener('wm-state', (event) => kinds.push(event.detail.kind));
    await element.updateComplete;
    await press(element, 'Connect reader');
    await screen(element, 'no-reader');
    expect(focused(element)?.localName).toBe('h2');
    await press(element, /^Choose reader/);
    await screen(element, 'overview');
    expect(rootOf(element).textContent).toContain('Simulated');
    await press(element, 'Choose slot and key');
    await screen(element, 'choose-key');
    await tabTo(element, 'commonName');
    await userEvent.keyboard('Ada Lovelace');
    await tabTo(element, 'upn');
    await userEvent.keyboard('ada@example.com{Enter}');
    await screen(element, 'management-key', 'enter-pin');
    if (element.state.kind === 'management-key') {
      await press(element, 'Continue');
      await screen(element, 'enter-pin');
    }
    await tabTo(element, 'pin');
    await userEvent.keyboard('123456{Enter}');
    await screen(element, 'request-ready');
    await press(element, /^Request from Demonstration/);
    await screen(element, 'certificate-ready');
    expect(rootOf(element).textContent).toContain('nobody trusts it');
    await press(element, /^Store in/);
    await screen(element, 'done', 'enter-pin');
    if (element.state.kind === 'enter-pin') {
      await tabTo(element, 'pin');
      await userEvent.keyboard('123456{Enter}');
      await screen(element, 'done');
    }
    expect(focused(element)?.localName).toBe('h2');
    expect(await violations(element)).toEqual([]);
    const [detail] = enrolled;
    if (detail === undefined) throw new Error('no certificate was reported');
    const certificate = parseCertificate(detail.certificate);
    expect(certificate.subjectText).toBe('CN=Ada Lovelace');
    expect(toHex((await certificateFingerprints(certificate)).sha256)).toBe(detail.fingerprint);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', detail.certificate));
    expect(toHex(digest)).toBe(detail.fingerprint);
    expect(detail).toMatchObject({ place: 'PIV 9A', simulated: true });
    expect(kinds).toContain('generating');
    expect(rootOf(element).innerHTML).not.toContain('123456');
  });

  it('a wrong PIN is told with the tries that are left, and the next one goes on', { timeout: 120_000 }, async () => {
    const { element } = desk('nist');
    await element.updateComplete;
    await press(element, 'Connect reader');
    await screen(element, 'no-reader');
    await press(element, /^Choose reader/);
    await screen(element, 'overview');
    await press(element, 'Choose slot and key');
    await screen(element, 'choose-key');
    await tabTo(element, 'commonName');
    await userEvent.keyboard('Ada{Enter}');
    await screen(element, 'management-key');
    await tabTo(element, 'management-key');
    await userEvent.keyboard(`${'0102030405060708'.repeat(3)}{Enter}`);
    await screen(element, 'enter-pin');
    await tabTo(element, 'pin');
    await userEvent.keyboard('654321{Enter}');
    await expect.poll(() => rootOf(element).querySelector('.mistake')?.textContent, { timeout: 30_000 }).toMatch(/Wrong PIN/);
    expect(focused(element)?.id).toBe('pin');
    await userEvent.keyboard('123456{Enter}');
    await screen(element, 'request-ready');
    await press(element, 'Stop enrollment');
    await press(element, 'Stop');
    await screen(element, 'cancelled');
    expect(rootOf(element).textContent).toContain('A new key was made.');
  });
});
