import { buffer, dword, flagsWithin, noFlags } from '../calls/checks.ts';
import type { CardEdge, EdgePin, PinId } from '../card-edge.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import * as c from '../cardmod/constants.ts';
import { fail, MinidriverError } from '../cardmod/error.ts';
import type { CardContext } from '../context.ts';
import { CardEdgeError } from '../edge-error.ts';

type AuthenticationEntryPoints = Pick<CardEntryPoints, 'CardAuthenticateEx' | 'CardDeauthenticateEx'>;

/** The card's PIN with this identifier, 1..7. @throws MinidriverError SCARD_E_INVALID_PARAMETER for another or one that the card lacks */
export function pinOf(edge: CardEdge, PinId: unknown): EdgePin & { readonly id: PinId } {
  const id = dword(PinId, 'PinId');
  const found = id === c.ROLE_EVERYONE ? undefined : edge.pins.find((pin) => pin.id === id);
  return found ?? fail('SCARD_E_INVALID_PARAMETER', 'the card has no such PIN');
}

/** A PIN of impossible length costs no try (CHOICES.md, impossible-pin-length); the tries left are fetched so that the caller can tell them all the same. */
async function withTries(edge: CardEdge, pin: EdgePin, refused: CardEdgeError): Promise<MinidriverError> {
  const { retriesLeft } = await edge.pinStatus(pin.id);
  return new MinidriverError(retriesLeft === 0 ? 'SCARD_W_CHV_BLOCKED' : 'SCARD_W_WRONG_CHV', refused.message, { cause: refused, retriesLeft });
}

/** Runs one verification, whether the PIN came from the caller or was entered on the reader. */
export async function verified(edge: CardEdge, pin: EdgePin, verification: () => Promise<void>): Promise<void> {
  try {
    await verification();
  } catch (error) {
    const neverSent =
      error instanceof CardEdgeError && (error.reason === 'bad-pin-length' || error.reason === 'bad-pin-format') && error.retriesLeft === undefined;
    throw neverSent ? await withTries(edge, pin, error) : error;
  }
}

/** S707 4.2.6 and 4.2.8: proving a role and giving it up. The caller gives it up at the end of its transaction (CHOICES.md, end-of-transaction). */
export function authenticationEntryPoints(context: CardContext): AuthenticationEntryPoints {
  return {
    async CardAuthenticateEx(PinId, dwFlags, pbPinData) {
      const flags = flagsWithin(dwFlags, c.CARD_AUTHENTICATE_GENERATE_SESSION_PIN | c.CARD_AUTHENTICATE_SESSION_PIN | c.CARD_PIN_SILENT_CONTEXT);
      // CHOICES.md, session-pins.
      if ((flags & ~c.CARD_PIN_SILENT_CONTEXT) !== 0) fail('SCARD_E_UNSUPPORTED_FEATURE', 'there are no session PINs');
      const pin = pinOf(context.edge, PinId);
      if (pin.purpose === 'unblock-only') fail('SCARD_E_UNSUPPORTED_FEATURE', 'this PIN unblocks only');
      if (pin.kind === 'empty') fail('SCARD_E_INVALID_PARAMETER', 'this role needs no PIN');
      if (pin.kind === 'external' && (pbPinData === null || pbPinData === undefined)) {
        if ((flags & c.CARD_PIN_SILENT_CONTEXT) !== 0) fail('SCARD_E_INVALID_PARAMETER', 'a silent call brings its PIN');
        const { enteredOnReader } = await import('./pin-entry.ts');
        await verified(await context.card(), pin, () => enteredOnReader(context, pin, 'verify'));
        return { pbSessionPin: null };
      }
      const value = buffer(pbPinData, 'pbPinData');
      // An empty PIN is a wrong parameter here and a wrong PIN in CardAuthenticatePin (certification kit).
      if (value.length === 0) fail('SCARD_E_INVALID_PARAMETER', 'pbPinData is empty');
      const edge = await context.card();
      if (pin.kind === 'challenge-response') await edge.respond(pin.id, value);
      else await verified(edge, pin, () => edge.verifyPin(pin.id, value));
      return { pbSessionPin: null };
    },

    async CardDeauthenticateEx(PinId, dwFlags) {
      noFlags(dwFlags);
      const pins = dword(PinId, 'PinId');
      if (pins > c.PIN_SET_ALL_ROLES) fail('SCARD_E_INVALID_PARAMETER', 'not a PIN_SET');
      await (await context.card()).deauthenticate(pins & ~(1 << c.ROLE_EVERYONE));
    },
  };
}
