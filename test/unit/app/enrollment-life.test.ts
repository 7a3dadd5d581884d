import { describe, expect, it } from 'vitest';
import type { CertificateAuthority } from '../../../src/app/certificate-authority.ts';
import { imageOf } from './card-helpers.ts';
import { at, enroll, flowBench, type FlowBench, planFor, PIN, toRequest, typed, until } from './enrollment-helpers.ts';

/** VERIFY without data, straight to the card: 9000 means that somebody left it unlocked. */
const unlocked = async ({ card }: FlowBench): Promise<boolean> => {
  const answer = await card.transmit(Uint8Array.of(0x00, 0x20, 0x00, 0x80));
  return answer[0] === 0x90;
};

describe('back', () => {
  it('from each screen to the one before', async () => {
    const { flow, simulated } = flowBench();
    await flow.connect();
    await flow.openSecretTask('change-puk');
    await flow.back();
    await flow.openCertificateImport();
    await flow.back();
    await flow.openKeyChoice();
    await flow.back();
    at(flow, 'overview');
    await flow.openKeyChoice();
    await flow.chooseKey(planFor(0, 'P-256'));
    at(flow, 'management-key');
    await flow.back();
    at(flow, 'choose-key');
    await flow.chooseKey(planFor(0, 'P-256'));
    await flow.submitManagementKey({ mode: 'default' });
    await flow.back();
    at(flow, 'management-key');
    await flow.submitManagementKey({ mode: 'default' });
    await flow.submitPin(typed(PIN));
    at(flow, 'request-ready');
    // A key was made: there is nothing to go back to.
    await flow.back();
    at(flow, 'request-ready');
    await flow.issueCertificate('demonstration');
    at(flow, 'certificate-ready');
    await flow.back();
    at(flow, 'request-ready');
    await flow.issueCertificate('demonstration');
    await flow.writeCertificate();
    at(flow, 'done');
    await flow.back();
    at(flow, 'done');
    expect(simulated.journal.verifiesWithData).toHaveLength(1);
  });

  it('from a request for an existing key, which changed nothing', async () => {
    const bench = flowBench();
    const { flow } = bench;
    await enroll(flow, planFor(0, 'P-256'));
    await toRequest(flow, { containerIndex: 0, key: { kind: 'existing' }, subject: 'CN=Ada' });
    at(flow, 'request-ready');
    await flow.back();
    expect(at(flow, 'choose-key').plan?.subject).toBe('CN=Ada');
    expect(await unlocked(bench)).toBe(false);
    await flow.cancel();
  });
});

describe('cancel and release', () => {
  it('leave the card locked and powered off, and say what was changed', async () => {
    for (const end of ['cancel', 'release'] as const) {
      const bench = flowBench();
      await toRequest(bench.flow, planFor(0, 'P-256'));
      expect(await unlocked(bench)).toBe(true);
      await bench.flow[end]();
      expect(at(bench.flow, 'cancelled')).toMatchObject({
        balance: { key: 'replaced', certificate: 'unchanged', resumable: true, place: { place: 'PIV 9A', hasKey: true } },
        request: { keyType: 'P-256' },
      });
      expect(await unlocked(bench)).toBe(false);
      // Unfit actions do nothing.
      await bench.flow[end]();
      await bench.flow.writeCertificate();
      await bench.flow.submitPin(typed(PIN));
      at(bench.flow, 'cancelled');
      await bench.flow.connect();
      at(bench.flow, 'overview');
      await bench.flow.cancel();
    }
  });

  it('in the middle of a step: cancel waits for the command, release gives it up', async () => {
    for (const end of ['cancel', 'release'] as const) {
      const bench = flowBench();
      const { flow } = bench;
      let leaving: Promise<void> | undefined;
      flow.subscribe((state) => {
        if (state.kind === 'generating') leaving ??= flow[end]();
      });
      await toRequest(flow, planFor(0, 'P-256'));
      await leaving;
      const { balance } = at(flow, 'cancelled');
      const made = imageOf(bench.card).keys.some(([slot]) => slot === 0x9a);
      if (balance.key === 'replaced') expect(made).toBe(true);
      if (balance.key === 'unchanged') expect(made).toBe(false);
      if (end === 'cancel') expect(balance.key).not.toBe('unknown');
      expect(await unlocked(bench)).toBe(false);
    }
  });

  it('while an authority does not answer', async () => {
    const silent: CertificateAuthority = { id: 'silent', demonstration: false, issue: () => new Promise(() => undefined) };
    const { flow } = flowBench({ authorities: [silent] });
    await toRequest(flow, planFor(0, 'P-256'));
    const issuing = flow.issueCertificate('silent');
    await until(flow, 'issuing');
    await flow.cancel();
    await issuing;
    expect(at(flow, 'cancelled').request).toBeDefined();
  });

  it('while readers are looked for', async () => {
    const { flow } = flowBench();
    const connecting = flow.connect();
    await flow.cancel();
    await connecting;
    at(flow, 'cancelled');
    await flow.connect();
    at(flow, 'overview');
    await flow.cancel();
  });
});

describe('an authority', () => {
  it('that refuses leaves the request as it was', async () => {
    const reason = new Error('not you\nnor anybody');
    const refusing: CertificateAuthority = { id: 'no', demonstration: false, issue: () => Promise.reject(reason) };
    const odd: CertificateAuthority = { id: 'odd', demonstration: false, issue: async () => ({ certificate: new Uint8Array(3), chain: [] }) };
    const { flow } = flowBench({ authorities: [refusing, odd] });
    await toRequest(flow, planFor(0, 'P-256'));
    await flow.issueCertificate('nobody');
    at(flow, 'request-ready');
    await flow.issueCertificate('no');
    // The key was made for this request: the card is not as it was.
    const cardState = 'key-made-certificate-missing';
    expect(at(flow, 'request-ready')).toMatchObject({
      mistake: { code: 'F05', what: 'authority-refused', cardState, detail: { said: 'not you nor anybody' } },
    });
    expect(at(flow, 'request-ready').cause).toBe(reason);
    await flow.issueCertificate('odd');
    expect(at(flow, 'request-ready').mistake).toMatchObject({ what: 'certificate-unreadable', cardState });
    expect(at(flow, 'request-ready').mistake?.detail.said).toBeUndefined();
    expect(at(flow, 'request-ready').cause).toMatchObject({ layer: 'certificate' });
    await flow.submitCertificate('nothing');
    expect(at(flow, 'request-ready').mistake).toMatchObject({ what: 'certificate-text-bad', cardState });
    expect(at(flow, 'request-ready').cause).toBeUndefined();
    await flow.cancel();
  });

  it('that refuses says so of the key that was there before, too', async () => {
    const refusing: CertificateAuthority = { id: 'no', demonstration: false, issue: () => Promise.reject(new TypeError('text')) };
    const bench = flowBench({ authorities: [refusing] });
    await toRequest(bench.flow, planFor(0, 'P-256'));
    await bench.flow.cancel();
    await toRequest(bench.flow, { ...planFor(0, 'P-256'), key: { kind: 'existing' } });
    await bench.flow.issueCertificate('no');
    expect(at(bench.flow, 'request-ready').mistake).toMatchObject({ cardState: 'unchanged', detail: { said: 'text' } });
    await bench.flow.cancel();
  });
});

describe('while nobody does anything', () => {
  it('the card is locked and the PIN asked for again', async () => {
    const bench = flowBench({ flow: { idleMs: 60_000 } });
    const { flow, simulated } = bench;
    await toRequest(flow, planFor(1, 'P-256'));
    // The clock jumps as soon as nothing else goes on.
    await new Promise((resolve) => setTimeout(resolve, 100));
    at(flow, 'request-ready');
    expect(await unlocked(bench)).toBe(false);
    await flow.issueCertificate('demonstration');
    await flow.writeCertificate();
    at(flow, 'management-key');
    await flow.back();
    at(flow, 'certificate-ready');
    await flow.writeCertificate();
    await flow.submitManagementKey({ mode: 'default' });
    expect(at(flow, 'enter-pin').prompt).toMatchObject({ uses: ['write-certificate', 'test-signature'], sends: 2 });
    await flow.submitPin(typed(PIN));
    at(flow, 'done');
    expect(simulated.journal.verifiesWithData.map(({ sw }) => sw)).toEqual([0x9000, 0x9000, 0x9000, 0x9000]);
  });

  it('a plain card goes on too, although it does not tell its key', async () => {
    const { flow } = flowBench({ card: { profile: 'nist' }, flow: { idleMs: 60_000 } });
    await toRequest(flow, planFor(0, 'P-256'), { mode: 'default' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await flow.issueCertificate('demonstration');
    await flow.writeCertificate();
    await flow.submitManagementKey({ mode: 'default' });
    await flow.submitPin(typed(PIN));
    at(flow, 'done');
  });
});

describe('a card or reader that goes', () => {
  it('with a request in hand ends the enrollment and keeps the request', async () => {
    for (const go of ['remove', 'unplug'] as const) {
      const { flow, simulated, usb } = flowBench();
      await toRequest(flow, planFor(0, 'P-256'));
      if (go === 'remove') simulated.remove();
      else usb.unplug(simulated.device);
      await until(flow, 'failed');
      expect(at(flow, 'failed')).toMatchObject({
        problem: { what: go === 'remove' ? 'card-removed' : 'reader-unplugged', cardState: 'key-made-certificate-missing' },
        balance: { key: 'replaced', certificate: 'unchanged', resumable: true },
        during: 'certificate',
        request: { keyType: 'P-256' },
      });
    }
  });

  it('while an authority works is noticed afterwards', async () => {
    let answer: () => void = () => undefined;
    const slow: CertificateAuthority = {
      id: 'slow',
      demonstration: false,
      issue: () => new Promise((_, reject) => (answer = () => reject(new Error('later')))),
    };
    const { flow, simulated } = flowBench({ authorities: [slow] });
    await toRequest(flow, planFor(0, 'P-256'));
    const issuing = flow.issueCertificate('slow');
    await until(flow, 'issuing');
    simulated.remove();
    await new Promise((resolve) => setTimeout(resolve, 20));
    answer();
    await issuing;
    await until(flow, 'failed');
    expect(at(flow, 'failed').request).toBeDefined();
  });

  it('at the PIN leads back to the card, with nothing lost', async () => {
    const { flow, simulated, card } = flowBench();
    await flow.connect();
    await flow.openKeyChoice();
    await flow.chooseKey(planFor(0, 'P-256'));
    await flow.submitManagementKey({ mode: 'default' });
    simulated.remove();
    await until(flow, 'insert-card');
    simulated.insert(card);
    await until(flow, 'overview');
    await flow.openKeyChoice();
    expect(at(flow, 'choose-key').plan?.subject).toBe('CN=Ada Lovelace,O=Example');
    await flow.cancel();
  });
});

describe('a card that does wrong', () => {
  it('signs wrongly: the request is found out', async () => {
    const { flow } = flowBench({ card: { profile: 'yubikey-5.7', defects: ['bad-signature'] } });
    await toRequest(flow, planFor(0, 'P-256'));
    expect(at(flow, 'failed')).toMatchObject({ problem: { code: 'F02' }, balance: { key: 'replaced', certificate: 'unchanged' } });
  });

  it('gives back another certificate than was written', async () => {
    const { flow } = flowBench({ card: { profile: 'yubikey-5.7', defects: ['garbled-certificate'] } });
    await toRequest(flow, planFor(0, 'P-256'));
    await flow.issueCertificate('demonstration');
    await flow.writeCertificate();
    expect(at(flow, 'failed')).toMatchObject({ problem: { what: 'write-differs' }, balance: { certificate: 'unknown' } });
  });
});
