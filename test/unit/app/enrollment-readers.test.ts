import { describe, expect, it, vi } from 'vitest';
import { createEnrollmentFlow } from '../../../src/app/enrollment/flow.ts';
import { createWebUsbSource } from '../../../src/channel/index.ts';
import { createPivCard, createSimulatedReader, createSimulatedUsb } from '../../../src/simulator/index.ts';
import { EchoCard } from '../../conformance/echo-card.ts';
import { openPage } from '../../conformance/driver-setup.ts';
import { AutoClock } from '../channel/auto-clock.ts';
import { at, flowBench, until } from './enrollment-helpers.ts';

/** A flow on these readers, plugged in from the start. */
function readersBench(readers: readonly Parameters<typeof createSimulatedReader>[0][], host: Parameters<typeof createSimulatedUsb>[1] = {}) {
  const clock = new AutoClock();
  const simulated = readers.map((options, i) => createSimulatedReader({ clock, serialNumber: `R${i}`, productName: `Reader ${i}`, ...options }));
  const usb = createSimulatedUsb(
    simulated.map(({ device }) => device),
    host,
  );
  const flow = createEnrollmentFlow({
    openSources: (trace) => [createWebUsbSource({ usb, environment: openPage, simulated: true, trace, clock })],
    clock,
  });
  return { flow, simulated, usb };
}

const piv = () => createPivCard({ profile: 'yubikey-5.7' });

describe('readers', () => {
  it('nothing happens before the first action, and nothing in Node without WebUSB', async () => {
    const flow = createEnrollmentFlow();
    expect(flow.state).toEqual({ kind: 'start' });
    await flow.cancel();
    await flow.back();
    await flow.writeCertificate();
    expect(flow.state).toEqual({ kind: 'start' });
    await flow.connect();
    expect(at(flow, 'unsupported').verdict).toMatchObject({ reachable: false });
    await flow.back();
    expect(flow.state.kind).toBe('start');
  });

  it('takes any object of the shape of WebUSB', async () => {
    const reader = createSimulatedReader({ cards: [piv()] });
    const flow = createEnrollmentFlow({ usb: createSimulatedUsb([reader.device]), simulated: true });
    await flow.connect();
    expect(at(flow, 'overview').reader).toMatchObject({ simulated: true, name: 'Simulated Reader' });
    await flow.release();
    expect(at(flow, 'cancelled')).toBeDefined();
  });

  it('an ordinary page is told that it is one, where the chooser is the browser’s', async () => {
    const shown = async (simulated: boolean) => {
      const flow = createEnrollmentFlow({ usb: createSimulatedUsb([]), simulated });
      await flow.connect();
      return at(flow, 'no-reader').ordinaryPage;
    };
    expect([await shown(false), await shown(true)]).toEqual([true, false]);
    vi.stubGlobal('location', { protocol: 'isolated-app:' });
    try {
      expect(await shown(false)).toBe(false);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('no reader: one that is plugged in appears; the chooser may be left without a choice', async () => {
    const { flow, usb } = readersBench([], { choose: () => null });
    await flow.connect();
    expect(at(flow, 'no-reader')).toMatchObject({ canRequest: true, nothingChosen: false });
    await flow.requestReader();
    expect(at(flow, 'no-reader').nothingChosen).toBe(true);
    const late = createSimulatedReader({ cards: [piv()] });
    usb.plug(late.device);
    await until(flow, 'choose-reader');
    usb.unplug(late.device);
    await until(flow, 'no-reader');
    await flow.cancel();
    expect(at(flow, 'cancelled').balance).toEqual({ key: 'unchanged', certificate: 'unchanged', resumable: false });
  });

  it('one reader is opened at once; several are offered with what stands in their way', async () => {
    const one = readersBench([{ cards: [piv()] }]);
    await one.flow.connect();
    expect(at(one.flow, 'overview').reader.name).toBe('Reader 0');
    await one.flow.back();
    expect(at(one.flow, 'choose-reader').readers).toHaveLength(1);
    await one.flow.back();
    expect(one.flow.state.kind).toBe('start');

    const two: ReturnType<typeof readersBench> = readersBench([{ cards: [piv()] }, { cards: [null] }], {
      openRefused: (device) => device === two.simulated[1]?.device,
    });
    await two.flow.connect();
    expect(at(two.flow, 'choose-reader').readers.map(({ info }) => info.name)).toEqual(['Reader 0', 'Reader 1']);
    const reasons = () => at(two.flow, 'choose-reader').readers.map(({ verdict }) => verdict?.reason);
    await vi.waitFor(() => expect(reasons()).toEqual(['ready', 'open-refused']), 5000);
    const [first, second] = at(two.flow, 'choose-reader').readers;
    await two.flow.chooseReader('nobody');
    expect(two.flow.state.kind).toBe('choose-reader');
    await two.flow.chooseReader(second?.info.id ?? '');
    expect(at(two.flow, 'reader-denied')).toMatchObject({ verdict: { reason: 'open-refused' }, canRequest: true });
    await two.flow.retry();
    expect(two.flow.state.kind).toBe('reader-denied');
    two.simulated[1]?.device.unplug();
    await until(two.flow, 'choose-reader');
    await two.flow.chooseReader(first?.info.id ?? '');
    expect(two.flow.state.kind).toBe('overview');
    await two.flow.cancel();
  });

  it('a protected class in an ordinary page is a verdict, not a failure', async () => {
    const { flow } = readersBench([{ cards: [piv()] }], { ordinaryPage: true });
    await flow.connect();
    expect(at(flow, 'reader-denied').verdict.reason).toBe('protected-class');
    await flow.back();
    expect(flow.state.kind).toBe('choose-reader');
    await flow.cancel();
  });

  it('the chooser leads straight to the chosen reader', async () => {
    const { flow } = readersBench([{ cards: [piv()] }], { granted: false });
    await flow.connect();
    expect(flow.state.kind).toBe('no-reader');
    await flow.requestReader();
    expect(flow.state.kind).toBe('overview');
    await flow.cancel();
    const direct = readersBench([{ cards: [piv()] }], { granted: false });
    await direct.flow.requestReader();
    expect(direct.flow.state.kind).toBe('overview');
    await direct.flow.cancel();
  });

  it('two slots: the one with the card, else the person says', async () => {
    const single = readersBench([{ slots: 2, cards: [null, piv()] }]);
    await single.flow.connect();
    expect(single.flow.state.kind).toBe('overview');
    await single.flow.back();
    expect(at(single.flow, 'choose-slot').slots).toEqual([
      { index: 0, cardPresent: false },
      { index: 1, cardPresent: true },
    ]);
    await single.flow.chooseSlot(7);
    expect(single.flow.state.kind).toBe('choose-slot');
    single.simulated[0]?.insert(new EchoCard(true), 0);
    await expect.poll(() => at(single.flow, 'choose-slot').slots[0]).toEqual({ index: 0, cardPresent: true });
    await single.flow.chooseSlot(0);
    expect(at(single.flow, 'unknown-card').atr).toMatch(/^3b/);
    await single.flow.back();
    await single.flow.chooseSlot(1);
    expect(single.flow.state.kind).toBe('overview');
    await single.flow.back();
    await single.flow.back();
    expect(single.flow.state.kind).toBe('choose-reader');
    await single.flow.cancel();
  });

  it('unplugged and plugged again', async () => {
    const { flow, simulated, usb } = readersBench([{ cards: [piv()] }]);
    await flow.connect();
    await flow.openKeyChoice();
    usb.unplug(simulated[0]!.device);
    await until(flow, 'no-reader');
    usb.plug(simulated[0]!.device);
    await until(flow, 'choose-reader');
    await flow.chooseReader(at(flow, 'choose-reader').readers[0]?.info.id ?? '');
    expect(flow.state.kind).toBe('overview');
    await flow.cancel();
  });
});

describe('cards', () => {
  it.each([true, false])('a card that comes is read by itself, one that goes is asked for again; reader notifies: %s', async (notifies) => {
    const { flow, simulated, card } = flowBench({ card: null, reader: { notifies } });
    await flow.connect();
    expect(at(flow, 'insert-card').slotIndex).toBe(0);
    simulated.insert(card);
    await until(flow, 'overview');
    for (const go of [
      () => Promise.resolve(),
      () => flow.openKeyChoice(),
      () => flow.openSecretTask('change-pin'),
      () => flow.openCertificateImport(),
    ]) {
      await until(flow, 'overview');
      await go();
      simulated.remove();
      await until(flow, 'insert-card');
      simulated.insert(card);
    }
    await until(flow, 'overview');
    await flow.cancel();
  });

  it('a mute card is turned and tried again', async () => {
    const { flow, simulated, card } = flowBench();
    simulated.fault({ kind: 'mute', message: 0x62, until: 'never' });
    await flow.connect();
    at(flow, 'card-mute');
    await flow.retry();
    at(flow, 'card-mute');
    simulated.clearFaults();
    await flow.retry();
    expect(flow.state.kind).toBe('overview');
    await flow.back();
    await flow.connect();
    simulated.remove();
    simulated.insert(card);
    await flow.cancel();
  });

  it('an unknown card may be changed for another', async () => {
    const { flow, simulated, card } = flowBench({ reader: { cards: [new EchoCard(true)] } });
    await flow.connect();
    at(flow, 'unknown-card');
    await flow.retry();
    at(flow, 'unknown-card');
    simulated.remove();
    await until(flow, 'insert-card');
    simulated.insert(card);
    await until(flow, 'overview');
    await flow.cancel();
    expect(flow.state.kind).toBe('cancelled');
  });

  it('a listener that throws harms nobody; unsubscribing ends the calls', async () => {
    const { flow } = flowBench();
    let calls = 0;
    const stop = flow.subscribe(() => {
      calls++;
      throw new Error('mine');
    });
    await flow.connect();
    expect(flow.state.kind).toBe('overview');
    expect(calls).toBeGreaterThan(2);
    stop();
    const before = calls;
    await flow.cancel();
    expect(calls).toBe(before);
  });
});
