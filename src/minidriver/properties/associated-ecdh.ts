import type { EdgeContainer } from '../card-edge.ts';
import { fail } from '../cardmod/error.ts';
import type { CardContext } from '../context.ts';

/** The ECDH container that goes with an ECDSA one: the stored one, else the first of the same curve (S707 4.5.2; CHOICES.md, associated-ecdh-key). */
export async function associatedEcdh(context: CardContext, container: EdgeContainer): Promise<number> {
  const key = container.publicKey;
  if (key?.kind !== 'ec' || container.usage !== 'signature') fail('SCARD_E_INVALID_PARAMETER', 'the container holds no ECDSA key');
  const others = (await context.containers()).filter(
    (each) => each.usage === 'key-exchange' && each.publicKey?.kind === 'ec' && each.publicKey.curve === key.curve,
  );
  const stored = others.find((each) => each.index === container.associatedEcdhContainer);
  return (stored ?? others[0])?.index ?? fail('SCARD_E_NO_KEY_CONTAINER', 'no ECDH container has this curve');
}
