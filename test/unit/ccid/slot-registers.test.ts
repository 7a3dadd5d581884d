import { describe, expect, it } from 'vitest';
import { logWords } from '../../../src/app/diagnostics/log-words.ts';
import { slotRegisters, slotStatusName } from '../../../src/ccid/index.ts';

describe('slot status and error registers in words (CCID 1.1, 6.2.6)', () => {
  it('every bStatus has a name', () => {
    const names = Array.from({ length: 256 }, (_, bStatus) => slotStatusName(bStatus));
    expect(new Set(names).size).toBe(16);
    expect([names[0x00], names[0x01], names[0x42], names[0x80], names[0xff]]).toEqual([
      'done, card active',
      'done, card inactive',
      'failed, no card',
      'time extension, card active',
      'reserved, reserved',
    ]);
  });

  it('bError is a multiplier in a time extension, and an error otherwise', () => {
    expect(slotRegisters(0x80, 0x05)).toBe('bStatus 80 (time extension, card active), bError 05 (5 waiting times)');
    expect(slotRegisters(0x41, 0xfe)).toBe('bStatus 41 (failed, card inactive), bError FE (ICC_MUTE)');
  });

  it('stands in the log that a person reads', () => {
    const event = {
      layer: 'ccid',
      kind: 'response',
      message: 'RDR_to_PC_DataBlock',
      bSlot: 0,
      bSeq: 1,
      dwLength: 0,
      bStatus: 0x41,
      bError: 0xfe,
    } as const;
    expect(logWords(event).text).toBe('RDR_to_PC_DataBlock, bSlot 0, bSeq 1, bStatus 41 (failed, card inactive), bError FE (ICC_MUTE)');
    expect(logWords({ ...event, bStatus: 0, bError: 0 }).text).toBe('RDR_to_PC_DataBlock, bSlot 0, bSeq 1');
  });
});
