import { noFlags } from '../calls/checks.ts';
import type { EdgeContainer } from '../card-edge.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import { fail } from '../cardmod/error.ts';
import * as n from '../cardmod/names.ts';
import type { ContainerPropertyName, ContainerPropertyValues, PropertyRequest } from '../cardmod/properties-types.ts';
import { CONTAINER_INFO_CURRENT_VERSION } from '../cardmod/structures.ts';
import { containerInfo } from '../containers/containers.ts';
import type { CardContext } from '../context.ts';
import { checkRequest, checkRoom, propertyName } from './property-checks.ts';

/** Lengths of the values in C, 32-bit layout (c-forms.ts). */
const CONTAINER_INFO_BYTES = 24;
const DWORD_BYTES = 4;

/** All there are. */
export const CONTAINER_PROPERTIES: readonly string[] = [n.CCP_CONTAINER_INFO, n.CCP_PIN_IDENTIFIER, n.CCP_ASSOCIATED_ECDH_KEY];

async function get(
  context: CardContext,
  name: ContainerPropertyName,
  container: EdgeContainer,
  request: PropertyRequest | undefined,
): Promise<ContainerPropertyValues[ContainerPropertyName]> {
  switch (name) {
    case n.CCP_CONTAINER_INFO: {
      const info = containerInfo(context, container);
      checkRoom(request, CONTAINER_INFO_BYTES);
      return info;
    }
    case n.CCP_PIN_IDENTIFIER:
      checkRoom(request, DWORD_BYTES);
      return container.pinId;
    case n.CCP_ASSOCIATED_ECDH_KEY: {
      const { associatedEcdh } = await import('./associated-ecdh.ts');
      const index = await associatedEcdh(context, container);
      // One byte in practice; the text gives no width.
      checkRoom(request, 1);
      return index;
    }
  }
}

/** S707 4.5.2. */
export function containerPropertyEntryPoints(context: CardContext): Pick<CardEntryPoints, 'CardGetContainerProperty'> {
  return {
    async CardGetContainerProperty<N extends ContainerPropertyName>(
      bContainerIndex: number,
      wszProperty: N,
      dwFlags: number,
      pbData?: PropertyRequest,
    ): Promise<ContainerPropertyValues[N]> {
      const name = propertyName(wszProperty);
      if (!CONTAINER_PROPERTIES.includes(name)) fail('SCARD_E_INVALID_PARAMETER', 'no such container property');
      noFlags(dwFlags);
      checkRequest(pbData, name === n.CCP_CONTAINER_INFO ? CONTAINER_INFO_CURRENT_VERSION : undefined);
      return (await get(context, wszProperty, await context.container(bContainerIndex), pbData)) as ContainerPropertyValues[N];
    },
  };
}
