import { describe, expect, it } from 'vitest';
import type { SecretChange } from '../../src/app/enrollment/state.ts';
import { buttonOf, fill, find, mount, type Mounted } from './enroll-harness.ts';
import { sampleOf } from './enroll-states.ts';

const EVENTS = ['wm-enrolled', 'wm-state', 'wm-before-overwrite', 'wm-request', 'input', 'change', 'submit'];

/** Every place in and around the element where text can stay: markup, values, properties that are not private, events. */
function textsOf({ element, root }: Mounted, events: readonly unknown[]): string {
  const values = [...root.querySelectorAll<HTMLInputElement>('input, textarea')].map((field) => `${field.value} ${field.defaultValue}`);
  const own = Object.entries(element).filter(([key]) => key !== 'flow');
  const seen = new WeakSet<object>();
  const properties = JSON.stringify(own, (_key, value: unknown) => {
    if (typeof value === 'function' || value instanceof Node) return undefined;
    if (typeof value === 'object' && value !== null) {
      if (seen.has(value)) return undefined;
      seen.add(value);
    }
    return value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  });
  return [document.documentElement.outerHTML, root.innerHTML, properties, JSON.stringify(events), location.href, ...values].join('\n');
}

function record(target: EventTarget): unknown[] {
  const seen: unknown[] = [];
  for (const name of EVENTS) target.addEventListener(name, (event) => seen.push(name, event instanceof CustomEvent ? (event.detail as unknown) : ''));
  return seen;
}

function bytesOf(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

describe('secrets', () => {
  it('a PIN leaves its field for the flow and stays nowhere else', async () => {
    const mounted = await mount(sampleOf('enter-pin: first'));
    const { root, flow, element } = mounted;
    const events = record(element);
    buttonOf(root, 'Show').click();
    await element.updateComplete;
    fill(root, '#pin', '73914628');
    expect(textsOf(mounted, events)).toContain('73914628');
    buttonOf(root, 'Continue').click();
    await element.updateComplete;
    expect(flow.calls.map(({ action }) => action)).toEqual(['submitPin']);
    expect([...(flow.calls[0]?.values[0] as Uint8Array)]).toEqual(bytesOf('73914628'));
    expect(textsOf(mounted, events)).not.toContain('73914628');
    flow.put(sampleOf('checking-pin: plain').state);
    await element.updateComplete;
    flow.put(sampleOf('enter-pin: wrong').state);
    await element.updateComplete;
    expect(textsOf(mounted, events)).not.toContain('73914628');
    expect(find<HTMLInputElement>(root, '#pin').type).toBe('password');
  });

  it('a planted leak is caught: in an event, in an attribute, in a field, in a property', async () => {
    const mounted = await mount(sampleOf('enter-pin: first'));
    const events = record(mounted.element);
    expect(textsOf(mounted, events)).not.toContain('73914628');
    mounted.element.dispatchEvent(new CustomEvent('wm-state', { detail: { pin: '73914628' } }));
    expect(textsOf(mounted, events)).toContain('73914628');
    mounted.root.querySelector('#pin')?.setAttribute('data-pin', '11223344');
    expect(textsOf(mounted, events)).toContain('11223344');
    find<HTMLInputElement>(mounted.root, '#pin').value = '55667788';
    expect(textsOf(mounted, events)).toContain('55667788');
    Object.assign(mounted.element, { last: new TextEncoder().encode('99887766') });
    expect(textsOf(mounted, events)).toContain('99887766');
  });

  it('a PIN of impossible length, or a last try without consent, is not handed on', async () => {
    const { root, flow, element } = await mount(sampleOf('enter-pin: last try'));
    fill(root, '#pin', '12345');
    buttonOf(root, 'Continue').click();
    await element.updateComplete;
    expect(flow.calls).toEqual([]);
    expect(find<HTMLInputElement>(root, '#pin').value).toBe('');
    expect(root.textContent).toContain('It was not sent');
    fill(root, '#pin', '123456');
    buttonOf(root, 'Continue').click();
    await element.updateComplete;
    expect(flow.calls).toEqual([]);
    find<HTMLInputElement>(root, '[name="last-try"]').checked = true;
    buttonOf(root, 'Continue').click();
    expect(flow.calls.map(({ values }) => values[1])).toEqual([{ lastTryConfirmed: true }]);
  });

  it('changing a PIN: two entries that differ, the same value again, and then the bytes', async () => {
    const mounted = await mount(sampleOf('change-secret: pin'));
    const { root, flow, element } = mounted;
    const type = (current: string, next: string, repeat: string): void => {
      fill(root, '#current', current);
      fill(root, '#next', next);
      fill(root, '#repeat', repeat);
      buttonOf(root, 'Change PIN').click();
    };
    type('123456', '86420975', '86420976');
    await element.updateComplete;
    expect(root.textContent).toContain('The two entries differ.');
    expect(root.activeElement?.id).toBe('repeat');
    type('123456', '123456', '123456');
    await element.updateComplete;
    expect(root.textContent).toContain('The new value is the present one');
    expect(flow.calls).toEqual([]);
    type('123456', '86420975', '86420975');
    const change = flow.calls[0]?.values[0] as SecretChange;
    expect([[...change.current], [...change.next]]).toEqual([bytesOf('123456'), bytesOf('86420975')]);
    expect(textsOf(mounted, [])).not.toMatch(/86420975/);
    expect([...root.querySelectorAll('input')].map((field) => field.value)).toEqual(['', '', '']);
  });

  it('a management key: wrong lengths stay here, blanks do no harm, nothing remains', async () => {
    const mounted = await mount(sampleOf('management-key: typed'));
    const { root, flow, element } = mounted;
    fill(root, '#management-key', '0102');
    buttonOf(root, 'Continue').click();
    await element.updateComplete;
    expect(flow.calls).toEqual([]);
    const hex = '0102030405060708'.repeat(4);
    fill(root, '#management-key', hex.replace(/(..)/g, '$1 '));
    buttonOf(root, 'Continue').click();
    expect(flow.calls[0]?.values).toEqual([{ mode: 'typed', hex }]);
    expect(textsOf(mounted, [])).not.toContain('0102030405');
  });

  it('leaving the page empties what was typed and frees the card', async () => {
    const { root, flow } = await mount(sampleOf('enter-pin: first'));
    fill(root, '#pin', '73914628');
    window.dispatchEvent(new PageTransitionEvent('pagehide'));
    expect(find<HTMLInputElement>(root, '#pin').value).toBe('');
    expect(flow.calls.map(({ action }) => action)).toEqual(['release']);
  });

  it('removing the element does so too; moving it does not', async () => {
    const { element, flow, root } = await mount(sampleOf('enter-pin: first'));
    const other = document.createElement('div');
    document.body.append(other);
    other.append(element);
    await Promise.resolve();
    expect(flow.calls).toEqual([]);
    fill(root, '#pin', '73914628');
    element.remove();
    await Promise.resolve();
    expect(flow.calls.map(({ action }) => action)).toEqual(['release']);
    expect(find<HTMLInputElement>(root, '#pin').value).toBe('');
  });
});
