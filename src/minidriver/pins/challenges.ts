import type { Bytes } from '../../codec/bytes.ts';
import { buffer, noFlags } from '../calls/checks.ts';
import type { CardEdge, EdgePin } from '../card-edge.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import { ROLE_ADMIN } from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';
import type { CardContext } from '../context.ts';
import { pinOf } from './authenticate.ts';

/** The administrator, who proves himself by a challenge. @throws MinidriverError SCARD_E_UNSUPPORTED_FEATURE where the card has none (S707 7.4) */
function challengedAdministrator(edge: CardEdge): EdgePin {
  const admin = edge.pins.find((pin) => pin.id === ROLE_ADMIN && pin.kind === 'challenge-response');
  return admin ?? fail('SCARD_E_UNSUPPORTED_FEATURE', 'the administrator is not proven by a challenge');
}

async function challengeFor(context: CardContext, PinId: unknown): Promise<Bytes> {
  const pin = pinOf(context.edge, PinId);
  if (pin.kind !== 'challenge-response') fail('SCARD_E_INVALID_PARAMETER', 'this role is not proven by a challenge');
  const edge = await context.card();
  return context.hand(await edge.challenge(pin.id));
}

/** Proving a role by challenge and response (S707 4.2.3, 4.2.4, 4.2.7). */
export function challengeEntryPoints(
  context: CardContext,
): Pick<CardEntryPoints, 'CardGetChallenge' | 'CardGetChallengeEx' | 'CardAuthenticateChallenge'> {
  return {
    async CardGetChallenge() {
      return challengeFor(context, challengedAdministrator(context.edge).id);
    },

    async CardGetChallengeEx(PinId, dwFlags) {
      noFlags(dwFlags);
      return challengeFor(context, PinId);
    },

    async CardAuthenticateChallenge(pbResponseData) {
      const response = buffer(pbResponseData, 'pbResponseData');
      const pin = challengedAdministrator(context.edge);
      await (await context.card()).respond(pin.id, response);
    },
  };
}
