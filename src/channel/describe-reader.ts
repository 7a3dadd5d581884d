import { type CcidInterface, describeInterface, type Quirk } from '../ccid/index.ts';
import type { DescriptionEntry, ReaderDescription } from './types.ts';

/** What can be told of a reader without claiming it. */
export async function describeReader(
  device: USBDevice,
  interfaces: () => Promise<readonly CcidInterface[]>,
  quirks: readonly Quirk[],
): Promise<ReaderDescription> {
  const hex4 = (value: number): string => `0x${value.toString(16).toUpperCase().padStart(4, '0')}`;
  const entry = (name: string, value: string | null | undefined): DescriptionEntry[] =>
    value === null || value === undefined || value === '' ? [] : [{ name, value }];
  const facts = [
    ...entry('idVendor', hex4(device.vendorId)),
    ...entry('idProduct', hex4(device.productId)),
    ...entry('bcdDevice', `${device.deviceVersionMajor}.${device.deviceVersionMinor}${device.deviceVersionSubminor}`),
    ...entry('iManufacturer', device.manufacturerName),
    ...entry('iProduct', device.productName),
    ...entry('iSerialNumber', device.serialNumber),
  ];
  let found: readonly CcidInterface[] = [];
  try {
    found = await interfaces();
  } catch {
    // The system refuses to open the device: what the browser itself knows is all there is. `access` says why.
  }
  const names = quirks.map((row) => row.name);
  if (found.some((each) => each.repaired !== undefined)) names.push('descriptor-repaired');
  return { device: facts, ccid: found.flatMap(describeInterface), quirks: names };
}
