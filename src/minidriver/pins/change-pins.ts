import type { Bytes } from '../../codec/bytes.ts';
import { buffer, dword, flagsWithin } from '../calls/checks.ts';
import type { CardEdge, EdgePin } from '../card-edge.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import * as c from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';
import type { CardContext } from '../context.ts';
import { pinOf } from './authenticate.ts';
import { enteredOnReader } from './pin-entry.ts';
import { roleOfUser } from './user-names.ts';

type ChangeEntryPoints = Pick<CardEntryPoints, 'CardUnblockPin' | 'CardChangeAuthenticator' | 'CardChangeAuthenticatorEx'>;

/** No card family here lets these functions set the maximum of tries; 0 leaves it unchanged (S707 4.2.9; CHOICES.md, maximum-of-tries). */
function triesUnchanged(cRetryCount: unknown): void {
  if (dword(cRetryCount, 'cRetryCount') !== 0) fail('SCARD_E_INVALID_PARAMETER', 'the maximum of tries can not be set');
}

/** A breach of the card's rules for a new PIN is found before anything is sent. @throws MinidriverError SCARD_E_INVALID_PARAMETER (S707 4.2.9) */
function newValue(pin: EdgePin, value: unknown): Bytes {
  const octets = buffer(value, 'the new value');
  const short = octets.length < (pin.minBytes ?? 1);
  const long = pin.maxBytes !== undefined && octets.length > pin.maxBytes;
  if (short || long) fail('SCARD_E_INVALID_PARAMETER', 'the new value has a length that the card does not allow');
  return octets;
}

const isNull = (value: unknown): boolean => value === null || value === undefined;

const permits = (set: number, id: number): boolean => (set & (1 << id)) !== 0;

/** Changes one PIN by itself, or an administrator's key by the response to the challenge fetched before. Leaves it authenticated (S707 4.2.9). */
async function change(edge: CardEdge, pin: EdgePin, current: Bytes, next: Bytes): Promise<void> {
  await edge.changePin(pin.id, current, next);
  const verifiable = (pin.kind === 'pin' || pin.kind === 'external') && pin.purpose !== 'unblock-only';
  // The new value was just accepted by the card, in this transaction: presenting it can't cost a try.
  if (verifiable && !permits(edge.authenticated, pin.id)) await edge.verifyPin(pin.id, next);
}

/** Unblocks and leaves both PINs without authentication (S707 4.2.9, 4.2.10). */
async function unblock(edge: CardEdge, unblocker: EdgePin, proof: Bytes, target: EdgePin, next: Bytes): Promise<void> {
  await edge.unblockPin(unblocker.id, proof, target.id, next);
  const still = edge.authenticated & ((1 << unblocker.id) | (1 << target.id));
  if (still !== 0) await edge.deauthenticate(still);
}

/** Functions of S707 4.2.9 to 4.2.11: new values for PINs and keys; on read-only cards too (CHOICES.md, changes-on-read-only-cards). */
export function changeEntryPoints(context: CardContext): ChangeEntryPoints {
  return {
    async CardChangeAuthenticatorEx(dwFlags, dwAuthenticatingPinId, pbAuthenticatingPinData, dwTargetPinId, pbTargetData, cRetryCount) {
      const flags = flagsWithin(dwFlags, c.PIN_CHANGE_FLAG_UNBLOCK | c.PIN_CHANGE_FLAG_CHANGEPIN);
      if (flags !== c.PIN_CHANGE_FLAG_UNBLOCK && flags !== c.PIN_CHANGE_FLAG_CHANGEPIN)
        fail('SCARD_E_INVALID_PARAMETER', 'one of change and unblock, not both');
      const by = pinOf(context.edge, dwAuthenticatingPinId);
      const target = pinOf(context.edge, dwTargetPinId);
      const unblocking = flags === c.PIN_CHANGE_FLAG_UNBLOCK;
      if (unblocking && by.id === target.id) fail('SCARD_E_INVALID_PARAMETER', 'a PIN can not unblock itself');
      if (!permits(unblocking ? target.unblockPermission : target.changePermission, by.id))
        fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card does not let this PIN do that');
      if (!unblocking && by.id !== target.id) fail('SCARD_E_UNSUPPORTED_FEATURE', 'a PIN is changed by itself');
      triesUnchanged(cRetryCount);
      if (!unblocking && target.kind === 'external' && isNull(pbAuthenticatingPinData) && isNull(pbTargetData)) {
        await enteredOnReader(context, target, 'change');
        return;
      }
      const proof = buffer(pbAuthenticatingPinData, 'pbAuthenticatingPinData');
      const next = newValue(target, pbTargetData);
      const edge = await context.card();
      if (unblocking) await unblock(edge, by, proof, target, next);
      else await change(edge, target, proof, next);
    },

    async CardChangeAuthenticator(pwszUserId, pbCurrentAuthenticator, pbNewAuthenticator, cRetryCount, dwFlags) {
      const pin = pinOf(context.edge, roleOfUser(pwszUserId));
      const wanted = pin.kind === 'challenge-response' ? c.CARD_AUTHENTICATE_PIN_CHALLENGE_RESPONSE : c.CARD_AUTHENTICATE_PIN_PIN;
      if (dword(dwFlags, 'dwFlags') !== wanted) fail('SCARD_E_INVALID_PARAMETER', 'the flag does not go with this user');
      if (!permits(pin.changePermission, pin.id)) fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card does not let this user change it');
      triesUnchanged(cRetryCount);
      const proof = buffer(pbCurrentAuthenticator, 'pbCurrentAuthenticator');
      const next = newValue(pin, pbNewAuthenticator);
      await change(await context.card(), pin, proof, next);
    },

    async CardUnblockPin(pwszUserId, pbAuthenticationData, pbNewPinData, cRetryCount, dwFlags) {
      if (roleOfUser(pwszUserId) !== c.ROLE_USER) fail('SCARD_E_UNSUPPORTED_FEATURE', 'only the user can be unblocked');
      const flags = dword(dwFlags, 'dwFlags');
      if (flags !== c.CARD_AUTHENTICATE_PIN_CHALLENGE_RESPONSE && flags !== c.CARD_AUTHENTICATE_PIN_PIN)
        fail('SCARD_E_INVALID_PARAMETER', 'not one of the two ways to unblock');
      const target = pinOf(context.edge, c.ROLE_USER);
      const kind = flags === c.CARD_AUTHENTICATE_PIN_PIN ? 'pin' : 'challenge-response';
      const by = context.edge.pins.find((pin) => pin.kind === kind && pin.id !== target.id && permits(target.unblockPermission, pin.id));
      if (by === undefined) fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card can not be unblocked in this way');
      triesUnchanged(cRetryCount);
      const proof = buffer(pbAuthenticationData, 'pbAuthenticationData');
      const next = newValue(target, pbNewPinData);
      await unblock(await context.card(), by, proof, target, next);
    },
  };
}
