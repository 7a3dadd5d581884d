import type { Bytes } from '../../codec/bytes.ts';
import type { PinId } from '../../minidriver/card-edge.ts';
import { CardEdgeError } from '../../minidriver/edge-error.ts';
import { MANAGEMENT_ALGORITHMS } from '../algorithms.ts';
import { CardError } from '../errors.ts';
import { managementAlgorithmOf, setManagementKey } from '../management.ts';
import { changePin, changePuk, unblockPin } from '../pin-change.ts';
import { followPin, keptElsewhere } from '../protected-key.ts';
import type { PivSession } from '../session.ts';
import { isPinRole, ROLE } from './roles.ts';

/* The edge's members that change PIN, PUK and management key. */

/** `prove` authenticates the role with its present secret. */
export async function changeSecret(piv: PivSession, pinId: PinId, current: Bytes, next: Bytes, prove: () => Promise<void>): Promise<void> {
  if (isPinRole(pinId)) {
    await changePin(piv, current, next);
    if (piv.profile.features.has('set-management-key')) await followPin(piv, current, next);
    return;
  }
  if (pinId === ROLE.UNBLOCKER) return changePuk(piv, current, next);
  if (pinId !== ROLE.ADMIN) throw new CardEdgeError('unsupported', 'this role has nothing to change');
  piv.require('set-management-key');
  const present = await managementAlgorithmOf(piv);
  const row =
    present.keyBytes === next.length ? present : MANAGEMENT_ALGORITHMS.find((each) => each.keyBytes === next.length && each.name !== '3DES');
  if (row === undefined) throw new CardEdgeError('bad-parameter', `no management key has ${next.length} bytes`);
  await prove();
  await setManagementKey(piv, row.name, next);
  // The key has been changed: what follows must not make it look as if it had not.
  await keptElsewhere(piv).catch((error: unknown) => {
    if (!(error instanceof CardError)) throw error;
  });
}

export async function unblock(piv: PivSession, unblocker: PinId, unblockerPin: Bytes, target: PinId, next: Bytes): Promise<void> {
  if (unblocker !== ROLE.UNBLOCKER || !isPinRole(target)) throw new CardEdgeError('unsupported', 'only the PUK unblocks, and only the PIN');
  await unblockPin(piv, unblockerPin, next);
}
