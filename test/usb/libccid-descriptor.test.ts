import { describe, expect, it } from 'vitest';
import { type Bytes, concat, toHex } from '../../src/codec/index.ts';
import { ccidDescriptor, createSimulatedReader, encodeCcidDescriptor, type SimulatedReaderOptions } from '../../src/simulator/reader/index.ts';
import { bench, firstSlot } from '../conformance/driver-setup.ts';
import { ToyCard } from '../unit/simulator/reader/toy-card.ts';
import { startBus } from './lab.ts';
import { KNOWN_READER, startPcsc } from './pcsc.ts';

const ORDINARY = encodeCcidDescriptor(ccidDescriptor('extended-apdu', 1));

/** A configuration of one CCID interface, with any bytes where the class descriptor stands, and any behind it all. */
function configuration(classBytes: Bytes, behind: readonly number[] = []): Bytes {
  const own = Uint8Array.of(9, 4, 0, 0, 3, 0x0b, 0, 0, 0);
  const ends = Uint8Array.of(7, 5, 0x01, 2, 64, 0, 0, 7, 5, 0x82, 2, 64, 0, 0, 7, 5, 0x83, 3, 8, 0, 16);
  const body = concat(own, classBytes, ends, Uint8Array.from(behind));
  return concat(Uint8Array.of(9, 2, 9 + body.length, 0, 1, 1, 0, 0x80, 50), body);
}

const patched = (patch: Readonly<Record<number, number>>): Bytes => {
  const bytes = ORDINARY.slice();
  for (const [at, value] of Object.entries(patch)) bytes[Number(at)] = value;
  return bytes;
};

/** Taken by both, or by neither. */
const rows: readonly (readonly [string, SimulatedReaderOptions, boolean])[] = [
  ['as the standard wants it', {}, true],
  // Two steps of 27 bytes: bNumDataRatesSupported stands where the second length would.
  ['bLength 27', { ccid: { bLength: 27, bNumDataRatesSupported: 27 } }, true],
  ['bLength 27, after the endpoints', { ccid: { bLength: 27, bNumDataRatesSupported: 27 }, ccidDescriptorPlace: 'after-endpoints' }, true],
  ['bDescriptorType 22', { ccid: { bDescriptorType: 0x22 } }, true],
  ['a descriptor behind it that runs over the end', { configurationDescriptor: configuration(ORDINARY, [9, 0x41, 0]) }, true],
  ['53 bytes', { configurationDescriptor: configuration(concat(Uint8Array.of(53), ORDINARY.slice(1, 53))) }, false],
  ['55 bytes', { configurationDescriptor: configuration(concat(Uint8Array.of(55), ORDINARY.slice(1), Uint8Array.of(0))) }, false],
  ['bLength 75, endpoints swallowed', { configurationDescriptor: configuration(patched({ 0: 75 })) }, false],
  ['bLength 0', { configurationDescriptor: configuration(patched({ 0: 0 })) }, false],
];

async function libccidTakes(options: SimulatedReaderOptions): Promise<boolean> {
  const reader = createSimulatedReader({ ...KNOWN_READER, ...options, cards: [new ToyCard()] });
  await using bus = await startBus();
  const pcsc = await startPcsc(bus, bus.plug('1-1', reader.device));
  try {
    const atr = await pcsc.run('opensc-tool', ['--atr']);
    return atr.stdout.trim() === toHex(new ToyCard().atr, ':');
  } finally {
    await pcsc.stop();
  }
}

async function driverTakes(options: SimulatedReaderOptions): Promise<boolean> {
  const { reader } = await bench({ ...KNOWN_READER, ...options, cards: [new ToyCard()] });
  try {
    const { open, slot } = await firstSlot(reader);
    const { atr } = await slot.connect();
    await open.close();
    return toHex(atr) === toHex(new ToyCard().atr);
  } catch (error) {
    expect(error).toMatchObject({ layer: 'usb' });
    expect(['no-interface', 'bad-descriptor']).toContain((error as { readonly reason: string }).reason);
    return false;
  }
}

describe('a CCID class descriptor that is wrong about itself is taken by the driver where libccid takes it, and refused where it refuses', () => {
  it.each(rows)('%s', async (_name, options, taken) => {
    expect({ libccid: await libccidTakes(options), driver: await driverTakes(options) }).toEqual({ libccid: taken, driver: taken });
  });
});
