import { describe, expect, it } from 'vitest';
import { bytes, fromHex, toHex } from '../../../src/codec/index.ts';
import {
  CARD_AUTHENTICATE_GENERATE_SESSION_PIN,
  CARD_AUTHENTICATE_SESSION_PIN,
  CARD_DATA_VALUE_UNKNOWN,
  CARD_PIN_SILENT_CONTEXT,
} from '../../../src/minidriver/index.ts';
import { adminResponse, PUK, USER_PIN } from './fake-edge.ts';
import { bench, refusedUnasked, userBench } from './harness.ts';
import { code, failure, NULL } from './outcomes.ts';

const NEW = bytes(Buffer.from('87654321'));
const WRONG = bytes(Buffer.from('654321'));
const state = (card: Awaited<ReturnType<typeof bench>>['card']): Promise<number> => card.CardGetProperty('Authenticated State', 0);

describe('CardAuthenticateEx', () => {
  it('positive: the PIN opens the roles it stands for, without a session PIN', async () => {
    const { card } = await bench();
    expect(await card.CardAuthenticateEx(1, 0, USER_PIN)).toEqual({ pbSessionPin: null });
    expect(await state(card)).toBe(0x0a);
  });

  it('positive: a silent call verifies quietly', async () => {
    const { card } = await bench();
    expect(await code(card.CardAuthenticateEx(1, CARD_PIN_SILENT_CONTEXT, USER_PIN))).toBe('SCARD_S_SUCCESS');
  });

  it.each([
    ['PinId 0', 0],
    ['PinId of no card PIN', 7],
    ['PinId 8', 8],
    ['PinId FFFFFFFF', 0xffffffff],
    ['PinId NULL', NULL],
  ])('%s is SCARD_E_INVALID_PARAMETER', async (_, PinId) => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardAuthenticateEx(PinId, 0, USER_PIN));
  });

  it('the unblocking PIN is SCARD_E_UNSUPPORTED_FEATURE', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardAuthenticateEx(4, 0, PUK));
  });

  it.each([CARD_AUTHENTICATE_GENERATE_SESSION_PIN, CARD_AUTHENTICATE_SESSION_PIN])(
    'session PIN flag %i is SCARD_E_UNSUPPORTED_FEATURE',
    async (flag) => {
      const { card, edge } = await bench();
      await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardAuthenticateEx(1, flag, USER_PIN));
    },
  );

  it('an undefined flag is SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardAuthenticateEx(1, 1, USER_PIN));
  });

  it('pbPinData NULL and cbPinData 0 are SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardAuthenticateEx(1, 0, null));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardAuthenticateEx(1, 0, bytes(0)));
  });

  it('PinSequences: wrong PINs count down to WRONG_CHV with 0, then CHV_BLOCKED with 0', async () => {
    const { card } = await bench();
    const seen: [string, number | undefined, number][] = [];
    for (let i = 0; i < 4; i++) {
      const error = await failure(card.CardAuthenticateEx(1, 0, WRONG));
      seen.push([error.name, error.retriesLeft, error.pcAttemptsRemaining]);
    }
    expect(seen).toEqual([
      ['SCARD_W_WRONG_CHV', 2, 2],
      ['SCARD_W_WRONG_CHV', 1, 1],
      ['SCARD_W_WRONG_CHV', 0, 0],
      ['SCARD_W_CHV_BLOCKED', 0, 0],
    ]);
    expect(await code(card.CardAuthenticateEx(1, 0, USER_PIN))).toBe('SCARD_W_CHV_BLOCKED');
  });

  it.each([1, 5, 9, 300])('a PIN of %i bytes is WRONG_CHV and costs no try', async (lengthBytes) => {
    const { card, edge } = await bench();
    const error = await failure(card.CardAuthenticateEx(1, 0, bytes(lengthBytes).fill(0x31)));
    expect([error.name, error.retriesLeft, edge.tries.get(1)]).toEqual(['SCARD_W_WRONG_CHV', 3, 3]);
  });

  it('a wrong PIN of one role leaves the administrator in', async () => {
    const { card } = await bench();
    await card.CardAuthenticateEx(2, 0, adminResponse(await card.CardGetChallengeEx(2, 0)));
    await card.CardAuthenticateEx(1, 0, USER_PIN);
    expect(await state(card)).toBe(0x0e);
    await failure(card.CardAuthenticateEx(1, 0, WRONG));
    expect(await state(card)).toBe(0x04);
  });

  it('the administrator is proven by the response to the challenge fetched before', async () => {
    const { card } = await bench();
    await card.CardAuthenticateEx(2, 0, adminResponse(await card.CardGetChallengeEx(2, 0)));
    expect(await state(card)).toBe(0x04);
  });

  it('a wrong response is WRONG_CHV, of a card that does not count', async () => {
    const { card } = await bench();
    await card.CardGetChallengeEx(2, 0);
    const error = await failure(card.CardAuthenticateEx(2, 0, bytes(8)));
    expect([error.name, error.pcAttemptsRemaining]).toEqual(['SCARD_W_WRONG_CHV', CARD_DATA_VALUE_UNKNOWN]);
  });

  it('a response without a challenge is SCARD_E_UNEXPECTED', async () => {
    const { card } = await bench();
    expect(await code(card.CardAuthenticateEx(2, 0, bytes(8)))).toBe('SCARD_E_UNEXPECTED');
  });

  it('the error carries neither PIN nor digits of it', async () => {
    const { card } = await bench();
    const error = await failure(card.CardAuthenticateEx(1, 0, WRONG));
    const told = `${error.message} ${String(error.stack)} ${JSON.stringify(error)}`;
    expect(told).not.toContain('654321');
    expect(told).not.toContain(toHex(WRONG));
  });
});

describe('CardAuthenticatePin', () => {
  it('positive: user', async () => {
    const { card } = await bench();
    await card.CardAuthenticatePin('user', USER_PIN);
    expect(await state(card)).toBe(0x0a);
  });

  it.each([
    ['NULL', NULL],
    ['empty', ''],
    ['anonymous', 'anonymous'],
    ['another', 'somebody'],
    ['User', 'User'],
    ['admin, who is proven by a challenge', 'admin'],
  ])('user id %s is SCARD_E_INVALID_PARAMETER', async (_, user) => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardAuthenticatePin(user, USER_PIN));
  });

  it('pbPin NULL is SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardAuthenticatePin('user', NULL));
  });

  it.each([0, 1, 5, 9])('a PIN of %i bytes is WRONG_CHV and costs no try', async (lengthBytes) => {
    const { card, edge } = await bench();
    const error = await failure(card.CardAuthenticatePin('user', bytes(lengthBytes)));
    expect([error.name, error.pcAttemptsRemaining, edge.tries.get(1)]).toEqual(['SCARD_W_WRONG_CHV', 3, 3]);
  });

  it('wrong and blocked', async () => {
    const { card } = await bench();
    expect(await code(card.CardAuthenticatePin('user', WRONG))).toBe('SCARD_W_WRONG_CHV');
    await failure(card.CardAuthenticatePin('user', WRONG));
    await failure(card.CardAuthenticatePin('user', WRONG));
    expect(await code(card.CardAuthenticatePin('user', USER_PIN))).toBe('SCARD_W_CHV_BLOCKED');
  });
});

describe('CardGetChallenge and CardGetChallengeEx', () => {
  it('NonRepeatingChallenge: 300 challenges, each in whole 8-byte blocks and new', async () => {
    const { card } = await bench();
    const seen = new Set<string>();
    for (let i = 0; i < 300; i++) {
      const challenge = i % 2 === 0 ? await card.CardGetChallenge() : await card.CardGetChallengeEx(2, 0);
      expect(challenge.length % 8).toBe(0);
      seen.add(toHex(challenge));
    }
    expect(seen.size).toBe(300);
  });

  it.each([0, 1, 3, 7, 8])('PinId %i has no challenge: SCARD_E_INVALID_PARAMETER', async (PinId) => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardGetChallengeEx(PinId, 0));
  });

  it('flags are SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardGetChallengeEx(2, 1));
  });
});

describe('CardAuthenticateChallenge', () => {
  it('positive', async () => {
    const { card } = await bench();
    await card.CardAuthenticateChallenge(adminResponse(await card.CardGetChallenge()));
    expect(await state(card)).toBe(0x04);
  });

  it('a failure leaves the administrator out, and the response spends the challenge', async () => {
    const { card } = await bench();
    await card.CardAuthenticateChallenge(adminResponse(await card.CardGetChallenge()));
    const challenge = await card.CardGetChallenge();
    expect(await code(card.CardAuthenticateChallenge(bytes(8)))).toBe('SCARD_W_WRONG_CHV');
    expect(await state(card)).toBe(0);
    expect(await code(card.CardAuthenticateChallenge(adminResponse(challenge)))).toBe('SCARD_E_UNEXPECTED');
  });

  it('pbResponseData NULL is SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardAuthenticateChallenge(NULL));
  });
});

describe('CardDeauthenticateEx and CardDeauthenticate', () => {
  it('positive: the bits name the PINs, the bit of ROLE_EVERYONE says nothing', async () => {
    const { card } = await userBench();
    await card.CardAuthenticateEx(2, 0, adminResponse(await card.CardGetChallenge()));
    await card.CardDeauthenticateEx(0x05, 0);
    expect(await state(card)).toBe(0x0a);
    await card.CardDeauthenticateEx(0xff, 0);
    expect(await state(card)).toBe(0);
  });

  it('positive: by user name', async () => {
    const { card } = await userBench();
    await card.CardDeauthenticate('user', 0);
    expect(await state(card)).toBe(0);
  });

  it('bad set, flags and names are SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await userBench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardDeauthenticateEx(0x100, 0));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardDeauthenticateEx(1, 1));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardDeauthenticate('anonymous', 0));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardDeauthenticate(NULL, 0));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardDeauthenticate('user', 2));
    expect(await state(card)).toBe(0x0a);
  });
});

describe('CardChangeAuthenticatorEx', () => {
  it('PinChange: positive, and the card stays authenticated', async () => {
    const { card } = await bench();
    await card.CardChangeAuthenticatorEx(2, 1, USER_PIN, 1, NEW, 0);
    expect(await state(card)).toBe(0x0a);
    await card.CardDeauthenticateEx(0xff, 0);
    expect(await code(card.CardAuthenticateEx(1, 0, USER_PIN))).toBe('SCARD_W_WRONG_CHV');
    expect(await code(card.CardAuthenticateEx(1, 0, NEW))).toBe('SCARD_S_SUCCESS');
  });

  it('PinUnblock: positive, and both PINs end without authentication', async () => {
    const { card } = await bench();
    for (let i = 0; i < 3; i++) await failure(card.CardAuthenticateEx(1, 0, WRONG));
    await card.CardChangeAuthenticatorEx(1, 4, PUK, 1, NEW, 0);
    expect(await state(card)).toBe(0);
    expect(await code(card.CardAuthenticateEx(1, 0, NEW))).toBe('SCARD_S_SUCCESS');
  });

  it('unblocking ends an authentication that was there before', async () => {
    const { card } = await userBench();
    await card.CardChangeAuthenticatorEx(1, 4, PUK, 1, NEW, 0);
    expect(await state(card)).toBe(0);
  });

  it('positive: PUK and administration key', async () => {
    const { card, edge } = await bench();
    await card.CardChangeAuthenticatorEx(2, 4, PUK, 4, bytes(Buffer.from('87654321')), 0);
    expect(Buffer.from(edge.puk).toString()).toBe('87654321');
    await card.CardChangeAuthenticatorEx(2, 2, adminResponse(await card.CardGetChallenge()), 2, fromHex('f1f2f3f4f5f6f7f8'), 0);
    expect(toHex(edge.adminKey)).toBe('f1f2f3f4f5f6f7f8');
    expect(await state(card)).toBe(0x04);
  });

  it.each<[string, number, number, number, number]>([
    ['neither flag', 0, 1, 1, 0],
    ['both flags', 3, 1, 1, 0],
    ['an undefined flag', 6, 1, 1, 0],
    ['authenticating PinId 0', 2, 0, 1, 0],
    ['target PinId 8', 2, 1, 8, 0],
    ['a PIN that unblocks itself', 1, 1, 1, 0],
    ['cRetryCount', 2, 1, 1, 5],
  ])('%s is SCARD_E_INVALID_PARAMETER', async (_, flags, by, target, tries) => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardChangeAuthenticatorEx(flags, by, USER_PIN, target, NEW, tries));
  });

  it('NULL data are SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardChangeAuthenticatorEx(2, 1, NULL, 1, NEW, 0));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardChangeAuthenticatorEx(2, 1, USER_PIN, 1, NULL, 0));
  });

  it('a pair that the card has no way for is SCARD_E_UNSUPPORTED_FEATURE', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardChangeAuthenticatorEx(1, 2, bytes(8), 1, NEW, 0));
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardChangeAuthenticatorEx(2, 4, PUK, 1, NEW, 0));
  });

  it.each([0, 5, 9])('a new PIN of %i bytes is SCARD_E_INVALID_PARAMETER and changes nothing', async (lengthBytes) => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardChangeAuthenticatorEx(2, 1, USER_PIN, 1, bytes(lengthBytes), 0));
    expect(edge.pin).toEqual(USER_PIN);
  });

  it('a new PIN that the card finds bad is SCARD_E_INVALID_PARAMETER', async () => {
    const { card } = await bench();
    expect(await code(card.CardChangeAuthenticatorEx(2, 1, USER_PIN, 1, bytes(6).fill(0xff), 0))).toBe('SCARD_E_INVALID_PARAMETER');
  });

  it('wrong and blocked tell the tries of the authenticating PIN', async () => {
    const { card } = await bench();
    for (const left of [2, 1, 0]) expect((await failure(card.CardChangeAuthenticatorEx(2, 1, WRONG, 1, NEW, 0))).retriesLeft).toBe(left);
    expect(await code(card.CardChangeAuthenticatorEx(2, 1, USER_PIN, 1, NEW, 0))).toBe('SCARD_W_CHV_BLOCKED');
    expect((await failure(card.CardChangeAuthenticatorEx(1, 4, bytes(8), 1, NEW, 0))).retriesLeft).toBe(2);
  });
});

describe('CardChangeAuthenticator and CardUnblockPin', () => {
  it('positive: user by PIN, administrator by challenge, unblock by PUK', async () => {
    const { card, edge } = await bench();
    await card.CardChangeAuthenticator('user', USER_PIN, NEW, 0, 2);
    expect(await state(card)).toBe(0x0a);
    await card.CardChangeAuthenticator('admin', adminResponse(await card.CardGetChallenge()), fromHex('f1f2f3f4f5f6f7f8'), 0, 1);
    expect(toHex(edge.adminKey)).toBe('f1f2f3f4f5f6f7f8');
    await card.CardUnblockPin('user', PUK, USER_PIN, 0, 2);
    expect(edge.pin).toEqual(USER_PIN);
    expect((await state(card)) & 0x0a).toBe(0);
  });

  it('flags that do not go with the user, tries and NULL are SCARD_E_INVALID_PARAMETER', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardChangeAuthenticator('user', USER_PIN, NEW, 0, 1));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardChangeAuthenticator('admin', USER_PIN, NEW, 0, 2));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardChangeAuthenticator('user', USER_PIN, NEW, 0, 3));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardChangeAuthenticator('user', USER_PIN, NEW, 1, 2));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardUnblockPin('user', NULL, NEW, 0, 2));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardUnblockPin('user', PUK, NEW, 3, 2));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardUnblockPin('user', PUK, NEW, 0, 0));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardUnblockPin('anonymous', PUK, NEW, 0, 2));
  });

  it('only the user is unblocked, and by a challenge only where the card can', async () => {
    const { card, edge } = await bench();
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardUnblockPin('admin', PUK, NEW, 0, 2));
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardUnblockPin('user', bytes(8), NEW, 0, 1));
    const able = await bench({ adminUnblocks: true });
    await able.card.CardUnblockPin('user', adminResponse(await able.card.CardGetChallenge()), NEW, 0, 1);
    expect(able.edge.pin).toEqual(NEW);
    expect(await state(able.card)).toBe(0);
  });
});

describe('read-only card', () => {
  it('authentication works, and so do changes where the PIN itself allows them', async () => {
    const { card, edge } = await bench({ readOnly: true });
    await card.CardAuthenticateEx(1, 0, USER_PIN);
    await card.CardChangeAuthenticatorEx(2, 1, USER_PIN, 1, NEW, 0);
    expect(edge.pin).toEqual(NEW);
    await card.CardUnblockPin('user', PUK, USER_PIN, 0, 2);
    expect(edge.pin).toEqual(USER_PIN);
    await card.CardDeauthenticateEx(0xff, 0);
  });

  it('without an administrator there is no challenge, and nothing to unblock with: SCARD_E_UNSUPPORTED_FEATURE', async () => {
    const { card, edge } = await bench({ readOnly: true, roles: [1] });
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardGetChallenge());
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardAuthenticateChallenge(bytes(8)));
    await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', card.CardUnblockPin('user', PUK, USER_PIN, 0, 2));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', card.CardGetChallengeEx(2, 0));
  });
});

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
