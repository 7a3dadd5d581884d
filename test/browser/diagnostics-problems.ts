import { type Problem, toProblem } from '../../src/app/problem.ts';
import { CcidError } from '../../src/ccid/errors.ts';
import { ChannelError } from '../../src/channel/errors.ts';
import { UsbError } from '../../src/usb/errors.ts';

/** Problems as the flow meets them. */
export const problems: Readonly<Record<'timeout' | 'notAllowed' | 'mute' | 'unplugged' | 'inUse', Problem>> = {
  timeout: toProblem(new ChannelError('timeout', 'unknown', 'no end'), { cardState: 'untouched' }),
  notAllowed: toProblem(new UsbError('not-allowed', 'no gesture')),
  mute: toProblem(
    new ChannelError('card-mute', 'not-sent', 'mute', {
      cause: new CcidError('mute', 'mute', { message: 'PC_to_RDR_IccPowerOn', bStatus: 0x41, bError: 0xfe }),
    }),
    { cardState: 'untouched' },
  ),
  unplugged: toProblem(new ChannelError('unplugged', 'unknown', 'gone'), { cardState: 'unchanged' }),
  inUse: toProblem(new UsbError('in-use', 'claimed')),
};
