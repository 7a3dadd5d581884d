import { describe, expect, it } from 'vitest';
import { bytes, concat } from '../../../../src/codec/index.ts';
import { createSimulatedReader, READER_ENDPOINTS, type SimulatedReader } from '../../../../src/simulator/reader/index.ts';
import { createSimulatedUsb, TRANSFER_FAULT_KINDS, type TransferFault } from '../../../../src/simulator/usb/index.ts';
import { ToyCard } from '../reader/toy-card.ts';

const status = (bSeq: number): Uint8Array<ArrayBuffer> => bytes([0x65, 0, 0, 0, 0, 0, bSeq, 0, 0, 0]);
const { bulkIn, bulkOut, interruptIn } = READER_ENDPOINTS;
const ABORT = { requestType: 'class', recipient: 'interface', request: 1, value: 0, index: 0 } as const;

async function claimed(): Promise<{ readonly reader: SimulatedReader; readonly device: USBDevice }> {
  const reader = createSimulatedReader({ cards: [new ToyCard()] });
  const usb = createSimulatedUsb([reader.device]);
  const [device] = await usb.getDevices();
  if (device === undefined) throw new Error('no device');
  await device.open();
  await device.claimInterface(0);
  return { reader, device };
}

/** bSeq of the answer, or how the transfer ended; 'pending' when it did not within a few turns. */
function read(device: USBDevice, endpointNumber = 2): Promise<number | string> {
  return Promise.race([
    device.transferIn(endpointNumber, 64).then(
      ({ status: ended, data }) =>
        ended === 'ok' ? (data?.byteLength === 0 ? 'empty' : (data?.getUint8(6 % data.byteLength) ?? -1)) : String(ended),
      (error: unknown) => (error as Error).name,
    ),
    new Promise<string>((resolve) => setTimeout(() => resolve('pending'), 20)),
  ]);
}

describe('what goes in', () => {
  const ends: Record<string, readonly (number | string)[]> = {
    stall: ['stall', 'stall', 'pending'],
    // Halted until cleared, and then the answer that was there.
    'stall-and-go-on': ['stall', 'stall', 1],
    babble: ['babble', 'stall', 'pending'],
    noise: ['NetworkError', 1, 'pending'],
    silence: ['pending', 'pending', 'pending'],
    unplug: ['NetworkError', 'NotFoundError', 'NotFoundError'],
  };
  it.each(TRANSFER_FAULT_KINDS)('%s', async (kind) => {
    const { reader, device } = await claimed();
    reader.device.faults.plant({ kind, address: bulkIn });
    await device.transferOut(1, status(1));
    const first = await read(device);
    const second = await read(device);
    await device.clearHalt('in', 2).catch(() => undefined);
    expect([first, second, await read(device)]).toEqual(ends[kind]);
    expect(reader.device.faults.struck).toBe(1);
  });

  it('counts transfers for which there is something, not those that wait', async () => {
    const { reader, device } = await claimed();
    reader.device.faults.plant({ kind: 'noise', address: bulkIn, at: 2 });
    const waiting = read(device);
    const also = read(device);
    await device.transferOut(1, status(1));
    expect(await waiting).toBe(1);
    await device.transferOut(1, status(2));
    expect(await also).toBe('NetworkError');
    expect(reader.device.faults.transfersAt(bulkIn)).toBe(2);
  });

  it('in the middle of a message: the second transfer suffers, the first is whole', async () => {
    const { reader, device } = await claimed();
    reader.device.faults.plant({ kind: 'stall-and-go-on', address: bulkIn, at: 2 });
    reader.device.send(bulkIn, concat(bytes([0x80, 90, 0, 0, 0, 0, 5, 0, 0, 0]), new Uint8Array(90)));
    const head = await device.transferIn(2, 64);
    expect(head.data?.byteLength).toBe(64);
    expect((await device.transferIn(2, 64)).status).toBe('stall');
    await device.clearHalt('in', 2);
    expect((await device.transferIn(2, 64)).data?.byteLength).toBe(36);
  });

  it('of the interrupt endpoint', async () => {
    const { reader, device } = await claimed();
    reader.device.faults.plant({ kind: 'stall', address: interruptIn });
    reader.notify();
    expect(await read(device, 3)).toBe('stall');
    await device.clearHalt('in', 3);
    reader.notify();
    expect(typeof (await read(device, 3))).toBe('number');
  });
});

describe('what goes out', () => {
  const out = (device: USBDevice, bSeq: number): Promise<string> =>
    Promise.race([
      device.transferOut(1, status(bSeq)).then(
        (result) => String(result.status),
        (error: unknown) => (error as Error).name,
      ),
      new Promise<string>((resolve) => setTimeout(() => resolve('pending'), 20)),
    ]);

  it.each([
    ['stall', 'stall', 'stall'],
    ['noise', 'NetworkError', 'ok'],
    ['silence', 'pending', 'ok'],
    ['unplug', 'NetworkError', 'NotFoundError'],
  ] as const)('%s: not taken', async (kind, first, second) => {
    const { reader, device } = await claimed();
    reader.device.faults.plant({ kind, address: bulkOut });
    expect([await out(device, 1), await out(device, 2)]).toEqual([first, second]);
    expect(reader.journal.commands.map((each) => each.bSeq)).toEqual(second === 'ok' ? [2] : []);
  });

  it('noise behind a message that the device took', async () => {
    const { reader, device } = await claimed();
    reader.device.faults.plant({ kind: 'noise', address: bulkOut, taken: true });
    expect(await out(device, 1)).toBe('NetworkError');
    expect(await read(device)).toBe(1);
    expect(reader.journal.commands).toHaveLength(1);
  });

  it('ends at the next claim where it lasts until then', async () => {
    const { reader, device } = await claimed();
    const fault: TransferFault = { kind: 'noise', address: bulkOut, until: 'claim' };
    reader.device.faults.plant(fault);
    expect([await out(device, 1), await out(device, 2)]).toEqual(['NetworkError', 'NetworkError']);
    await device.releaseInterface(0);
    await device.claimInterface(0);
    expect(await out(device, 3)).toBe('ok');
  });
});

describe('control requests', () => {
  it.each([
    ['stall', 'stall'],
    ['noise', 'NetworkError'],
    ['silence', 'pending'],
    ['unplug', 'NetworkError'],
  ] as const)('%s, of one kind of request only', async (kind, expected) => {
    const { reader, device } = await claimed();
    reader.device.faults.plant({ kind, address: 0, bRequest: 1 });
    expect((await device.controlTransferIn({ ...ABORT, request: 3 }, 4)).status).toBe('stall');
    const ended = await Promise.race([
      device.controlTransferOut(ABORT).then(
        (result) => String(result.status),
        (error: unknown) => (error as Error).name,
      ),
      new Promise<string>((resolve) => setTimeout(() => resolve('pending'), 20)),
    ]);
    expect(ended).toBe(expected);
    if (kind !== 'unplug') expect((await device.controlTransferOut(ABORT)).status).toBe('ok');
  });

  it('clearing a halt is one of them', async () => {
    const { reader, device } = await claimed();
    reader.device.faults.plant({ kind: 'stall', address: 0, bRequest: 1 });
    await expect(device.clearHalt('in', 2)).rejects.toMatchObject({ name: 'NetworkError', message: 'Unable to clear endpoint.' });
    await device.clearHalt('in', 2);
  });
});
