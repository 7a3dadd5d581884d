import { describe, expect, it } from 'vitest';
import { commandFailure, connectFailure } from '../../../src/channel/failures.ts';
import { UsbError } from '../../../src/usb/index.ts';

describe('the error of a failed command', () => {
  it('quotes nothing of a foreign error, which may hold what was sent, and keeps it as the cause', () => {
    const foreign = new Error('00200080 31323334');
    for (const error of [commandFailure(foreign, 'unknown'), connectFailure(foreign)]) {
      expect(error).toMatchObject({ layer: 'channel', reason: 'transport', message: 'the reader failed', cause: foreign });
    }
  });

  it('keeps the words of the driver’s own', () => {
    expect(commandFailure(new UsbError('stall', 'bulk-in: stall'), 'unknown')).toMatchObject({ outcome: 'unknown', message: 'bulk-in: stall' });
  });
});
