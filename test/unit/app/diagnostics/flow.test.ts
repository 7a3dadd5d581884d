import { describe, expect, it } from 'vitest';
import { createDiagnosticsFlow } from '../../../../src/app/diagnostics/flow.ts';
import type { DiagnosticsState } from '../../../../src/app/diagnostics/state.ts';
import { createPivCard, createSimulatedReader, createSimulatedUsb } from '../../../../src/simulator/index.ts';
import { EchoCard } from '../../../conformance/echo-card.ts';
import { flowBench, PLANTED, personalCard, ready, tested } from './fixture.ts';

/** Instructions that may change a card (ISO/IEC 7816-4, table 4; SP 800-73-4 part 2; Yubico). */
const WRITES = [0x24, 0x2c, 0x47, 0xdb, 0xda, 0xd6, 0xd0, 0xe0, 0xe4, 0xf6, 0xfa, 0xfb, 0xfe, 0xff];

const codes = (state: { readonly findings: readonly { readonly code: string }[] }): string[] => state.findings.map((each) => each.code);

describe('a test of a reader with a card', () => {
  it.each(['nist', 'yubikey-5.4', 'yubikey-5.7'] as const)('reads %s and changes nothing', async (profile) => {
    const card = await personalCard(profile);
    const before = JSON.stringify(card.save());
    const bench = flowBench({ cards: [card] });
    const steps: string[] = [];
    bench.flow.subscribe(() => {
      const { state } = bench.flow;
      if (state.kind === 'testing' && steps.at(-1) !== state.step) steps.push(state.step);
    });
    const state = await tested(bench);

    expect(steps).toEqual(['opening', 'power', 'applets', 'inspection']);
    const slot = state.selected?.slots[0];
    expect(slot?.problem).toBeUndefined();
    const report = slot?.card;
    expect(report?.applets).toEqual([
      { key: 'piv', aid: 'a00000030800001000', state: 'found', sw: 0x9000 },
      { key: 'gids', aid: 'a00000039742544659', state: 'absent', sw: 0x6a82 },
      { key: 'openpgp', aid: 'd27600012401', state: 'absent', sw: 0x6a82 },
      { key: 'plug-and-play', aid: 'a0000003974349445f0100', state: 'absent', sw: 0x6a82 },
    ]);
    expect(report?.protocol).toBe('T=1');
    expect(report?.atrRows.find((row) => row.name === 'TCK')?.detail).toBe('right');
    expect(report?.limits[0]).toEqual({ name: 'short command APDU', value: '261 bytes' });
    expect(report?.card?.places).toHaveLength(24);
    const place = report?.card?.places[0];
    expect(place).toMatchObject({ place: 'PIV 9A', hasKey: true, keyType: 'P-256', hasCertificate: true });
    expect(place?.certificate).toMatchObject({ subject: `CN=${PLANTED.name}`, issuer: 'CN=Test authority', validity: 'valid' });
    expect(report?.card?.pin.retriesLeft).toBe(profile === 'nist' ? 5 : 3);
    const fascN = report?.applet.find((row) => row.name === 'FASC-N');
    expect(fascN?.personal).toBe(true);
    expect(fascN?.value).toContain(PLANTED.personIdentifier);
    expect(report?.objects.find((each) => each.tag === '5FC102')).toMatchObject({ present: true });

    // The reader saw no PIN and no instruction that writes; the card's memory is as it was.
    expect(bench.reader.journal.apdus.length).toBeGreaterThan(20);
    expect(bench.reader.journal.verifiesWithData).toEqual([]);
    expect(bench.reader.journal.apdus.filter((apdu) => WRITES.includes(apdu.ins))).toEqual([]);
    // GENERAL AUTHENTICATE only as the question which cipher key 9B has: 7C 02 81 00, no answer to it, no key used.
    expect(bench.reader.journal.apdus.filter((apdu) => apdu.ins === 0x87 && (apdu.p2 !== 0x9b || apdu.dataBytes > 4))).toEqual([]);
    expect(JSON.stringify(card.save())).toBe(before);
  });

  it('the check of the journal catches a PIN and a write', async () => {
    const { reader, usb } = flowBench({ cards: [createPivCard({ profile: 'nist' })] });
    const { createWebUsbSource } = await import('../../../../src/channel/index.ts');
    const { openPage, withCard } = await import('../../../conformance/driver-setup.ts');
    const [real] = await createWebUsbSource({ usb, environment: openPage }).list();
    if (real === undefined) throw new Error('no reader');
    await withCard(real, (channel) =>
      channel.transaction(async (card) => {
        await card.transmit(Uint8Array.of(0, 0x20, 0, 0x80, 8, 0x31, 0x31, 0x31, 0x31, 0x31, 0x31, 0xff, 0xff));
        await card.transmit(Uint8Array.of(0, 0xdb, 0x3f, 0xff, 2, 0x5c, 0x00));
      }),
    );
    expect(reader.journal.verifiesWithData).toHaveLength(1);
    expect(reader.journal.apdus.filter((apdu) => WRITES.includes(apdu.ins))).toHaveLength(1);
  });

  it('finds factory values, and reports the most severe first', async () => {
    const state = await tested(flowBench({ cards: [createPivCard({ profile: 'yubikey-5.7' })] }));
    expect(codes(state)).toEqual(
      expect.arrayContaining(['default-pin', 'default-puk', 'default-management-key', 'missing-chuid', 'missing-ccc', 'reader-simulated']),
    );
    const ranks = state.findings.map(({ severity }) => ['error', 'warning', 'info'].indexOf(severity));
    expect(ranks).toEqual([...ranks].sort());
    expect(new Set(codes(state)).size).toBe(codes(state).length);
  });

  it('finds expired certificates, certificates of another key, and certificates that end soon', async () => {
    const of = async (options: Parameters<typeof personalCard>[1]) => tested(flowBench({ cards: [await personalCard('yubikey-5.7', options)] }));
    expect((await of({ notAfter: new Date('2026-01-01T00:00:00Z') })).findings).toContainEqual(
      expect.objectContaining({ code: 'certificate-expired', severity: 'warning', place: 'PIV 9A' }),
    );
    expect((await of({ notAfter: new Date('2026-03-10T00:00:00Z') })).findings).toContainEqual(
      expect.objectContaining({ code: 'certificate-expires-soon', severity: 'info', place: 'PIV 9A' }),
    );
    const foreign = await of({ foreignKey: true });
    expect(foreign.findings[0]).toMatchObject({ code: 'certificate-of-another-key', severity: 'error', place: 'PIV 9A' });
    expect(foreign.selected?.slots[0]?.card?.card?.places[0]?.certificateMatchesKey).toBe(false);
    expect(codes(await of({}))).not.toContain('certificate-expires-soon');
  });

  it('tells of a blocked PIN and of the last try', async () => {
    const image = (left: number) => {
      const saved = createPivCard({ profile: 'nist' }).save() as { pin: { left: number } };
      saved.pin.left = left;
      return createPivCard({ profile: 'nist', image: saved });
    };
    expect(codes(await tested(flowBench({ cards: [image(0)] })))).toContain('blocked-pin');
    expect(codes(await tested(flowBench({ cards: [image(1)] })))).toContain('last-pin-try');
  });
});

describe('slots and cards that are not as wished', () => {
  it('two slots: each is tested, findings say which', async () => {
    const bench = flowBench({ slots: 2, cards: [null, createPivCard({ profile: 'yubikey-5.7' })] });
    const state = await tested(bench);
    expect(state.selected?.slots).toMatchObject([
      { index: 0, presence: 'absent' },
      { index: 1, presence: 'present', card: { protocol: 'T=1' } },
    ]);
    expect(state.findings).toContainEqual({ code: 'no-card', severity: 'info', slot: 0 });
    expect(state.findings).toContainEqual(expect.objectContaining({ code: 'default-pin', severity: 'warning', slot: 1 }));
  });

  it('no card', async () => {
    const state = await tested(flowBench({}));
    expect(state.selected?.slots).toEqual([{ index: 0, presence: 'absent' }]);
    expect(codes(state)).toContain('no-card');
  });

  it('a mute card', async () => {
    const bench = flowBench({ cards: [createPivCard({ profile: 'nist' })] });
    bench.reader.fault({ kind: 'mute', message: 0x62, until: 'never' });
    const state = await tested(bench);
    expect(state.selected?.slots[0]?.problem).toMatchObject({ what: 'card-mute', cardState: 'untouched' });
    expect(state.findings[0]).toEqual({ code: 'card-mute', severity: 'error' });
  });

  it('a card that nobody knows: its answer to reset and its applications all the same', async () => {
    const state = await tested(flowBench({ cards: [new EchoCard(true)] }));
    const slot = state.selected?.slots[0];
    expect(slot?.card?.atrRows.length).toBeGreaterThan(3);
    expect(slot?.card?.applets).toHaveLength(4);
    expect(slot?.card?.card).toBeUndefined();
    expect(codes(state)).toContain('card-unknown');
  });

  it('unplugged in the middle: what was read stays, the rest is a problem', async () => {
    const bench = flowBench({ cards: [createPivCard({ profile: 'yubikey-5.7' })] });
    bench.reader.fault({ kind: 'unplug', message: 0x6f, at: 8 });
    const state = await tested(bench);
    expect(state.selected?.slots[0]).toMatchObject({ problem: { what: 'reader-unplugged', cardState: 'unchanged' }, card: { protocol: 'T=1' } });
    expect(state.selected?.slots[0]?.card?.applets).toHaveLength(4);
    expect(state.readers).toEqual([]);
  });

  it('the card pulled in the middle', async () => {
    const bench = flowBench({ cards: [createPivCard({ profile: 'yubikey-5.7' })] });
    bench.reader.fault({ kind: 'removal', message: 0x6f, at: 8 });
    const state = await tested(bench);
    expect(state.selected?.slots[0]?.problem).toMatchObject({ what: 'card-removed', cardState: 'unchanged' });
    expect(codes(state)).toContain('card-removed');
  });
});

describe('readers and doors', () => {
  it('describes a reader, its verdict is ready', async () => {
    const { flow } = flowBench({});
    expect(flow.state).toEqual({ kind: 'start' });
    const kinds: string[] = [];
    flow.subscribe(() => kinds.push(flow.state.kind));
    await flow.look();
    expect([...new Set(kinds)]).toEqual(['start', 'looking', 'ready'].filter((kind) => kinds.includes(kind)));
    const [reader] = ready(flow).readers;
    expect(reader).toMatchObject({ verdict: { reason: 'ready', reachable: true }, info: { simulated: true } });
    expect(reader?.description?.ccid.find((row) => row.name === 'dwFeatures')?.detail).toContain('short and extended APDU level');
  });

  it('a class 0x0B reader in an ordinary page: descriptor, shut door, remedies; the test says the same', async () => {
    const bench = flowBench({ cards: [createPivCard({ profile: 'nist' })] }, { host: { ordinaryPage: true }, environment: { isolatedApp: false } });
    const state = await tested(bench);
    expect(state.readers[0]).toMatchObject({
      verdict: { reason: 'protected-class', remedies: ['isolated-web-app', 'vendor-class-reader', 'simulated-reader'] },
    });
    expect(state.readers[0]?.description?.ccid.length).toBeGreaterThan(20);
    expect(state.selected?.problem).toMatchObject({ what: 'protected-class', cardState: 'untouched' });
    expect(state.findings[0]).toMatchObject({ code: 'reader-protected-class', severity: 'error' });
    expect(bench.reader.journal.commands).toEqual([]);
  });

  it('a reader that another page holds', async () => {
    const bench = flowBench({});
    const { createWebUsbSource } = await import('../../../../src/channel/index.ts');
    const { openPage } = await import('../../../conformance/driver-setup.ts');
    const [other] = await createWebUsbSource({ usb: createSimulatedUsb([bench.reader.device]), environment: openPage }).list();
    const open = await other?.open();
    const state = await tested(bench);
    expect(codes(state)).toContain('reader-in-use');
    expect(state.selected?.problem).toMatchObject({ what: 'reader-in-use' });
    await open?.close();
    await bench.flow.look();
    expect(codes(ready(bench.flow))).not.toContain('reader-in-use');
  });

  it('a device that the system refuses to open, and one that is no reader', async () => {
    const refused = flowBench({}, { host: { openRefused: () => true } });
    await refused.flow.look();
    expect(codes(ready(refused.flow))).toContain('reader-open-refused');
    const none = flowBench({ ccidDescriptorPlace: 'absent', interfaceClass: 0xff });
    await none.flow.look();
    expect(codes(ready(none.flow))).toContain('reader-not-ccid');
  });

  it('chooser: nothing chosen, then one chosen; readers that come and go are seen', async () => {
    let choose: 'none' | 'first' = 'none';
    const bench = flowBench({}, { host: { granted: false, choose: (devices) => (choose === 'none' ? null : (devices[0] ?? null)) } });
    const { flow } = bench;
    await flow.requestReader();
    expect(flow.state.kind).toBe('start');
    await flow.look();
    expect(ready(flow)).toMatchObject({ readers: [], canRequest: true, nothingChosen: false });
    expect(codes(ready(flow))).toContain('no-reader');
    await flow.requestReader();
    expect(ready(flow).nothingChosen).toBe(true);
    choose = 'first';
    await flow.requestReader();
    expect(ready(flow)).toMatchObject({ nothingChosen: false, readers: [{ info: { serialNumber: PLANTED.readerSerial } }] });
    bench.usb.unplug(bench.reader.device);
    for (let i = 0; i < 500 && ready(flow).readers.length > 0; i++) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(ready(flow).readers).toEqual([]);
    await flow.release();
  });

  it('a page without WebUSB: nothing to ask, and it says why', async () => {
    const flow = createDiagnosticsFlow({
      environment: () => [
        { key: 'webusb', state: 'no' },
        { key: 'secure-context', state: 'yes' },
      ],
    });
    await flow.look();
    expect(ready(flow)).toMatchObject({ readers: [], canRequest: false });
    expect(ready(flow).findings[0]).toEqual({ code: 'no-webusb', severity: 'error' });
  });

  it('actions that do not fit do nothing', async () => {
    const { flow, reader } = flowBench({ cards: [createPivCard({ profile: 'nist' })] });
    await flow.test('usb-1');
    expect(flow.state.kind).toBe('start');
    await flow.look();
    await flow.test('no-such-reader');
    expect(reader.journal.commands).toEqual([]);
    const [id] = ready(flow).readers.map((each) => each.info.id);
    const seen: DiagnosticsState['kind'][] = [];
    const first = flow.test(id ?? '');
    flow.subscribe(() => seen.push(flow.state.kind));
    await Promise.all([flow.test(id ?? ''), flow.look(), flow.requestReader(), first]);
    expect(seen).not.toContain('looking');
    expect(reader.journal.commands.filter((each) => each.bMessageType === 0x62)).toHaveLength(1);
  });

  it('release in the middle frees the reader, and the flow can be used again', async () => {
    const { flow, usb } = flowBench({ cards: [createPivCard({ profile: 'yubikey-5.7' })] });
    await flow.look();
    let released: Promise<void> | undefined;
    flow.subscribe(() => {
      if (flow.state.kind === 'testing' && flow.state.step === 'inspection') released ??= flow.release();
    });
    await flow.test(ready(flow).readers[0]?.info.id ?? '');
    expect(released).toBeDefined();
    await released;
    expect(ready(flow).selected?.slots[0]?.problem).toMatchObject({ what: 'cancelled', cardState: 'unchanged' });
    expect((await usb.getDevices()).every((device) => !device.opened)).toBe(true);
    await flow.look();
    await flow.test(ready(flow).readers[0]?.info.id ?? '');
    expect(ready(flow).selected?.slots[0]?.problem).toBeUndefined();
  });

  it('takes a WebUSB object alone', async () => {
    const usb = createSimulatedUsb([createSimulatedReader({ cards: [createPivCard({ profile: 'nist' })] }).device]);
    const flow = createDiagnosticsFlow({ usb, simulated: true });
    await flow.look();
    await flow.test(ready(flow).readers[0]?.info.id ?? '');
    expect(ready(flow).selected?.slots[0]?.card?.card?.name).toContain('PIV');
  });
});
