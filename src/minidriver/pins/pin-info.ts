import type { CardEdge, EdgePin } from '../card-edge.ts';
import * as c from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';
import { PIN_CACHE_POLICY_CURRENT_VERSION, PIN_INFO_CURRENT_VERSION, type PIN_INFO } from '../cardmod/structures.ts';

const TYPES: Readonly<Record<EdgePin['kind'], number>> = {
  pin: c.AlphaNumericPinType,
  external: c.ExternalPinType,
  'challenge-response': c.ChallengeResponsePinType,
  empty: c.EmptyPinType,
};

const PURPOSES: Readonly<Record<EdgePin['purpose'], number>> = {
  authentication: c.AuthenticationPin,
  'digital-signature': c.DigitalSignaturePin,
  encryption: c.EncryptionPin,
  'non-repudiation': c.NonRepudiationPin,
  administrator: c.AdministratorPin,
  primary: c.PrimaryCardPin,
  'unblock-only': c.UnblockOnlyPin,
};

const POLICIES: Readonly<Record<EdgePin['cache'], number>> = {
  normal: c.PinCacheNormal,
  timed: c.PinCacheTimed,
  none: c.PinCacheNone,
  'always-prompt': c.PinCacheAlwaysPrompt,
};

/** ROLE_EVERYONE where the card family does not list it. */
const EVERYONE: EdgePin = {
  id: c.ROLE_EVERYONE,
  kind: 'empty',
  purpose: 'authentication',
  changePermission: 0,
  unblockPermission: 0,
  cache: 'normal',
};

/** PIN_INFO of a role (S707 4.2.1). @throws MinidriverError SCARD_E_INVALID_PARAMETER for a role that the card lacks */
export function pinInfo(edge: CardEdge, PinId: number): PIN_INFO {
  const listed = edge.pins.find((pin) => pin.id === PinId);
  const pin = listed ?? (PinId === c.ROLE_EVERYONE ? EVERYONE : fail('SCARD_E_INVALID_PARAMETER', 'the card has no such PIN'));
  return {
    dwVersion: PIN_INFO_CURRENT_VERSION,
    PinType: TYPES[pin.kind],
    PinPurpose: PURPOSES[pin.purpose],
    dwChangePermission: pin.changePermission,
    dwUnblockPermission: pin.unblockPermission,
    PinCachePolicy: { dwVersion: PIN_CACHE_POLICY_CURRENT_VERSION, PinCachePolicyType: POLICIES[pin.cache], dwPinCachePolicyInfo: 0 },
    dwFlags: 0,
  };
}

/** The PINs in use as a set; ROLE_EVERYONE has none. */
export function pinList(edge: CardEdge): number {
  return edge.pins.reduce((set, pin) => (pin.id === c.ROLE_EVERYONE ? set : set | (1 << pin.id)), c.PIN_SET_NONE);
}
