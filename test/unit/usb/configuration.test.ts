import { describe, expect, it } from 'vitest';
import { fromHex } from '../../../src/codec/index.ts';
import { ccidEndpoints, parseConfiguration } from '../../../src/usb/index.ts';

const CONFIGURATION = '09 02 45 00 02 01 00 80 32';
const HID = '09 04 00 00 01 03 01 01 00  09 21 11 01 00 01 22 3f 00  07 05 84 03 08 00 0a';
const VENDOR_EXTRA = '05 41 aa bb cc';
const CCID = `09 04 01 00 03 0b 00 00 00  ${VENDOR_EXTRA}  07 05 01 02 00 02 00  07 05 82 02 40 00 00  07 05 83 03 08 00 10`;

describe('parseConfiguration', () => {
  it('keeps class descriptors with what they follow', () => {
    const parsed = parseConfiguration(fromHex(`${CONFIGURATION} ${HID} ${CCID}`));
    expect(parsed.bConfigurationValue).toBe(1);
    expect(parsed.interfaces.map((each) => [each.bInterfaceNumber, each.bInterfaceClass, each.extra.length, each.endpoints.length])).toEqual([
      [0, 3, 1, 1],
      [1, 0x0b, 1, 3],
    ]);
    expect(parsed.interfaces[1]?.extra[0]).toEqual(fromHex(VENDOR_EXTRA));
    expect(parsed.interfaces[0]?.endpoints[0]?.extra).toEqual([]);
  });

  it('finds the first endpoint of each kind', () => {
    const [, ccid] = parseConfiguration(fromHex(`${CONFIGURATION} ${HID} ${CCID}`)).interfaces;
    if (ccid === undefined) throw new Error('no interface');
    const { bulkOut, bulkIn, interruptIn } = ccidEndpoints(ccid);
    expect([bulkOut, bulkIn, interruptIn].map((each) => [each?.bEndpointAddress, each?.wMaxPacketSize])).toEqual([
      [0x01, 512],
      [0x82, 64],
      [0x83, 8],
    ]);
    expect(() => ccidEndpoints({ ...ccid, endpoints: [] })).toThrow(expect.objectContaining({ reason: 'no-endpoint' }) as Error);
    expect(() => ccidEndpoints({ ...ccid, endpoints: [bulkOut, { ...bulkIn, wMaxPacketSize: 0 }] })).toThrow(
      expect.objectContaining({ reason: 'bad-descriptor' }) as Error,
    );
  });

  it('reads the size and the kind of an endpoint, and not what stands in the same fields (USB 2.0, table 9-13)', () => {
    // Two more transactions in a microframe, and a usage of interrupt endpoints.
    const own = '09 04 00 00 03 0b 00 00 00  07 05 01 02 00 02 00  07 05 82 02 00 0a 00  07 05 83 13 40 10 01';
    const [ccid] = parseConfiguration(fromHex(`09 02 27 00 01 01 00 80 32 ${own}`)).interfaces;
    if (ccid === undefined) throw new Error('no interface');
    const { bulkIn, interruptIn } = ccidEndpoints(ccid);
    expect([bulkIn.wMaxPacketSize, interruptIn?.wMaxPacketSize]).toEqual([512, 64]);
    const empty = ccid.endpoints.map((each) => (each === interruptIn ? { ...each, wMaxPacketSize: 0 } : each));
    expect(() => ccidEndpoints({ ...ccid, endpoints: empty })).toThrow(expect.objectContaining({ reason: 'bad-descriptor' }) as Error);
  });

  it('ends where wTotalLength says, whatever follows', () => {
    expect(parseConfiguration(fromHex(`09 02 22 00 01 01 00 80 32 ${HID} ${CCID}`)).interfaces.map((each) => each.bInterfaceNumber)).toEqual([0]);
  });

  it('leaves out what runs over the end, and keeps what stands before it', () => {
    expect(parseConfiguration(fromHex('09 02 0d 00 01 01 00 80 32  09 04 00 00')).interfaces).toEqual([]);
    const cut = parseConfiguration(fromHex(`09 02 49 00 02 01 00 80 32 ${HID} ${CCID} 05 41 aa bb`)).interfaces;
    expect(cut).toEqual(parseConfiguration(fromHex(`${CONFIGURATION} ${HID} ${CCID}`)).interfaces);
  });

  it.each([
    ['nothing', ''],
    ['another descriptor', '12 01 00 02 00 00 00 40 00'],
    ['a descriptor of zero bytes', `${CONFIGURATION} 00 04`],
  ])('refuses %s', (_, text) => {
    expect(() => parseConfiguration(fromHex(text))).toThrow(expect.objectContaining({ layer: 'usb', reason: 'bad-descriptor' }) as Error);
  });
});
