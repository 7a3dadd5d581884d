import { describe, expect, it } from 'vitest';
import { bytes, toHex } from '../../../../src/codec/index.ts';
import {
  CARD_AUTHENTICATE_GENERATE_SESSION_PIN,
  CARD_AUTHENTICATE_SESSION_PIN,
  CARD_DATA_VALUE_UNKNOWN,
  CARD_PIN_SILENT_CONTEXT,
} from '../../../../src/minidriver/index.ts';
import { adminResponse, PUK, USER_PIN } from '../fake-edge.ts';
import { bench, refusedUnasked, userBench } from '../harness.ts';
import { code, failure, NULL } from '../outcomes.ts';

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
