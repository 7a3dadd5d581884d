import { authenticatedAs, containerIndex, dword } from '../calls/checks.ts';
import { writable } from '../calls/write-checks.ts';
import type { CardEdge, EdgeKeyType, GenerateRequest, PinId } from '../card-edge.ts';
import type { CardEntryPoints } from '../cardmod/card-data.ts';
import * as c from '../cardmod/constants.ts';
import { fail } from '../cardmod/error.ts';
import type { CardContext } from '../context.ts';
import { containerOf } from '../edge-container.ts';
import { keyBits, type KeySpec, keySpec } from '../key-forms/key-spec.ts';
import { keepEarlyName } from './early-names.ts';

type ContainerWriteEntryPoints = Pick<CardEntryPoints, 'CardCreateContainer' | 'CardCreateContainerEx' | 'CardDeleteContainer'>;

/** @throws MinidriverError SCARD_E_UNSUPPORTED_FEATURE when the card makes no key of this kind anywhere */
function offered(edge: CardEdge, spec: KeySpec, index?: number): EdgeKeyType[] {
  const types = edge.capabilities
    .generatable(index)
    .filter((type) => type.kind === spec.kind && (type.kind === 'rsa' || (spec.kind === 'ec' && type.curve === spec.curve)));
  if (types.length === 0) fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card makes no such key');
  return types;
}

/** The PIN that is to guard the key (CHOICES.md, pin-id-at-creation). @throws MinidriverError SCARD_E_INVALID_PARAMETER before anything is made */
function bindable(edge: CardEdge, index: number, PinId: unknown): PinId {
  const id = edge.capabilities.bindablePins(index).find((each) => each === PinId);
  // The administrator's key guards no container, whatever a card family says (S707 4.5.3).
  if (id === undefined || id === c.ROLE_ADMIN) fail('SCARD_E_INVALID_PARAMETER', 'this PIN can not guard this container');
  return id;
}

function keyTypeToMake(types: readonly EdgeKeyType[], spec: KeySpec, dwKeySize: number): EdgeKeyType {
  if (spec.kind === 'ec') {
    if (dwKeySize !== 0) fail('SCARD_E_INVALID_PARAMETER', 'dwKeySize is 0 for a curve');
    return { kind: 'ec', curve: spec.curve };
  }
  if (dwKeySize === 0 || dwKeySize % 8 !== 0) fail('SCARD_E_INVALID_PARAMETER', 'dwKeySize is not a modulus length');
  return (
    types.find((type) => type.kind === 'rsa' && type.keyBits === dwKeySize) ??
    fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card makes no key of this size')
  );
}

async function create(
  context: CardContext,
  bContainerIndex: unknown,
  dwFlags: unknown,
  dwKeySpec: unknown,
  dwKeySize: unknown,
  pbKeyData: unknown,
  PinId: unknown,
): Promise<void> {
  const { capabilities } = context.edge;
  writable(context.edge);
  const flags = dword(dwFlags, 'dwFlags');
  if (flags !== c.CARD_CREATE_CONTAINER_KEY_GEN && flags !== c.CARD_CREATE_CONTAINER_KEY_IMPORT)
    fail('SCARD_E_INVALID_PARAMETER', 'one of generate and import');
  const generating = flags === c.CARD_CREATE_CONTAINER_KEY_GEN;
  const spec = keySpec(dwKeySpec) ?? fail('SCARD_E_INVALID_PARAMETER', 'dwKeySpec is not defined');
  if (!(generating ? capabilities.canGenerate : capabilities.canImport)) fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card can not do this');
  offered(context.edge, spec);
  const index = containerIndex(context.edge, bContainerIndex);
  const types = offered(context.edge, spec, index);
  const pinId = bindable(context.edge, index, PinId);
  const size = dword(dwKeySize, 'dwKeySize');
  const place = { containerIndex: index, usage: spec.usage, pinId, ...(context.onWaiting === undefined ? {} : { onWaiting: context.onWaiting }) };
  if (generating) {
    const request: GenerateRequest = { ...place, keyType: keyTypeToMake(types, spec, size) };
    const edge = await context.card();
    // Only the user creates containers: the administrator alone is refused (S707 4.6.1; CHOICES.md, created-by-the-user).
    authenticatedAs(edge, c.ROLE_USER);
    await edge.generate(request);
  } else {
    const { decodedPrivateKey, checkPrivate, wipePrivate } = await import('./imported-key.ts');
    const key = decodedPrivateKey(spec, pbKeyData);
    try {
      const keyType: EdgeKeyType = key.kind === 'ec' ? { kind: 'ec', curve: key.curve } : { kind: 'rsa', keyBits: keyBits(key) };
      if (!types.some((type) => type.kind === 'ec' || (keyType.kind === 'rsa' && type.keyBits === keyType.keyBits)))
        fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card takes no key of this size');
      await checkPrivate(key, context.random);
      const edge = await context.card();
      authenticatedAs(edge, c.ROLE_USER);
      await edge.importKey({ ...place, keyType }, key);
    } finally {
      wipePrivate(key);
    }
  }
  context.usages.set(index, spec.usage);
  await keepEarlyName(context, index);
}

/** Functions of S707 4.6.1 to 4.6.3. */
export function containerWriteEntryPoints(context: CardContext): ContainerWriteEntryPoints {
  return {
    CardCreateContainer: (bContainerIndex, dwFlags, dwKeySpec, dwKeySize, pbKeyData) =>
      create(context, bContainerIndex, dwFlags, dwKeySpec, dwKeySize, pbKeyData, c.ROLE_USER),

    CardCreateContainerEx: (bContainerIndex, dwFlags, dwKeySpec, dwKeySize, pbKeyData, PinId) =>
      create(context, bContainerIndex, dwFlags, dwKeySpec, dwKeySize, pbKeyData, PinId),

    async CardDeleteContainer(bContainerIndex, dwReserved) {
      writable(context.edge);
      if (dword(dwReserved, 'dwReserved') !== 0) fail('SCARD_E_INVALID_PARAMETER', 'dwReserved is 0');
      if (typeof bContainerIndex !== 'number') fail('SCARD_E_INVALID_PARAMETER', 'bContainerIndex is missing');
      // An index out of range or an empty container is a success (S707 4.6.3).
      if (!(bContainerIndex >= 0 && bContainerIndex < context.edge.capabilities.maxKeyContainers)) return;
      const edge = await context.card();
      if ((await containerOf(edge, bContainerIndex)) === undefined) return;
      // CHOICES.md, delete-occupied and delete-without-right.
      if (!context.edge.capabilities.canDeleteKey) fail('SCARD_E_UNSUPPORTED_FEATURE', 'the card can not delete a key');
      authenticatedAs(edge, c.ROLE_USER, c.ROLE_ADMIN);
      await edge.deleteKey(bContainerIndex);
      context.usages.delete(bContainerIndex);
    },
  };
}
