import { html, render, type TemplateResult } from 'lit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AccessReason, AccessRemedy } from '../../src/app/index.ts';
import { shared } from '../../src/ui/messages/en/shared.ts';
import {
  accessView,
  certificateView,
  download,
  fileName,
  holderName,
  icon,
  ICON_NAMES,
  type Kit,
  nameView,
  problemView,
  WmElement,
} from '../../src/ui/parts/index.ts';
import { violations } from './axe.ts';
import { find, rootOf } from './enroll-harness.ts';
import { cardRemoved, certificate, expiredCertificate } from './enroll-samples.ts';

/** The smallest element on the shared base. */
class TestElement extends WmElement<'shared'> {
  protected override readonly english = { shared };
  protected override view(): TemplateResult {
    return html`<h2>${this.shared.simulated}</h2>
      ${this.copyButton('3B 00', 'Copy: ATR')}`;
  }
}
customElements.define('test-element', TestElement);

async function mounted(attributes: Readonly<Record<string, string>> = {}, parent: ParentNode = document.body): Promise<TestElement> {
  const element = new TestElement();
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  await element.updateComplete;
  return element;
}

const title = (element: Element): string => find(rootOf(element), 'h2').textContent ?? '';
const kit: Kit = { shared, language: 'en', copyButton: (text) => html`<button>${text}</button>` };

/** A view in a box of its own. */
function shown(view: unknown): HTMLElement {
  const box = document.createElement('div');
  document.body.append(box);
  render(
    html`<h2>Title</h2>
      ${view}`,
    box,
  );
  return box;
}

beforeEach(() => document.body.replaceChildren());
afterEach(() => {
  document.documentElement.lang = 'en';
  vi.restoreAllMocks();
});

describe('language', () => {
  it('is that of the nearest lang attribute, out of shadow trees too, and English otherwise', async () => {
    expect(title(await mounted())).toBe('Simulated');
    expect(title(await mounted({ lang: 'de-CH' }))).toBe('Simuliert');
    expect(title(await mounted({ lang: 'fr' }))).toBe('Simulated');
    const outer = document.createElement('div');
    outer.lang = 'de';
    document.body.append(outer);
    const inner = await mounted({}, outer.attachShadow({ mode: 'open' }));
    expect(title(inner)).toBe('Simuliert');
    expect(find(rootOf(inner), '.root').lang).toBe('de');
  });

  it('follows the attribute and the page, and never shows English first where German is asked for', async () => {
    document.documentElement.lang = 'de';
    const element = await mounted();
    expect(title(element)).toBe('Simuliert');
    document.documentElement.lang = 'en';
    await expect.poll(() => title(element)).toBe('Simulated');
    element.lang = 'de';
    await element.updateComplete;
    expect(title(element)).toBe('Simuliert');
  });
});

describe('copy button', () => {
  it('copies, says so for a moment, and speaks', async () => {
    const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    const root = rootOf(await mounted());
    const button = find<HTMLButtonElement>(root, 'button');
    expect(button.getAttribute('aria-label')).toBe('Copy: ATR');
    button.click();
    await expect.poll(() => button.textContent?.trim()).toBe('Copied');
    expect(write.mock.calls).toEqual([['3B 00']]);
    expect(find(root, '[role="status"]').textContent).toBe('Copied');
  });

  it('says when the browser refuses', async () => {
    vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new DOMException('no', 'NotAllowedError'));
    const root = rootOf(await mounted());
    find<HTMLButtonElement>(root, 'button').click();
    await expect.poll(() => find(root, '[role="status"]').textContent).toBe('Not copied');
  });
});

describe('problem', () => {
  it('says how the card is, what can be done, the code, and the codes for support', () => {
    const text = shown(problemView(kit, cardRemoved)).textContent ?? '';
    for (const expected of [
      shared.problem.cardStates['key-replaced-certificate-stale'],
      shared.problem.nexts['insert-card'],
      shared.problem.nexts.reconnect,
      'Code for your support: L03',
      'bStatus 42, bError FE',
      'card-edge:channel > channel:card-removed > ccid:no-card',
    ])
      expect(text).toContain(expected);
  });
});

describe('access', () => {
  it('words every reason and every remedy, with its command to copy', async () => {
    const { reasons, remedies } = shared.access;
    const all = Object.keys(remedies) as AccessRemedy[];
    for (const reason of Object.keys(reasons) as AccessReason[]) {
      const box = shown(accessView(kit, { reason, reachable: reason === 'ready', remedies: all }, { withTitle: true }));
      const text = box.textContent ?? '';
      expect(text).toContain(reasons[reason].title);
      expect(text).toContain(reasons[reason].text);
      for (const remedy of all) expect(text).toContain(remedies[remedy].text);
      expect(box.querySelectorAll('.command').length).toBe(all.filter((remedy) => remedies[remedy].command !== undefined).length);
      box.remove();
    }
    expect(await violations(shown(accessView(kit, { reason: 'in-use', reachable: false, remedies: all })))).toEqual([]);
  });
});

describe('certificate', () => {
  it('shows who, from whom, until when, and the fingerprint in pairs', () => {
    const text = shown(certificateView(kit, certificate)).textContent?.replace(/\s+/g, ' ') ?? '';
    for (const expected of [
      'CN=Ada Lovelace, OU=Analysis',
      '25 November 2027',
      'Valid',
      'smart card sign-in (Windows)',
      '3B 1E 0A 97',
      '1,041 bytes',
      '1.3.6.1.4.1.99999.1',
    ])
      expect(text).toContain(expected);
    expect(shown(certificateView(kit, expiredCertificate)).textContent).toContain('Expired');
  });

  it.each([
    ['CN=Ada Lovelace,O=X', 'Ada Lovelace'],
    ['O=X,CN=Lovelace\\, Ada', 'Lovelace, Ada'],
    ['O=X', 'O=X'],
    ['CN=#0c0141', 'CN=#0c0141'],
    ['', ''],
  ])('the holder of %j is %j', (name, holder) => expect(holderName(name)).toBe(holder));

  it('keeps the parts of a name apart, and escaped commas together', () => {
    const parts = [...shown(nameView('CN=Lovelace\\, Ada,O=شركة المثال')).querySelectorAll('bdi')].map((part) => part.textContent);
    expect(parts).toEqual(['CN="Lovelace, Ada"', 'O=شركة المثال']);
  });

  it.each([
    ['CN=R\\26D \\C3\\A4 \\#1', ['CN=R&D ä #1']],
    ['CN=Example Inc\\.,O=a\\=b', ['CN=Example Inc.', 'O=a=b']],
    // What could pass for another part, or can't be seen, stays marked.
    ['CN=Ada\\",O=Bank,C=DE', ['CN="Ada\\""', 'O=Bank', 'C=DE']],
    ['CN=Ada\\+OU\\=Bank+SERIALNUMBER=7', ['CN="Ada+OU=Bank"+SERIALNUMBER=7']],
    ['CN=a\\0Ab\\E2\\80\\AEc\\FF', ['CN=a\\0Ab\\E2\\80\\AEc\\FF']],
    ['1.2.3=#04024869', ['1.2.3=#04024869']],
  ])('a name is shown without the backslashes of its text form: %s', (text, expected) => {
    expect([...shown(nameView(text)).querySelectorAll('bdi')].map((part) => part.textContent)).toEqual(expected);
  });
});

describe('small parts', () => {
  it('icons are hidden from assistive technology', () => {
    for (const name of ICON_NAMES) expect(find(shown(icon(name)), 'svg').getAttribute('aria-hidden'), name).toBe('true');
  });

  it('a file gets a name that is safe everywhere', async () => {
    expect(fileName('Ada Lovelace', 'cer')).toBe('Ada-Lovelace.cer');
    expect(fileName('../../etc/passwd', 'cer')).toBe('etc-passwd.cer');
    expect(fileName('محمد', 'csr')).toBe('file.csr');
    const blobs: Blob[] = [];
    vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => (blobs.push(blob as Blob), 'blob:test'));
    const clicked = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined);
    download('a.cer', 'application/pkix-cert', new Uint8Array([0x30, 0x00]));
    expect(clicked).toHaveBeenCalledOnce();
    expect([...new Uint8Array((await blobs[0]?.arrayBuffer()) ?? new ArrayBuffer(0))]).toEqual([0x30, 0]);
  });
});
