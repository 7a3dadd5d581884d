import type { EdgePin, PinId } from '../../minidriver/card-edge.ts';
import { PIN_MAX_BYTES, PIN_MIN_BYTES } from '../pin.ts';
import type { Profile } from '../profile.ts';
import type { PinRule } from '../slots.ts';

/** Minidriver roles on PIV (fact sheet, minidriver 10.5; CHOICES.md, roles-on-piv, everyone-9e). */
export const ROLE = { EVERYONE: 0, USER: 1, ADMIN: 2, SIGNATURE: 3, UNBLOCKER: 4 } as const;

/** Roles that the PIV PIN stands for: they come and go together (CHOICES.md, roles-1-and-3). */
export const PIN_ROLES: number = (1 << ROLE.USER) | (1 << ROLE.SIGNATURE);

export function isPinRole(id: PinId): boolean {
  return id === ROLE.USER || id === ROLE.SIGNATURE;
}

/** Role that guards a key, and back. */
export function roleOf(rule: PinRule): PinId {
  return rule === 'never' ? ROLE.EVERYONE : rule === 'once' ? ROLE.USER : ROLE.SIGNATURE;
}

export function ruleOf(role: PinId): PinRule | undefined {
  return role === ROLE.EVERYONE ? 'never' : role === ROLE.USER ? 'once' : role === ROLE.SIGNATURE ? 'always' : undefined;
}

/** Only the PUK unblocks: key 9B can't (fact sheet, minidriver 10.5; CHOICES.md, puk-unblocks). 9C asks before each use (CHOICES.md, always-prompt). */
export function pinsOf(profile: Profile, onReader = false): readonly EdgePin[] {
  // With a PIN pad the PIN is entered there (S707 4.2.6: external type).
  const kind = onReader ? 'external' : 'pin';
  const unblockPermission = 1 << ROLE.UNBLOCKER;
  return [
    { id: ROLE.EVERYONE, kind: 'empty', purpose: 'authentication', changePermission: 0, unblockPermission: 0, cache: 'normal' },
    {
      id: ROLE.USER,
      kind,
      purpose: 'primary',
      changePermission: 1 << ROLE.USER,
      unblockPermission,
      cache: 'normal',
      minBytes: PIN_MIN_BYTES,
      maxBytes: PIN_MAX_BYTES,
    },
    {
      id: ROLE.ADMIN,
      kind: 'challenge-response',
      purpose: 'administrator',
      changePermission: profile.features.has('set-management-key') ? 1 << ROLE.ADMIN : 0,
      unblockPermission: 0,
      cache: 'none',
    },
    {
      id: ROLE.SIGNATURE,
      kind,
      purpose: 'digital-signature',
      changePermission: 1 << ROLE.SIGNATURE,
      unblockPermission,
      cache: 'always-prompt',
      minBytes: PIN_MIN_BYTES,
      maxBytes: PIN_MAX_BYTES,
    },
    {
      id: ROLE.UNBLOCKER,
      kind: 'pin',
      purpose: 'unblock-only',
      changePermission: 1 << ROLE.UNBLOCKER,
      unblockPermission: 0,
      cache: 'none',
      minBytes: profile.pukMinBytes,
      maxBytes: PIN_MAX_BYTES,
    },
  ];
}
