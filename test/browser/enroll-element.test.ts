import { describe, expect, it } from 'vitest';
import type { EnrollmentFlow } from '../../src/app/enrollment/state.ts';
import type { WmEnrollEventMap } from '../../src/ui/wm-enroll/wm-enroll.ts';
import { EnrollmentHost } from '../../src/ui/wm-enroll/flow-host.ts';
import { buttonOf, fill, find, FIXED_SUBJECT, mount, rootOf, SpyFlow } from './enroll-harness.ts';
import { certificate, simulatedReader } from './enroll-samples.ts';
import { sampleOf } from './enroll-states.ts';

describe('focus', () => {
  it('goes to the heading of the next screen when it was inside, and is left alone when it was not', async () => {
    const { root, flow, element } = await mount(sampleOf('start: plain'));
    expect(root.activeElement).toBeNull();
    buttonOf(root, 'Connect reader').focus();
    flow.put(sampleOf('choose-reader: one').state);
    await element.updateComplete;
    expect(root.activeElement?.textContent).toBe('Which reader holds your card?');
    const outside = document.createElement('button');
    document.body.append(outside);
    outside.focus();
    flow.put(sampleOf('overview: fresh').state);
    await element.updateComplete;
    expect(document.activeElement).toBe(outside);
  });

  it('goes to the field after a wrong PIN, and to the first wrong field of a form', async () => {
    const { root, flow, element } = await mount(sampleOf('enter-pin: first'));
    find(root, '#pin').focus();
    flow.put(sampleOf('checking-pin: plain').state);
    await element.updateComplete;
    flow.put(sampleOf('enter-pin: wrong').state);
    await element.updateComplete;
    const field = find<HTMLInputElement>(root, '#pin');
    expect(root.activeElement).toBe(field);
    const described = (field.getAttribute('aria-describedby') ?? '').split(' ').map((id) => find(root, `#${id}`).textContent?.trim());
    expect(described.join(' ')).toMatch(/Wrong PIN.*2 tries left.*6 to 8 characters/);

    const second = await mount(sampleOf('choose-key: fresh'));
    second.flow.put(sampleOf('choose-key: mistakes').state);
    await second.element.updateComplete;
    expect(second.root.activeElement?.id).toBe('commonName');
  });
});

describe('choosing slot, key and name', () => {
  it('Enter sends the plan that was chosen', async () => {
    const { root, flow, element } = await mount(sampleOf('choose-key: fresh'));
    find<HTMLInputElement>(root, '[name="slot"][value="1"]').click();
    await element.updateComplete;
    const select = find<HTMLSelectElement>(root, '#key-type');
    select.value = 'RSA-2048';
    select.dispatchEvent(new Event('change'));
    fill(root, '#commonName', 'Lovelace, Ada');
    fill(root, '#country', 'gb');
    fill(root, '#upn', ' ada@example.com ');
    await element.updateComplete;
    expect(root.textContent).toContain('CN=Lovelace\\, Ada,C=GB');
    find<HTMLFormElement>(root, 'form').requestSubmit();
    expect(flow.calls[0]?.values).toEqual([
      { containerIndex: 1, key: { kind: 'generate', keyType: 'RSA-2048' }, subject: 'CN=Lovelace\\, Ada,C=GB', userPrincipalName: 'ada@example.com' },
    ]);
  });

  it('starts from the first free slot and the recommended key, and keeps what was typed when coming back', async () => {
    const { root, flow, element } = await mount(sampleOf('choose-key: fresh'));
    expect(find<HTMLInputElement>(root, '[name="slot"]:checked').value).toBe('0');
    expect(find<HTMLSelectElement>(root, '#key-type').value).toBe('P-256');
    fill(root, '#commonName', 'Ada');
    flow.put(sampleOf('enter-pin: first').state);
    await element.updateComplete;
    flow.put(sampleOf('choose-key: fresh').state);
    await element.updateComplete;
    expect(find<HTMLInputElement>(root, '#commonName').value).toBe('Ada');
    flow.put(sampleOf('choose-reader: one').state);
    await element.updateComplete;
  });

  it('a name fixed by the page is shown and sent, with no field to change it', async () => {
    const { root, flow } = await mount(sampleOf('choose-key: fixed by the page'));
    expect(root.querySelector('#commonName')).toBeNull();
    expect(root.textContent).toContain('The name is set by this page.');
    buttonOf(root, 'Continue').click();
    expect(flow.calls[0]?.values).toEqual([{ containerIndex: 0, key: { kind: 'generate', keyType: 'P-256' }, ...FIXED_SUBJECT }]);
  });
});

describe('events', () => {
  it('what an authority threw goes to the page as it is, and its text stands in the details as text', async () => {
    const { element, flow } = await mount(sampleOf('issuing: plain'));
    const causes: unknown[] = [];
    element.addEventListener('wm-state', ({ detail }) => causes.push('cause' in detail ? detail.cause : 'none'));
    const { state } = sampleOf('request-ready: refused');
    if (state.kind !== 'request-ready' || state.mistake === undefined) throw new Error('unreachable');
    const cause = new Error('no');
    const mistake = { ...state.mistake, detail: { ...state.mistake.detail, said: '<b>403</b>' } };
    flow.put({ ...state, mistake, cause });
    await element.updateComplete;
    const details = find(rootOf(element), '.problem details');
    expect(details.textContent).toContain('<b>403</b>');
    expect(details.querySelector('b')).toBeNull();
    flow.put(sampleOf('issuing: plain').state);
    flow.put(sampleOf('request-ready: both').state);
    expect(causes).toEqual([cause, 'none', 'none']);
  });

  it('tells states, the request and the result; the certificate is a copy', async () => {
    const { element, flow } = await mount(sampleOf('signing: plain'));
    const seen: WmEnrollEventMap[keyof WmEnrollEventMap][] = [];
    for (const name of ['wm-state', 'wm-request', 'wm-enrolled'] as const) element.addEventListener(name, (event) => seen.push(event));
    flow.put(sampleOf('request-ready: none').state);
    const done = sampleOf('done: simulated').state;
    flow.put(done);
    expect(seen.map(({ type }) => type)).toEqual(['wm-state', 'wm-request', 'wm-state', 'wm-enrolled']);
    expect(seen[1]?.detail).toMatchObject({ subject: certificate.subject, keyType: 'P-256', place: 'PIV 9A' });
    const detail = (seen[3] as WmEnrollEventMap['wm-enrolled']).detail;
    expect(detail).toMatchObject({ fingerprint: certificate.fingerprintSha256, place: 'PIV 9A', simulated: true });
    detail.certificate.fill(0xff);
    if (done.kind !== 'done') throw new Error('unreachable');
    expect(done.result.certificateDer[0]).toBe(0x30);
  });

  it('a page may forbid that a key is overwritten', async () => {
    const { element, flow, root } = await mount(sampleOf('confirm-overwrite: decryption'));
    let forbid = true;
    element.addEventListener('wm-before-overwrite', (event) => {
      expect(event.detail).toEqual({ place: 'PIV 9D', decryptionKey: true, certificateFingerprint: certificate.fingerprintSha256 });
      if (forbid) event.preventDefault();
    });
    buttonOf(root, 'Overwrite the key').click();
    await element.updateComplete;
    expect(flow.calls).toEqual([]);
    expect(root.textContent).toContain('This page does not allow that key to be overwritten');
    forbid = false;
    buttonOf(root, 'Overwrite the key').click();
    expect(flow.calls.map(({ action }) => action)).toEqual(['confirmOverwrite']);
  });
});

describe('stopping', () => {
  it('is asked about once there is something to lose; Escape and "Go on" go on', async () => {
    const { element, flow, root } = await mount(sampleOf('generating: plain'));
    flow.put(sampleOf('request-ready: none').state);
    await element.updateComplete;
    const dialog = find<HTMLDialogElement>(root, 'dialog');
    buttonOf(root, 'Stop enrollment').click();
    expect(dialog.open).toBe(true);
    expect(dialog.textContent).toContain('The new key stays on the card');
    expect(root.activeElement?.textContent?.trim()).toBe('Go on');
    buttonOf(dialog, 'Go on').click();
    expect(dialog.open).toBe(false);
    expect(flow.calls).toEqual([]);
    buttonOf(root, 'Stop enrollment').click();
    buttonOf(dialog, 'Stop').click();
    expect(flow.calls.map(({ action }) => action)).toEqual(['cancel']);
  });

  it('is not asked about before; and the question goes away when there is nothing left to stop', async () => {
    const early = await mount(sampleOf('overview: fresh'));
    buttonOf(early.root, 'Stop enrollment').click();
    expect(early.flow.calls.map(({ action }) => action)).toEqual(['cancel']);
    const { element, flow, root } = await mount(sampleOf('writing: plain'));
    buttonOf(root, 'Stop enrollment').click();
    flow.put(sampleOf('done: simulated').state);
    await element.updateComplete;
    await element.updateComplete;
    expect(find<HTMLDialogElement>(root, 'dialog').open).toBe(false);
    await expect.poll(() => root.activeElement?.localName).toBe('h2');
  });
});

describe('a blocked card', () => {
  it('says what comes first, and offers no enrollment that must fail', async () => {
    const { root } = await mount(sampleOf('overview: pin blocked'));
    expect(root.textContent).toContain('Set a new PIN with the PUK first.');
    expect(find(root, '.primary').textContent?.trim()).toBe('Unblock with PUK');
    expect(root.textContent).not.toContain('Choose slot and key');
    const both = await mount(sampleOf('overview: all blocked'));
    expect(both.root.textContent).toContain('PIN and PUK are both blocked.');
    expect(both.root.querySelector('.primary')).toBeNull();
  });
});

describe('labels', () => {
  it('a simulated reader is labelled on every screen that belongs to it, a real one nowhere', async () => {
    const { element, flow, root } = await mount(sampleOf('overview: fresh'));
    for (const name of [
      'overview: fresh',
      'choose-key: fresh',
      'enter-pin: first',
      'generating: plain',
      'request-ready: none',
      'done: simulated',
      'failed: card removed',
    ]) {
      flow.put(sampleOf(name).state);
      await element.updateComplete;
      expect(root.querySelector('.badge')?.textContent, name).toContain('Simulated');
    }
    flow.put({ kind: 'opening-reader', reader: { ...simulatedReader, name: 'Real', simulated: false } });
    await element.updateComplete;
    expect(root.textContent).not.toContain('Simulated');
  });

  it('a demonstration authority is labelled before, while and after it is used', async () => {
    for (const name of ['request-ready: demonstration', 'issuing: plain', 'certificate-ready: demonstration']) {
      const { root } = await mount(sampleOf(name));
      expect(root.textContent?.toLowerCase(), name).toContain('demonstration');
    }
  });

  it('an authority of the page is called by its label', async () => {
    const { element, root } = await mount(sampleOf('start: plain'));
    element.authorities = [{ id: 'corporate', label: 'Example Ltd', demonstration: false, issue: () => Promise.reject(new Error('unused')) }];
    const ready = sampleOf('request-ready: none').state;
    if (ready.kind !== 'request-ready') throw new Error('unreachable');
    element.flow = new SpyFlow({ ...ready, authorities: [{ id: 'corporate', demonstration: false }] });
    await element.updateComplete;
    expect(buttonOf(root, 'Request from Example Ltd').className).toBe('primary');
  });
});

describe('bringing a certificate', () => {
  async function withFile(content: BlobPart, name: string): Promise<{ readonly flow: SpyFlow; readonly text: () => string }> {
    const { root, flow, element } = await mount(sampleOf('bring-certificate: plain'));
    const files = new DataTransfer();
    files.items.add(new File([content], name));
    find<HTMLInputElement>(root, '#certificate-file').files = files.files;
    buttonOf(root, 'Use this certificate').click();
    await new Promise((resolve) => setTimeout(resolve, 30));
    await element.updateComplete;
    return { flow, text: () => root.textContent ?? '' };
  }

  it('takes DER as bytes and everything else as text', async () => {
    const der = await withFile(new Uint8Array([0x30, 0x03, 0x02, 0x01, 0x01]), 'a.cer');
    expect(der.flow.calls[0]?.values).toEqual([new Uint8Array([0x30, 0x03, 0x02, 0x01, 0x01])]);
    const pem = await withFile('-----BEGIN CERTIFICATE-----', 'a.pem');
    expect(pem.flow.calls[0]?.values).toEqual(['-----BEGIN CERTIFICATE-----']);
  });

  it('refuses nothing and too much before anything is read into it', async () => {
    const { root, flow, element } = await mount(sampleOf('bring-certificate: plain'));
    buttonOf(root, 'Use this certificate').click();
    await element.updateComplete;
    expect(root.textContent).toContain('Paste the certificate or choose a file.');
    expect(root.activeElement?.id).toBe('certificate');
    expect(flow.calls).toEqual([]);
    const large = await withFile(new Uint8Array(65_537), 'a.cer');
    expect(large.flow.calls).toEqual([]);
    expect(large.text()).toContain('too large');
  });
});

describe('leaving the page', () => {
  it('is asked about by the browser while the card is being changed, and only then', async () => {
    const asks = async (name: string): Promise<boolean> => {
      await mount(sampleOf(name));
      const event = new Event('beforeunload', { cancelable: true });
      window.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(await asks('generating: plain')).toBe(true);
    expect(await asks('writing: plain')).toBe(true);
    expect(await asks('overview: fresh')).toBe(false);
    expect(await asks('done: simulated')).toBe(false);
  });
});

describe('loading', () => {
  it('a flow whose code can not be fetched is said, with a way to try again', async () => {
    const { element } = await mount(sampleOf('start: plain'));
    let attempts = 0;
    const states: string[] = [];
    const fresh = new SpyFlow({ kind: 'start' });
    const host = new EnrollmentHost(
      element,
      () => (++attempts === 1 ? Promise.reject(new TypeError('Failed to fetch')) : Promise.resolve<EnrollmentFlow>(fresh)),
      (now) => states.push(now.kind === 'failed' ? now.problem.code : now.kind),
    );
    await host.act((flow) => flow.connect());
    expect(states).toEqual(['Z02']);
    await host.act((flow) => flow.connect());
    expect(fresh.calls.map(({ action }) => action)).toEqual(['connect']);
    element.removeController(host);
  });

  it('what the page sets later counts from the next enrollment on, and never disturbs one that is under way', async () => {
    const { element } = await mount(sampleOf('start: plain'));
    const made: SpyFlow[] = [];
    const host = new EnrollmentHost(
      element,
      () => {
        const flow = new SpyFlow({ kind: 'start' });
        made.push(flow);
        return Promise.resolve<EnrollmentFlow>(flow);
      },
      () => undefined,
    );
    await host.prepare();
    host.renew();
    await host.act((flow) => flow.connect());
    expect(made.map(({ calls }) => calls.map(({ action }) => action))).toEqual([['release'], ['connect']]);
    made[1]?.put(sampleOf('generating: plain').state);
    host.renew();
    expect(host.state.kind).toBe('generating');
    made[1]?.put(sampleOf('done: simulated').state);
    expect(host.state.kind).toBe('done');
    await host.act((flow) => flow.connect());
    expect(made.map(({ calls }) => calls.map(({ action }) => action))).toEqual([['release'], ['connect', 'release'], ['connect']]);
    element.removeController(host);
  });

  it('defines the tag once, and shows a start screen without a flow', async () => {
    await import('../../src/ui/wm-enroll/wm-enroll.define.ts');
    const element = document.createElement('wm-enroll');
    document.body.replaceChildren(element);
    await element.updateComplete;
    expect(rootOf(element).querySelector('h2')?.textContent).toBe('Put a certificate on your smart card');
    expect(element.state).toEqual({ kind: 'start' });
  });
});
