import { type Bytes, bytes } from '../../codec/bytes.ts';
import type { EdgeFile } from '../../minidriver/card-edge.ts';
import { CardEdgeError } from '../../minidriver/edge-error.ts';
import { buildContainerMap, type ContainerRecord } from '../container-map.ts';
import { certificateContent, putAndCompare } from '../data-objects.ts';
import { lenient } from '../errors.ts';
import { TAG } from '../objects.ts';
import { readRootCertificates, writeRootCertificates } from '../root-certificates.ts';
import type { PivSlot } from '../slots.ts';
import { buildContainerFile, recordOf, recordsOfFile, VALID } from './container-file.ts';
import type { EdgeState } from './state.ts';

/* The edge's members that keep certificates, the container map and the root certificates. */

export async function writeCertificate(state: EdgeState, containerIndex: number, der: Bytes | undefined): Promise<void> {
  const slot = state.slot(containerIndex);
  const content = der === undefined ? bytes(0) : await certificateContent(state.piv, der);
  // The key history is loaded by who writes retired certificates.
  const retired = containerIndex < 4 ? undefined : await import('../retired.ts');
  const number = retired?.retiredNumber(slot) ?? 0;
  const history = await retired?.readKeyHistory(state.piv);
  if (der !== undefined) retired?.checkRetiredPlace(history, number);
  await state.administrate();
  state.slots.forgetCertificate(containerIndex);
  state.forgetContainers();
  await putAndCompare(state.piv, slot.certificate, content);
  state.slots.wrote(containerIndex, der?.slice());
  if (retired !== undefined) state.slots.retiredAre((await retired.noteRetired(state.piv, history, number, der !== undefined))?.onCard);
  await refreshRecord(state, containerIndex, slot);
}

/** Keeps what the card's own map says of key and certificate true, where there is a record. */
export async function refreshRecord(state: EdgeState, containerIndex: number, slot: PivSlot): Promise<void> {
  const records = await state.slots.map();
  const old = await state.slots.record(slot);
  if (records === undefined || old === undefined) return;
  const certificate = await state.slots.certificate(containerIndex, slot);
  const container = await state.container(containerIndex, slot);
  const { keySpec, keyBits, fingerprint } = await recordOf(container, old.name, old.flags, certificate);
  const renewed = { ...old, ...(container.publicKey === undefined ? {} : { keySpec, keyBits }), fingerprint };
  await writeMap(
    state,
    records.map((record) => (record === old ? renewed : record)),
  );
}

/** The key is gone, and with it what the map says of it. */
export async function dropRecord(state: EdgeState, slot: PivSlot): Promise<void> {
  const records = (await state.slots.map()) ?? [];
  const kept = records.filter((record) => record.slot !== slot.key);
  if (kept.length < records.length) await writeMap(state, kept);
}

async function writeMap(state: EdgeState, records: readonly ContainerRecord[]): Promise<void> {
  await putAndCompare(state.piv, TAG.CONTAINER_MAP, records.length === 0 ? bytes(0) : buildContainerMap(records));
  state.slots.wroteMap(records);
  state.forgetContainers();
}

export async function readFile(state: EdgeState, file: EdgeFile): Promise<Bytes | undefined> {
  if (file === 'msroots') return state.piv.profile.features.has('container-map') ? readRootCertificates(state.piv) : undefined;
  if (file !== 'cmapfile' || (await state.slots.map()) === undefined) return undefined;
  const containers = await state.containers();
  const names: string[] = [];
  for (const container of containers) names.push(container.storedName ?? (await state.containerName(container.index)));
  return buildContainerFile(containers, names);
}

export async function writeFile(state: EdgeState, file: EdgeFile, content: Bytes): Promise<void> {
  if ((file !== 'cmapfile' && file !== 'msroots') || !state.piv.profile.features.has('container-map'))
    throw new CardEdgeError('unsupported', `this card has no home for ${file}`);
  if (file === 'msroots') {
    await state.administrate();
    return writeRootCertificates(state.piv, content);
  }
  const records = await recordsOfFile(content, await state.containers(), async (container) =>
    lenient(() => state.slots.certificate(container.index, state.slot(container.index))),
  );
  await state.administrate();
  await writeMap(state, records);
}

export async function associateEcdh(state: EdgeState, containerIndex: number, ecdhContainerIndex: number): Promise<void> {
  const slot = state.slot(containerIndex);
  if (state.slot(ecdhContainerIndex).usage !== 'key-exchange') throw new CardEdgeError('bad-parameter', 'the other container can hold no ECDH key');
  state.piv.require('container-map');
  const containers = await state.containers();
  const container = containers.find((each) => each.index === containerIndex);
  if (container === undefined) throw new CardEdgeError('no-key', 'the container is empty');
  const certificate = await lenient(() => state.slots.certificate(containerIndex, slot));
  const records = (await state.slots.map()) ?? [];
  const old = await state.slots.record(slot);
  const base = old ?? (await recordOf(container, await state.containerName(containerIndex), VALID, certificate));
  const renewed = { ...base, associated: ecdhContainerIndex };
  await state.administrate();
  await writeMap(state, old === undefined ? [...records, renewed] : records.map((record) => (record === old ? renewed : record)));
}
