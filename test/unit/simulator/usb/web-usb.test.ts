import { describe, expect, it } from 'vitest';
import { bytes, toHex } from '../../../../src/codec/index.ts';
import { createSimulatedReader, type SimulatedReaderOptions } from '../../../../src/simulator/reader/index.ts';
import { OTHER_PROGRAM, createSimulatedUsb, type SimulatedUsb, type SimulatedUsbOptions } from '../../../../src/simulator/usb/index.ts';
import { ToyCard } from '../reader/toy-card.ts';

const STATUS = bytes([0x65, 0, 0, 0, 0, 0, 7, 0, 0, 0]);
const INTERFACE_IN = { requestType: 'class', recipient: 'interface', request: 3, value: 0, index: 0 } as const;

async function outcome(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'ok';
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

async function setUp(readerOptions: SimulatedReaderOptions = {}, usbOptions: SimulatedUsbOptions = {}) {
  const reader = createSimulatedReader({ cards: [new ToyCard()], ...readerOptions });
  const usb = createSimulatedUsb([reader.device], usbOptions);
  const [device] = await usb.getDevices();
  if (device === undefined) throw new Error('no device');
  return { reader, usb, device };
}

const claimed = async (...options: Parameters<typeof setUp>) => {
  const all = await setUp(...options);
  await all.device.open();
  await all.device.claimInterface(0);
  return all;
};

const events = (usb: SimulatedUsb): string[] => {
  const seen: string[] = [];
  usb.addEventListener('connect', (event) => seen.push(`connect ${event.device.serialNumber}`));
  usb.ondisconnect = (event) => seen.push(`disconnect ${event.device.serialNumber}`);
  return seen;
};

const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

describe('preconditions', () => {
  it('names and words are the browser’s', async () => {
    const { device } = await setUp();
    expect(await outcome(device.claimInterface(0))).toBe('InvalidStateError: The device must be opened first.');
    expect(await outcome(device.transferIn(2, 64))).toBe('InvalidStateError: The device must be opened first.');
    expect(await outcome(device.selectConfiguration(1))).toBe('InvalidStateError: The device must be opened first.');
    expect(await outcome(device.reset())).toBe('InvalidStateError: The device must be opened first.');
    await device.open();
    expect(await outcome(device.open())).toBe('ok');
    expect(await outcome(device.selectConfiguration(2))).toMatch(/^NotFoundError/);
    expect(await outcome(device.selectConfiguration(1))).toBe('ok');
    expect(await outcome(device.claimInterface(4))).toMatch(/^NotFoundError/);
    expect(await outcome(device.transferIn(2, 64))).toBe(
      'NotFoundError: The specified endpoint is not part of a claimed and selected alternate interface.',
    );
    expect(await outcome(device.transferIn(16, 64))).toMatch(/^IndexSizeError/);
    expect(await outcome(device.controlTransferIn(INTERFACE_IN, 4))).toBe('InvalidStateError: The specified interface has not been claimed.');
    await device.claimInterface(0);
    expect(device.configuration?.interfaces[0]?.claimed).toBe(true);
    expect(await outcome(device.claimInterface(0))).toBe('ok');
    expect(await outcome(device.selectAlternateInterface(0, 1))).toMatch(/^NotFoundError/);
    expect(await outcome(device.transferOut(2, STATUS))).toMatch(/^NotFoundError/);
    expect(await outcome(device.releaseInterface(0))).toBe('ok');
    expect(await outcome(device.close())).toBe('ok');
    expect(device.opened).toBe(false);
  });

  it('one state change at a time', async () => {
    const { device } = await setUp();
    await device.open();
    const three = [device.claimInterface(0), device.claimInterface(0), device.reset()].map(outcome);
    const busy = 'InvalidStateError: An operation that changes interface state is in progress.';
    expect(await Promise.all(three)).toEqual(['ok', busy, busy]);
    const opening = device.close();
    expect(await outcome(device.open())).toBe('InvalidStateError: An operation that changes the device state is in progress.');
    await opening;
  });

  it('an ordinary page may look at a reader of class 0B but not claim it', async () => {
    const { device } = await setUp({}, { ordinaryPage: true });
    await device.open();
    expect(await outcome(device.claimInterface(0))).toBe('SecurityError: The requested interface implements a protected class.');
    const answer = await device.controlTransferIn({ requestType: 'standard', recipient: 'device', request: 6, value: 0x200, index: 0 }, 4096);
    expect(answer.data?.byteLength).toBe(9 + 9 + 54 + 21);
    expect(await outcome(device.controlTransferIn({ requestType: 'class', recipient: 'device', request: 3, value: 0, index: 0 }, 4))).toBe(
      'SecurityError: The transfer was not allowed.',
    );
    const vendor = await setUp({ interfaceClass: 0xff }, { ordinaryPage: true });
    await vendor.device.open();
    expect(await outcome(vendor.device.claimInterface(0))).toBe('ok');
  });

  it('standard requests that change something are refused everywhere', async () => {
    const { device } = await claimed();
    expect(await outcome(device.controlTransferOut({ requestType: 'standard', recipient: 'device', request: 9, value: 1, index: 0 }))).toBe(
      'SecurityError: The transfer was not allowed.',
    );
  });

  it('an interface is held by one: another program, another page', async () => {
    const { reader, usb, device } = await claimed();
    const other = createSimulatedUsb([reader.device]);
    const [theirs] = await other.getDevices();
    await theirs?.open();
    expect(await outcome(theirs?.claimInterface(0) ?? Promise.resolve())).toBe('NetworkError: Unable to claim interface.');
    usb.closePage();
    expect(device.opened).toBe(false);
    expect(await outcome(theirs?.claimInterface(0) ?? Promise.resolve())).toBe('ok');
    await theirs?.close();
    reader.device.claim(0, OTHER_PROGRAM);
    await device.open();
    expect(await outcome(device.claimInterface(0))).toBe('NetworkError: Unable to claim interface.');
  });

  it('the system may refuse to open', async () => {
    const { device } = await setUp({}, { openRefused: () => true });
    expect(await outcome(device.open())).toBe('SecurityError: Access denied.');
  });
});

describe('transfers', () => {
  it('carry a command and its answer; IN may wait before OUT', async () => {
    const { device } = await claimed();
    const pending = device.transferIn(2, 512);
    expect(await device.transferOut(1, STATUS)).toEqual({ status: 'ok', bytesWritten: 10 });
    const { status, data } = await pending;
    expect(`${status} ${toHex(new Uint8Array(data?.buffer ?? new ArrayBuffer(0)))}`).toBe('ok 81000000000007010000');
  });

  it('stall, babble, clearHalt', async () => {
    const { reader, device } = await claimed();
    await device.transferOut(1, STATUS);
    expect((await device.transferIn(2, 5)).status).toBe('babble');
    expect((await device.transferIn(2, 64)).status).toBe('stall');
    await device.clearHalt('in', 2);
    reader.fault({ kind: 'stall-out' });
    expect(await device.transferOut(1, STATUS)).toEqual({ status: 'stall', bytesWritten: 0 });
    expect((await device.transferOut(1, STATUS)).status).toBe('stall');
    await device.clearHalt('out', 1);
    expect((await device.transferOut(1, STATUS)).status).toBe('ok');
    expect((await device.controlTransferIn(INTERFACE_IN, 4)).status).toBe('stall');
  });

  it('a whole number of packets without an empty one leaves a longer read pending', async () => {
    const { device } = await claimed({ zeroLengthPacket: false, cards: [new ToyCard([0x3b, ...new Uint8Array(53)])] });
    const read = device.transferIn(2, 512);
    await device.transferOut(1, bytes([0x62, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    expect(await Promise.race([read.then(() => 'done'), nextTask().then(() => 'pending')])).toBe('pending');
    await device.close();
    expect(await outcome(read)).toBe('AbortError: The transfer was cancelled.');
  });

  it('releasing an interface fails its pending transfers', async () => {
    const { device } = await claimed();
    const read = outcome(device.transferIn(2, 64));
    await device.releaseInterface(0);
    expect(await read).toBe('NetworkError: A transfer error has occurred.');
  });
});

describe('coming and going', () => {
  it('unplug fails what is pending, then tells; a plugged device is a new object', async () => {
    const { reader, usb, device } = await claimed();
    await nextTask();
    const seen = events(usb);
    const read = outcome(device.transferIn(2, 64)).then((text) => seen.push(text));
    usb.unplug(reader.device);
    await read;
    await nextTask();
    expect(seen).toEqual(['NetworkError: A transfer error has occurred.', 'disconnect SIM1']);
    expect(await outcome(device.transferIn(2, 64))).toBe('NotFoundError: The device was disconnected.');
    expect(await usb.getDevices()).toEqual([]);
    usb.plug(reader.device);
    await nextTask();
    expect(seen.at(-1)).toBe('connect SIM1');
    expect((await usb.getDevices())[0]).not.toBe(device);
  });

  it('a fault can pull the reader', async () => {
    const { reader, usb, device } = await claimed();
    reader.fault({ kind: 'unplug' });
    const read = outcome(device.transferIn(2, 64));
    await device.transferOut(1, STATUS);
    expect(await read).toBe('NetworkError: A transfer error has occurred.');
    expect(await usb.getDevices()).toEqual([]);
  });

  it('the chooser gives permission, forget takes it, a serial number keeps it over a replug', async () => {
    const named = createSimulatedReader();
    const nameless = createSimulatedReader({ serialNumber: null, productId: 2 });
    const usb = createSimulatedUsb([named.device, nameless.device], { granted: false });
    expect(await usb.getDevices()).toEqual([]);
    const device = await usb.requestDevice({ filters: [{ classCode: 0x0b }] });
    await usb.requestDevice({ filters: [{ vendorId: 0x1209, productId: 2 }] });
    expect(await usb.getDevices()).toHaveLength(2);
    for (const reader of [named, nameless]) {
      usb.unplug(reader.device);
      usb.plug(reader.device);
    }
    expect((await usb.getDevices()).map((item) => item.serialNumber)).toEqual(['SIM1']);
    await (await usb.getDevices())[0]?.forget();
    expect(await usb.getDevices()).toEqual([]);
    expect(device.productName).toBe('Simulated Reader');
    expect(await outcome(usb.requestDevice({ filters: [{ classCode: 3 }] }))).toBe('NotFoundError: No device selected.');
    expect(await outcome(usb.requestDevice({ filters: [{ productId: 3 }] }))).toMatch(/^TypeError/);
    expect(await outcome(usb.requestDevice())).toMatch(/^TypeError/);
  });
});

describe('configuration tree', () => {
  it('shows interfaces and endpoints of a composite device', async () => {
    const hid = {
      interfaceClass: 3,
      classDescriptors: bytes([9, 0x21, 0x11, 1, 0, 1, 0x22, 63, 0]),
      endpoints: [{ address: 0x84, type: 'interrupt' as const, packetBytes: 8, interval: 10 }],
    };
    const { reader, device } = await setUp({ interfacesBefore: [hid], ccidDescriptorPlace: 'after-endpoints' });
    expect(reader.interfaceNumber).toBe(1);
    expect(device.configuration?.interfaces.map((item) => [item.interfaceNumber, item.alternate.interfaceClass])).toEqual([
      [0, 3],
      [1, 0x0b],
    ]);
    expect(device.configuration?.interfaces[1]?.alternate.endpoints).toEqual([
      { endpointNumber: 1, direction: 'out', type: 'bulk', packetSize: 64 },
      { endpointNumber: 2, direction: 'in', type: 'bulk', packetSize: 64 },
      { endpointNumber: 3, direction: 'in', type: 'interrupt', packetSize: 8 },
    ]);
  });
});
