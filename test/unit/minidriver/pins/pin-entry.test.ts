import { describe, expect, it } from 'vitest';
import { bytes } from '../../../../src/codec/index.ts';
import { CARD_PIN_SILENT_CONTEXT } from '../../../../src/minidriver/index.ts';
import { USER_PIN } from '../fake-edge.ts';
import { bench, refusedUnasked } from '../harness.ts';
import { code, failure } from '../outcomes.ts';

const NEW = bytes(Buffer.from('87654321'));

describe('PIN entry on the reader', () => {
  it('positive: no PIN in the call, a hint for as long as the entry lasts, both roles proven', async () => {
    const seen: string[] = [];
    const { card, edge } = await bench({ external: async () => USER_PIN }, {}, undefined, (hint) => {
      seen.push(`${hint.operation} ${hint.pinId} ${hint.contextString ?? '-'} ${hint.parentWindow === window}`);
      return () => seen.push('over');
    });
    const window = { mount: true };
    expect(await card.CardGetProperty('PIN Information', 1)).toMatchObject({ PinType: 1 });
    await card.CardSetProperty('Parent Window', window, 0);
    await card.CardSetProperty('PIN Context String', 'to log on', 0);
    expect(await card.CardAuthenticateEx(1, 0, null)).toEqual({ pbSessionPin: null });
    expect(edge.authenticated & 0x0a).toBe(0x0a);
    expect(seen).toEqual(['verify 1 to log on true', 'over']);
  });

  it('ExternalPin: a silent call without a PIN is SCARD_E_INVALID_PARAMETER and asks nobody; with one it verifies quietly', async () => {
    let asked = 0;
    const { card, edge } = await bench({ external: async () => USER_PIN }, {}, undefined, () => {
      asked++;
      return () => undefined;
    });
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardAuthenticateEx(1, CARD_PIN_SILENT_CONTEXT, null));
    await card.CardAuthenticateEx(1, CARD_PIN_SILENT_CONTEXT, USER_PIN);
    expect(asked).toBe(0);
    // The v4 function takes a PIN that comes from the caller: an external one does not.
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardAuthenticatePin('user', USER_PIN));
  });

  it('negative: wrong, cancelled on the reader and on the page, timed out', async () => {
    const wrong = await bench({ external: async () => NEW });
    const refused = await failure(wrong.card.CardAuthenticateEx(1, 0, null));
    expect([refused.reason, refused.retriesLeft]).toEqual(['SCARD_W_WRONG_CHV', 2]);
    const cancelled = await bench({ external: async () => 'entry-cancelled' });
    expect(await code(cancelled.card.CardAuthenticateEx(1, 0, null))).toBe('SCARD_W_CANCELLED_BY_USER');
    const late = await bench({ external: async () => 'entry-timeout' });
    expect(await code(late.card.CardAuthenticateEx(1, 0, null))).toBe('ERROR_TIMEOUT');
    const stopped = await bench(
      { external: (signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted')))) },
      {},
      undefined,
      (hint) => {
        setTimeout(() => hint.cancel(), 5);
        return () => undefined;
      },
    );
    expect(await code(stopped.card.CardAuthenticateEx(1, 0, null))).toBe('SCARD_W_CANCELLED_BY_USER');
    expect(stopped.edge.authenticated).toBe(0);
  });

  it('a change is entered on the reader too; different entries of the new PIN are SCARD_E_INVALID_CHV', async () => {
    const { card, edge } = await bench({ external: async () => USER_PIN, externalNext: async () => NEW });
    await card.CardChangeAuthenticatorEx(2, 1, null, 1, null, 0);
    expect(edge.pin).toEqual(NEW);
    const unlike = await bench({ external: async () => USER_PIN, externalNext: async () => 'entry-mismatch' });
    expect(await code(unlike.card.CardChangeAuthenticatorEx(2, 1, null, 1, null, 0))).toBe('SCARD_E_INVALID_CHV');
    const verifyOnly = await bench({ external: async () => USER_PIN });
    await refusedUnasked(verifyOnly.edge, 'SCARD_E_UNSUPPORTED_FEATURE', verifyOnly.card.CardChangeAuthenticatorEx(2, 1, null, 1, null, 0));
  });
});
