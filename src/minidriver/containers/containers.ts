import { noFlags, versioned } from '../calls/checks.ts';
import type { EdgeContainer } from '../card-edge.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import { CONTAINER_INFO_CURRENT_VERSION, type CONTAINER_INFO } from '../cardmod/structures.ts';
import type { CardContext } from '../context.ts';
import { encodePublicKeyBlob } from '../key-forms/blobs.ts';

/** The public halves that a container shows: one of the two blobs, the other null (S707 4.6.4; CHOICES.md, one-key-per-container). */
export function containerInfo(context: CardContext, container: EdgeContainer): CONTAINER_INFO {
  const blob = container.publicKey === undefined ? null : context.hand(encodePublicKeyBlob(container.publicKey, container.usage));
  const signature = container.usage === 'signature';
  return {
    dwVersion: CONTAINER_INFO_CURRENT_VERSION,
    dwReserved: 0,
    pbSigPublicKey: signature ? blob : null,
    pbKeyExPublicKey: signature ? null : blob,
  };
}

/** S707 4.6.4. */
export function containerEntryPoints(context: CardContext): Pick<CardEntryPoints, 'CardGetContainerInfo'> {
  return {
    async CardGetContainerInfo(bContainerIndex, dwFlags, pContainerInfo) {
      noFlags(dwFlags);
      versioned(pContainerInfo, CONTAINER_INFO_CURRENT_VERSION, 'pContainerInfo');
      return Object.assign(pContainerInfo, containerInfo(context, await context.container(bContainerIndex)));
    },
  };
}
