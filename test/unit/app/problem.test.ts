import { describe, expect, it } from 'vitest';
import { FlowError } from '../../../src/app/errors.ts';
import { toProblem } from '../../../src/app/problem.ts';
import { CcidError } from '../../../src/ccid/index.ts';
import { ChannelError } from '../../../src/channel/index.ts';
import { CardEdgeError, MinidriverError, minidriverError } from '../../../src/minidriver/index.ts';
import { CardError } from '../../../src/piv/index.ts';
import { UsbError } from '../../../src/usb/index.ts';

describe('what support reads of an error', () => {
  it('status word and return code, wherever they stand in the chain', () => {
    const card = new CardError('wrong-pin', 'wrong', { sw: 0x63c2, retriesLeft: 2 });
    const error = minidriverError(new CardEdgeError('wrong-pin', 'wrong', { cause: card, retriesLeft: 2 }), 'authenticate');
    expect(toProblem(error)).toMatchObject({
      code: 'E03',
      retriesLeft: 2,
      detail: {
        sw: 0x63c2,
        dword: 0x8010006b,
        dwordName: 'SCARD_W_WRONG_CHV',
        trail: ['minidriver:SCARD_W_WRONG_CHV', 'card-edge:wrong-pin', 'card:wrong-pin'],
      },
    });
    expect(toProblem(new TypeError('x')).detail).toEqual({ trail: ['error:TypeError'] });
  });
});

describe('what an authority said', () => {
  const said = (cause: unknown) => toProblem(new FlowError('authority-refused', 'no certificate came', { cause })).detail.said;

  it('is one line of bounded length, of nobody but the authority', () => {
    expect(said(new Error('403\r\n== findings ==\u202e'))).toBe('403 == findings ==');
    expect(said('offline')).toBe('offline');
    for (const nothing of [undefined, { message: 'no error' }, new Error(''), 7]) expect(said(nothing)).toBeUndefined();
    const long = said(new Error('\u{1f511}'.repeat(1000))) ?? '';
    expect([[...long].length, long.endsWith('\u{1f511}…')]).toEqual([300, true]);
    expect(toProblem(new FlowError('key-changed', 'x', { cause: new Error('inside') })).detail.said).toBeUndefined();
    expect(toProblem(new Error('outside')).detail.said).toBeUndefined();
  });
});

describe('a reader that somebody else has', () => {
  const inUse = new UsbError('in-use', 'claim interface 0');
  it.each([
    ['could not be opened', inUse],
    ['was taken between two transactions', new ChannelError('busy', 'not-sent', 'claim interface 0', { cause: inUse })],
  ])('%s: SCARD_E_SHARING_VIOLATION, another program or tab, close it', (_name, error) => {
    const code = minidriverError(error);
    expect(code).toMatchObject({ reason: 'SCARD_E_SHARING_VIOLATION', dwCode: 0x8010000b });
    for (const each of [error, code])
      expect(toProblem(each)).toMatchObject({ code: 'U04', what: 'reader-in-use', next: ['close-other-program', 'retry'] });
  });

  it('a busy reader, and transactions that nest, are told from it', () => {
    const reader = new ChannelError('busy', 'not-sent', 'busy', { cause: new CcidError('busy', 'busy') });
    expect(toProblem(reader)).toMatchObject({ code: 'R11', next: ['wait-and-retry', 'replug-reader'] });
    expect(toProblem(new ChannelError('busy', 'not-sent', 'transactions do not nest'))).toMatchObject({ code: 'L07' });
    expect(minidriverError(new UsbError('unplugged', 'gone'))).toMatchObject({ reason: 'SCARD_E_READER_UNAVAILABLE' });
    expect(minidriverError(new MinidriverError('SCARD_E_NO_MEMORY', 'x')).reason).toBe('SCARD_E_NO_MEMORY');
  });
});

it('what a card keeps back without contacts is not taken for a missing PIN', () => {
  const refused = (contactless?: 'contacts-only'): unknown =>
    new CardEdgeError('not-authenticated', 'refused', {
      cause: new CardError('not-authenticated', 'refused', { sw: 0x6982, ...(contactless === undefined ? {} : { contactless }) }),
    });
  expect(toProblem(refused('contacts-only'))).toMatchObject({
    code: 'E24',
    what: 'needs-contacts',
    cardState: 'unchanged',
    next: ['choose-other-reader'],
  });
  expect(toProblem(refused())).toMatchObject({ code: 'E07', what: 'pin-needed' });
});
