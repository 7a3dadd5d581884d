import { describe, expect, it } from 'vitest';
import { chooseDevice, grantedDevices, Lock, UsbDevice, type UsbPort } from '../../../src/usb/index.ts';
import { AutoClock } from '../channel/auto-clock.ts';
import { DESCRIPTOR, failure, FakeDevice, FakeHost, setting } from './fake-device.ts';

function make(): { fake: FakeDevice; host: FakeHost; device: UsbDevice; clock: AutoClock } {
  const fake = new FakeDevice();
  const host = new FakeHost(fake);
  const clock = new AutoClock();
  return { fake, host, clock, device: new UsbDevice(fake.asUsb, host, { clock }) };
}
async function opened(): Promise<ReturnType<typeof make> & { port: UsbPort }> {
  const made = make();
  return { ...made, port: await made.device.openPort(setting()) };
}

describe('UsbDevice', () => {
  it('makes one state change at a time, however many are asked for', async () => {
    const { fake, device } = make();
    const [port] = await Promise.all([device.openPort(setting()), device.configurationDescriptor(), device.reset().catch((error: unknown) => error)]);
    await Promise.all([port.close(), port.close()]);
    expect(fake.calls).toEqual(['open', 'selectConfiguration', 'claimInterface', 'reset', 'releaseInterface', 'close']);
    expect(fake.opened).toBe(false);
  });

  it('reads descriptors without a claim and leaves the device closed', async () => {
    const { fake, device } = make();
    expect(await device.configurationDescriptor()).toEqual(DESCRIPTOR);
    expect(await device.configurationDescriptor()).toEqual(DESCRIPTOR);
    expect(fake.calls).toEqual(['open', 'selectConfiguration', 'close']);
  });

  it('asks for as much descriptor as there is, and for none that is longer than any real one', async () => {
    const { fake, device } = make();
    await device.configurationDescriptor();
    expect(fake.descriptorBytes).toEqual([9, DESCRIPTOR.length]);
    for (const [total, reads] of [
      [0x4000, 2],
      [0x4001, 1],
    ] as const) {
      const other = make();
      other.fake.descriptor = DESCRIPTOR.slice();
      other.fake.descriptor.set([total & 0xff, total >> 8], 2);
      const came = await other.device.configurationDescriptor().catch((error: unknown) => error);
      if (reads === 1) expect(came).toMatchObject({ layer: 'usb', reason: 'bad-descriptor' });
      else expect(came).toEqual(other.fake.descriptor);
      expect(other.fake.descriptorBytes).toHaveLength(reads);
      expect(other.fake.opened).toBe(false);
    }
  });

  it('selects the alternate setting that has the descriptor, where it is another one', async () => {
    const { fake, device } = make();
    await (await device.openPort(setting())).close();
    expect(fake.calls.filter((call) => call.startsWith('selectAlternate'))).toEqual([]);
    await (await device.openPort({ ...setting(), bAlternateSetting: 1 })).close();
    expect(fake.calls.slice(-4)).toEqual(['claimInterface', 'selectAlternateInterface 0 1', 'releaseInterface', 'close']);
    fake.refuses['selectAlternateInterface 0 2'] = failure('NetworkError');
    await expect(device.openPort({ ...setting(), bAlternateSetting: 2 })).rejects.toMatchObject({ reason: 'no-interface' });
    expect(fake.opened).toBe(false);
  });

  it.each([
    ['open', 'SecurityError', 'open-refused'],
    ['open', 'NetworkError', 'open-refused'],
    ['claimInterface', 'SecurityError', 'protected-class'],
    ['claimInterface', 'NetworkError', 'in-use'],
    ['claimInterface', 'NotFoundError', 'no-interface'],
  ])('%s failing with %s is %s, and nothing stays open', async (call, name, reason) => {
    const { fake, host, device } = make();
    fake.refuses[call] = failure(name);
    await expect(device.openPort(setting())).rejects.toMatchObject({ layer: 'usb', reason, cause: { name } });
    expect(fake.opened).toBe(false);
    expect(host.listeners.get('disconnect')?.size).toBe(0);
  });

  it('refuses a second port to one interface', async () => {
    const { device } = await opened();
    await expect(device.openPort(setting())).rejects.toMatchObject({ reason: 'in-use' });
  });
});

describe('the port', () => {
  it('hands data that come late for an aborted read to the next one, in order', async () => {
    const { fake, port } = await opened();
    const stop = new AbortController();
    const first = port.bulkIn(64, { signal: stop.signal });
    const second = port.bulkIn(128, { signal: stop.signal });
    stop.abort();
    await expect(first).rejects.toMatchObject({ reason: 'aborted' });
    await expect(second).rejects.toMatchObject({ reason: 'aborted' });
    fake.arrives(1);
    const third = port.bulkIn(64);
    const fourth = port.bulkIn(64);
    const fifth = port.bulkIn(64);
    fake.arrives(2);
    fake.arrives(3);
    expect([await third, await fourth, await fifth].map((data) => [...data])).toEqual([[1], [2], [3]]);
    expect(fake.pending).toEqual([]);
  });

  it('keeps the late data of the interrupt endpoint apart', async () => {
    const { fake, port } = await opened();
    const stop = new AbortController();
    const first = port.interruptIn({ signal: stop.signal });
    stop.abort();
    await expect(first).rejects.toMatchObject({ reason: 'aborted' });
    const bulk = port.bulkIn(64);
    expect(fake.pending.map((each) => [each.endpoint, each.length])).toEqual([
      [3, 8],
      [2, 64],
    ]);
    fake.arrives(9);
    fake.arrives(7);
    expect([...(await bulk)]).toEqual([7]);
    expect([...(await port.interruptIn())]).toEqual([9]);
  });

  it.each(['NetworkError', 'AbortError', 'NotFoundError'])('takes %s with a disconnect event for an unplug, whichever comes first', async (name) => {
    for (const eventFirst of [true, false]) {
      const { fake, host, port } = await opened();
      const reading = port.bulkIn(64);
      const end = (): void => fake.pending.shift()?.reject(failure(name));
      if (!eventFirst) end();
      setTimeout(() => host.tell('disconnect'), 1);
      if (eventFirst) setTimeout(end, 3);
      await expect(reading).rejects.toMatchObject({ reason: 'unplugged' });
      expect(await port.closed).toBe('unplugged');
      await expect(port.bulkOut(new Uint8Array(10))).rejects.toMatchObject({ reason: 'unplugged' });
    }
  });

  it('takes NetworkError alone for a failed transfer, AbortError for a lost port', async () => {
    const { fake, port } = await opened();
    const one = port.bulkIn(64);
    fake.pending.shift()?.reject(failure('NetworkError'));
    await expect(one).rejects.toMatchObject({ reason: 'transfer-failed' });
    const two = port.bulkIn(64);
    fake.pending.shift()?.reject(failure('AbortError'));
    await expect(two).rejects.toMatchObject({ reason: 'closed' });
    expect(await port.closed).toBe('lost');
  });

  it('rejects what is pending when it is closed', async () => {
    const { port } = await opened();
    const reading = port.bulkIn(64);
    const closing = port.close();
    await expect(reading).rejects.toMatchObject({ reason: 'closed' });
    await closing;
    expect(await port.closed).toBe('closed');
  });

  it('names stall, babble and short writes', async () => {
    const { fake, port } = await opened();
    for (const status of ['stall', 'babble'] as const) {
      const reading = port.bulkIn(64);
      fake.pending.shift()?.resolve({ status });
      await expect(reading).rejects.toMatchObject({ reason: status });
    }
    await expect(
      port.controlOut({ type: 'class', recipient: 'interface', bRequest: 1, wValue: 0, wIndex: 0 }, new Uint8Array(0)),
    ).rejects.toMatchObject({ reason: 'stall' });
    await expect(port.bulkOut(new Uint8Array(13))).rejects.toMatchObject({ reason: 'short-write' });
    await port.clearHalt('bulk-in');
    await port.clearHalt('bulk-out');
    expect(fake.calls.slice(-2)).toEqual(['clearHalt in 2', 'clearHalt out 1']);
  });
});

describe('choosing', () => {
  it('tells a person who chose nothing from a refused chooser', async () => {
    const { host } = make();
    expect(await chooseDevice(host)).toBeNull();
    host.chooser = () => Promise.reject(failure('SecurityError'));
    await expect(chooseDevice(host)).rejects.toMatchObject({ reason: 'not-allowed' });
    host.chooser = () => Promise.reject(failure('NotAllowedError'));
    await expect(chooseDevice(host)).rejects.toMatchObject({ reason: 'not-allowed' });
  });

  it('lists devices that may be readers only', async () => {
    const { host, fake } = make();
    expect(await grantedDevices(host)).toHaveLength(1);
    fake.configurations[0]?.interfaces[0]?.alternates.splice(0, 1, { interfaceClass: 3 });
    expect(await grantedDevices(host)).toEqual([]);
  });
});

describe('Lock', () => {
  it('serves in order, skips who gave up, frees itself after failures', async () => {
    const lock = new Lock();
    const order: number[] = [];
    const stop = new AbortController();
    const job = (n: number) => async (): Promise<void> => {
      await Promise.resolve();
      order.push(n);
      if (n === 1) throw new Error('one');
    };
    const all = [lock.run(job(1)), lock.run(job(2), stop.signal), lock.run(job(3))];
    stop.abort();
    const results = await Promise.allSettled(all);
    expect(results.map((each) => each.status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(order).toEqual([1, 3]);
    expect(lock.idle).toBe(true);
  });
});
