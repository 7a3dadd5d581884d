import { authenticatedAs, containerIndex, dword, noFlags } from '../calls/checks.ts';
import { writable } from '../calls/write-checks.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import * as c from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';
import * as n from '../cardmod/names.ts';
import type { CardContext } from '../context.ts';
import { CONTAINER_PROPERTIES } from './container-properties.ts';
import { propertyName } from './property-checks.ts';

/** S707 4.5.3. */
export function containerPropertyWriteEntryPoints(context: CardContext): Pick<CardEntryPoints, 'CardSetContainerProperty'> {
  return {
    async CardSetContainerProperty(bContainerIndex, wszProperty, pbData, dwFlags) {
      const name = propertyName(wszProperty);
      writable(context.edge);
      if (!CONTAINER_PROPERTIES.includes(name)) fail('SCARD_E_INVALID_PARAMETER', 'no such container property');
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
