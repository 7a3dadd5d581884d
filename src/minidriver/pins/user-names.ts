import { buffer, noFlags } from '../calls/checks.ts';
import type { PinId } from '../card-edge.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import * as c from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';
import type { CardContext } from '../context.ts';
import { pinOf, verified } from './authenticate.ts';

/** Role of a v4 user name. @throws MinidriverError SCARD_E_INVALID_PARAMETER for any other text (S707 4.2.2; certification kit) */
export function roleOfUser(pwszUserId: unknown): PinId {
  if (pwszUserId === c.wszCARD_USER_USER) return c.ROLE_USER;
  if (pwszUserId === c.wszCARD_USER_ADMIN) return c.ROLE_ADMIN;
  return fail('SCARD_E_INVALID_PARAMETER', 'not a user name');
}

/** The functions of version 4 that take a user's name, which later ones replace (S707 4.2.2, 4.2.5). */
export function userNameEntryPoints(context: CardContext): Pick<CardEntryPoints, 'CardAuthenticatePin' | 'CardDeauthenticate'> {
  return {
    async CardAuthenticatePin(pwszUserId, pbPin) {
      const pin = pinOf(context.edge, roleOfUser(pwszUserId));
      const value = buffer(pbPin, 'pbPin');
      // Windows proves the administrator by challenge and response only (S707 4.2.2).
      if (pin.kind !== 'pin') fail('SCARD_E_INVALID_PARAMETER', 'this role has no PIN');
      const edge = await context.card();
      await verified(edge, pin, () => edge.verifyPin(pin.id, value));
    },

    async CardDeauthenticate(pwszUserId, dwFlags) {
      noFlags(dwFlags);
      const role = roleOfUser(pwszUserId);
      await (await context.card()).deauthenticate(1 << role);
    },
  };
}
