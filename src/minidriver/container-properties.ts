import type { CardEntryPoints } from './card-data.ts';
import { encodeContainerInfo, encodeDword } from './c-forms.ts';
import type { EdgeContainer } from './card-edge.ts';
import { authenticatedAs, containerIndex, dword, noFlags, writable } from './checks.ts';
import * as c from './constants.ts';
import { containerInfo } from './containers.ts';
import type { CardContext } from './context.ts';
import { fail } from './error.ts';
import * as n from './names.ts';
import { checkRequest, checkRoom, propertyName } from './properties.ts';
import type { ContainerPropertyName, ContainerPropertyValues, PropertyRequest } from './properties-types.ts';
import { CONTAINER_INFO_CURRENT_VERSION } from './structures.ts';

/** The ECDH container that goes with an ECDSA one: the stored one, else the first of the same curve (S707 4.5.2; CHOICES.md, associated-ecdh-key). */
async function associated(context: CardContext, container: EdgeContainer): Promise<number> {
  const key = container.publicKey;
  if (key?.kind !== 'ec' || container.usage !== 'signature') fail('SCARD_E_INVALID_PARAMETER', 'the container holds no ECDSA key');
  const others = (await context.containers()).filter(
    (each) => each.usage === 'key-exchange' && each.publicKey?.kind === 'ec' && each.publicKey.curve === key.curve,
  );
  const stored = others.find((each) => each.index === container.associatedEcdhContainer);
  return (stored ?? others[0])?.index ?? fail('SCARD_E_NO_KEY_CONTAINER', 'no ECDH container has this curve');
}

const NAMES: readonly string[] = [n.CCP_CONTAINER_INFO, n.CCP_PIN_IDENTIFIER, n.CCP_ASSOCIATED_ECDH_KEY];

async function get(
  context: CardContext,
  name: ContainerPropertyName,
  container: EdgeContainer,
  request: PropertyRequest | undefined,
): Promise<ContainerPropertyValues[ContainerPropertyName]> {
  switch (name) {
    case n.CCP_CONTAINER_INFO: {
      const info = containerInfo(context, container);
      checkRoom(request, encodeContainerInfo(info).length);
      return info;
    }
    case n.CCP_PIN_IDENTIFIER:
      checkRoom(request, encodeDword(container.pinId).length);
      return container.pinId;
    case n.CCP_ASSOCIATED_ECDH_KEY: {
      const index = await associated(context, container);
      // One byte in practice; the text gives no width.
      checkRoom(request, 1);
      return index;
    }
  }
}

/** S707 4.5.2 and 4.5.3. */
export function containerPropertyEntryPoints(context: CardContext): Pick<CardEntryPoints, 'CardGetContainerProperty' | 'CardSetContainerProperty'> {
  return {
    async CardGetContainerProperty<N extends ContainerPropertyName>(
      bContainerIndex: number,
      wszProperty: N,
      dwFlags: number,
      pbData?: PropertyRequest,
    ): Promise<ContainerPropertyValues[N]> {
      const name = propertyName(wszProperty);
      if (!NAMES.includes(name)) fail('SCARD_E_INVALID_PARAMETER', 'no such container property');
      noFlags(dwFlags);
      checkRequest(pbData, name === n.CCP_CONTAINER_INFO ? CONTAINER_INFO_CURRENT_VERSION : undefined);
      return (await get(context, wszProperty, await context.container(bContainerIndex), pbData)) as ContainerPropertyValues[N];
    },

    async CardSetContainerProperty(bContainerIndex, wszProperty, pbData, dwFlags) {
      const name = propertyName(wszProperty);
      writable(context.edge);
      if (!NAMES.includes(name)) fail('SCARD_E_INVALID_PARAMETER', 'no such container property');
      if (name === n.CCP_CONTAINER_INFO) fail('SCARD_E_UNSUPPORTED_FEATURE', 'this property can not be set');
      noFlags(dwFlags);
      const value = dword(pbData, 'pbData');
      if (name === n.CCP_PIN_IDENTIFIER && (value === c.ROLE_ADMIN || value >= c.MAX_PINS))
        fail('SCARD_E_INVALID_PARAMETER', 'this PIN can not guard a container');
      if (name === n.CCP_ASSOCIATED_ECDH_KEY) {
        if (context.edge.associateEcdh === undefined) fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card keeps no association');
        containerIndex(context.edge, value);
      }
      const container = await context.container(bContainerIndex);
      const edge = await context.card();
      authenticatedAs(edge, c.ROLE_USER, c.ROLE_ADMIN, container.pinId);
      if (name === n.CCP_PIN_IDENTIFIER) {
        // A key keeps the PIN it was made under; saying so again changes nothing (CHOICES.md, key-keeps-its-pin).
        if (value !== container.pinId) fail('SCARD_E_UNSUPPORTED_FEATURE', 'a key keeps its PIN');
        return;
      }
      const target = await context.container(value);
      const curves = [container.publicKey, target.publicKey].map((key) => (key?.kind === 'ec' ? key.curve : undefined));
      if (container.usage !== 'signature' || target.usage !== 'key-exchange' || curves[0] === undefined || curves[0] !== curves[1]) {
        fail('SCARD_E_INVALID_PARAMETER', 'the two containers do not go together');
      }
      authenticatedAs(edge, c.ROLE_USER);
      await edge.associateEcdh?.(container.index, value);
    },
  };
}
