import type { Bytes } from '../../codec/bytes.ts';
import { bitLength } from '../../crypto/pkcs1.ts';
import type { EdgePrivateKey, EdgePublicKey, GenerateRequest } from '../../minidriver/card-edge.ts';
import { CardEdgeError } from '../../minidriver/edge-error.ts';
import * as keys from '../keys.ts';
import type { PinRule, PivSlot } from '../slots.ts';
import { capabilitiesOf } from './capabilities.ts';
import { dropRecord } from './files.ts';
import { ruleOf } from './roles.ts';
import type { EdgeState } from './state.ts';

/* The edge's members that make, remove and use private keys. */

/** The PIN rule to send with a new key; undefined = the slot's own. @throws CardEdgeError `bad-parameter` before anything is sent */
function ruleFor(state: EdgeState, request: GenerateRequest, slot: PivSlot): PinRule | undefined {
  const { containerIndex, pinId, usage, keyType } = request;
  const rule = ruleOf(pinId);
  if (rule === undefined || !capabilitiesOf(state.piv).bindablePins(containerIndex).includes(pinId))
    throw new CardEdgeError('bad-parameter', `a key of ${slot.name} can't be bound to role ${pinId}`);
  const exchanges = slot.usage === 'key-exchange' || (slot.usage === 'both' && keyType.kind === 'rsa');
  if (usage === 'key-exchange' && !exchanges) throw new CardEdgeError('bad-parameter', `a key of ${slot.name} is for signatures`);
  return rule === slot.pin ? undefined : rule;
}

/** A key is about to change: what is known of it goes before the card is told. */
function changing(state: EdgeState, containerIndex: number): void {
  state.slots.forgetKey(containerIndex);
  state.forgetContainers();
}

export async function generate(state: EdgeState, request: GenerateRequest): Promise<EdgePublicKey> {
  const { containerIndex, keyType, usage, onWaiting } = request;
  const slot = state.slot(containerIndex);
  const rule = ruleFor(state, request, slot);
  await state.administrate();
  changing(state, containerIndex);
  const publicKey = await keys.generateKey(state.piv, slot.key, keyType, rule, onWaiting);
  state.slots.made(containerIndex, publicKey, usage, 'generated', rule, state.piv.profile.features.has('metadata'));
  return publicKey;
}

export async function importKey(state: EdgeState, request: GenerateRequest, key: EdgePrivateKey): Promise<void> {
  const slot = state.slot(request.containerIndex);
  const rule = ruleFor(state, request, slot);
  state.piv.require('import-key');
  if (key.kind === 'rsa') keys.checkExponent(key.publicExponent);
  await state.administrate();
  changing(state, request.containerIndex);
  await keys.importKey(state.piv, slot.key, key.kind === 'rsa' ? { ...key, keyBits: bitLength(key.modulus) } : key, rule);
  const publicKey: EdgePublicKey =
    key.kind === 'rsa'
      ? { kind: 'rsa', modulus: key.modulus.slice(), publicExponent: key.publicExponent.slice() }
      : { kind: 'ec', curve: key.curve, point: key.point.slice() };
  state.slots.made(request.containerIndex, publicKey, request.usage, 'imported', rule, state.piv.profile.features.has('metadata'));
}

export async function deleteKey(state: EdgeState, containerIndex: number): Promise<void> {
  const slot = state.slot(containerIndex);
  if (!(await state.slots.occupied(containerIndex, slot))) return;
  state.piv.require('move-key');
  await state.administrate();
  changing(state, containerIndex);
  await keys.deleteKey(state.piv, slot.key);
  await dropRecord(state, slot);
}

/** @throws CardEdgeError `not-authenticated` when the key wants the PIN immediately before and it was not; nothing is sent to the key */
async function fresh(state: EdgeState, containerIndex: number, slot: PivSlot): Promise<void> {
  if (state.piv.pinFresh || (slot.pin !== 'always' && !state.slots.knows(containerIndex))) return;
  if ((await state.slots.pinRule(containerIndex, slot)) === 'always')
    throw new CardEdgeError('not-authenticated', `${slot.name} wants the PIN immediately before each use`);
}

async function curveOf(state: EdgeState, containerIndex: number, slot: PivSlot): Promise<'P-256' | 'P-384' | 'P-521'> {
  const key = await state.slots.publicKey(containerIndex, slot);
  if (key === undefined) throw new CardEdgeError('no-key', `nothing tells the key of ${slot.name}`);
  if (key.kind !== 'ec') throw new CardEdgeError('bad-parameter', `${slot.name} holds an RSA key`);
  return key.curve;
}

export async function rsaPrivate(state: EdgeState, containerIndex: number, block: Bytes): Promise<Bytes> {
  const slot = state.slot(containerIndex);
  await fresh(state, containerIndex, slot);
  return keys.rsaPrivate(state.piv, slot.key, block);
}

export async function ecdsaSign(state: EdgeState, containerIndex: number, digest: Bytes): Promise<Bytes> {
  const slot = state.slot(containerIndex);
  const curve = await curveOf(state, containerIndex, slot);
  await fresh(state, containerIndex, slot);
  return keys.ecdsaSign(state.piv, slot.key, curve, digest);
}

export async function ecdh(state: EdgeState, containerIndex: number, point: Bytes): Promise<Bytes> {
  const slot = state.slot(containerIndex);
  const curve = await curveOf(state, containerIndex, slot);
  await fresh(state, containerIndex, slot);
  return keys.ecdh(state.piv, slot.key, curve, point);
}
