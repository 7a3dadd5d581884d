import type { EdgeCapabilities, EdgeKeyType, PinId } from '../../minidriver/card-edge.ts';
import { KEY_ALGORITHMS } from '../algorithms.ts';
import { maxCertificateBytes } from '../data-objects.ts';
import type { PivSession } from '../session.ts';
import { type PivSlot, SLOTS } from '../slots.ts';
import { roleOf } from './roles.ts';
import { slotAt } from './slot-state.ts';

/** Key types worth offering: what the card lists in its SELECT answer, else what its firmware makes, else what every PIV card must. */
function generatable(piv: PivSession): readonly EdgeKeyType[] {
  const { version, features } = piv.profile;
  const listed = new Set(piv.application.algorithms);
  const known = KEY_ALGORITHMS.filter((row) => row.id !== 0x06);
  const offered = known.filter(({ id, type }) => {
    if (version !== undefined) {
      if (type.kind === 'rsa') return features.has('rsa-generation') && (type.keyBits <= 2048 || features.has('rsa-3072-4096'));
      return type.curve === 'P-256' || features.has('p384');
    }
    // 05 came with SP 800-78-5: offered where the card says that it has it.
    return known.some((row) => listed.has(row.id)) ? listed.has(id) : id === 0x07 || id === 0x11 || id === 0x14;
  });
  return offered.map((row) => row.type);
}

/** Roles that a new key of this slot can be bound to: any by the card's PIN policies, else the slot's own. */
function bindable(piv: PivSession, slot: PivSlot): readonly PinId[] {
  return piv.profile.features.has('pin-policy') ? [0, 1, 3] : [roleOf(slot.pin)];
}

export function capabilitiesOf(piv: PivSession, readOnly = false): EdgeCapabilities {
  const { features } = piv.profile;
  return {
    maxKeyContainers: SLOTS.length,
    readOnly,
    canGenerate: true,
    canImport: features.has('import-key'),
    canDeleteKey: features.has('move-key'),
    removesRsaPadding: false,
    generatable: (containerIndex) => (containerIndex === undefined || slotAt(containerIndex) !== undefined ? generatable(piv) : []),
    bindablePins: (containerIndex) => {
      const slot = slotAt(containerIndex);
      return slot === undefined ? [] : bindable(piv, slot);
    },
    maxCertificateBytes: maxCertificateBytes(piv),
  };
}
