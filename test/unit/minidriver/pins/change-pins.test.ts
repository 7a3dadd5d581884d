import { describe, expect, it } from 'vitest';
import { bytes, fromHex, toHex } from '../../../../src/codec/index.ts';
import { adminResponse, PUK, USER_PIN } from '../fake-edge.ts';
import { bench, refusedUnasked, userBench } from '../harness.ts';
import { code, failure, NULL } from '../outcomes.ts';

const NEW = bytes(Buffer.from('87654321'));
const WRONG = bytes(Buffer.from('654321'));
const state = (card: Awaited<ReturnType<typeof bench>>['card']): Promise<number> => card.CardGetProperty('Authenticated State', 0);

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
