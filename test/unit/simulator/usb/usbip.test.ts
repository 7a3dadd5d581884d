import { describe, expect, it } from 'vitest';
import { bytes, concat, fromHex, toHex } from '../../../../src/codec/index.ts';
import { USBIP_HEADER_BYTES, decodeCommand, encodeSubmitReply, encodeUnlinkReply } from '../../../../src/simulator/usb/index.ts';

const words = (...values: readonly number[]) => fromHex(values.map((value) => (value >>> 0).toString(16).padStart(8, '0')).join(''));
const setup = fromHex('80060002000000ff');

describe('USB/IP', () => {
  it('reads a submit with data and what follows it', () => {
    const data = fromHex('6500000000');
    const out = concat(words(1, 7, 0x10001, 0, 1, 0, 5, 0, -1, 0), bytes(8), data);
    const unlink = concat(words(2, 8, 0x10001, 0, 0, 7), bytes(24));
    const first = decodeCommand(concat(out, unlink));
    expect(first).toMatchObject({ bytes: 53, command: { kind: 'submit', seqnum: 7, address: 1, isIn: false, lengthBytes: 5 } });
    expect(first?.command.kind === 'submit' && toHex(first.command.data)).toBe('6500000000');
    expect(decodeCommand(unlink)).toEqual({ bytes: USBIP_HEADER_BYTES, command: { kind: 'unlink', seqnum: 8, victim: 7 } });
  });

  it('waits for the rest, at every cut', () => {
    const whole = concat(words(1, 7, 0x10001, 0, 1, 0, 5, 0, -1, 0), bytes(13));
    for (let cut = 0; cut < whole.length; cut++) expect(decodeCommand(whole.slice(0, cut))).toBeNull();
  });

  it('reads control and IN transfers', () => {
    const control = decodeCommand(concat(words(1, 1, 0x10001, 1, 0, 0, 255, 0, -1, 0), setup));
    expect(control?.command.kind === 'submit' && [control.command.address, control.command.isIn, toHex(control.command.setup)]).toEqual([
      0,
      true,
      toHex(setup),
    ]);
    expect(decodeCommand(concat(words(1, 1, 0x10001, 1, 2, 0, 512, 0, -1, 0), bytes(8)))).toMatchObject({
      command: { address: 0x82, lengthBytes: 512 },
      bytes: 48,
    });
  });

  it('refuses what is no command', () => {
    expect(() => decodeCommand(bytes(48))).toThrow(RangeError);
    expect(() => decodeCommand(concat(words(1, 1, 0, 0, 1, 0, 0x7fffffff), bytes(20)))).toThrow(RangeError);
  });

  it('answers with errno values', () => {
    expect(toHex(encodeSubmitReply(7, 'completed', bytes([1, 2]), 2))).toBe(
      toHex(concat(words(3, 7, 0x10001, 0, 0, 0, 2, 0, -1, 0), bytes(8), bytes([1, 2]))),
    );
    expect(toHex(encodeSubmitReply(7, 'stall', bytes(0), 0)).slice(40, 48)).toBe('ffffffe0');
    expect(toHex(encodeUnlinkReply(8, 7, true))).toBe(toHex(concat(words(4, 8, 0x10001, 0, 0, -104), bytes(20), words(7))));
    expect(encodeUnlinkReply(8, 7, true)).toHaveLength(48);
  });
});
