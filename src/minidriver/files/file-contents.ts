import { type Bytes, bytes } from '../../codec/bytes.ts';
import type { EdgeContainer, EdgeFile } from '../card-edge.ts';
import { CONTAINER_MAP_DEFAULT_CONTAINER, CONTAINER_MAP_VALID_CONTAINER, MAX_CONTAINER_NAME_LEN, ROLE_USER } from '../cardmod/constants.ts';
import { szBASE_CSP_DIR, szCONTAINER_MAP_FILE } from '../cardmod/names.ts';
import type { CardContext } from '../context.ts';
import { keyBits } from '../key-forms/key-spec.ts';
import {
  CARD_CACHE_FILE_BYTES,
  type CONTAINER_MAP_RECORD,
  decodeContainerMap,
  EMPTY_CONTAINER_MAP_RECORD,
  encodeCardApps,
  encodeContainerMap,
  isValidRecord,
} from './card-files.ts';
import type { FilePlace } from './file-places.ts';

/** Path of cmapfile. */
export const MAP_PATH: string = `${szBASE_CSP_DIR}/${szCONTAINER_MAP_FILE}`;

type CertificatePlace = FilePlace & { readonly kind: 'certificate' };

/** The default container where the card marks none: the first under ROLE_USER, else the first (CHOICES.md, default-container). */
function defaultIndex(containers: readonly EdgeContainer[]): number | undefined {
  return (containers.find((each) => each.storedDefault === true) ?? containers.find((each) => each.pinId === ROLE_USER) ?? containers[0])?.index;
}

/** cmapfile made from what the card holds: one record up to the last occupied index (S707 5.4.4). */
async function containerMap(context: CardContext): Promise<Bytes> {
  const edge = await context.card();
  const containers = await context.containers();
  const preferred = defaultIndex(containers);
  const records: CONTAINER_MAP_RECORD[] = [];
  for (const container of containers) {
    while (records.length < container.index) records.push(EMPTY_CONTAINER_MAP_RECORD);
    const name = container.storedName ?? (await edge.containerName(container.index));
    const bits = container.publicKey === undefined ? 0 : keyBits(container.publicKey);
    records[container.index] = {
      wszGuid: name.replace(/[\\\0]/g, '').slice(0, MAX_CONTAINER_NAME_LEN),
      bFlags: container.index === preferred ? CONTAINER_MAP_VALID_CONTAINER | CONTAINER_MAP_DEFAULT_CONTAINER : CONTAINER_MAP_VALID_CONTAINER,
      wSigKeySizeBits: container.usage === 'signature' ? bits : 0,
      wKeyExchangeKeySizeBits: container.usage === 'key-exchange' ? bits : 0,
    };
  }
  return encodeContainerMap(records);
}

/**
 * A caller names a container before it makes its key (S707 4.6.1), and a family may keep names of occupied containers only: such a record
 * is taken from what the caller wrote.
 */
function withEarlyNames(onCard: Bytes, written: Bytes): Bytes {
  const records = decodeContainerMap(onCard);
  decodeContainerMap(written).forEach((record, index) => {
    const known = records[index];
    if (!isValidRecord(record) || (known !== undefined && isValidRecord(known))) return;
    while (records.length < index) records.push(EMPTY_CONTAINER_MAP_RECORD);
    records[index] = record;
  });
  return encodeContainerMap(records);
}

/** The 16 bytes that name the card: the file where the family keeps one, else its identity (S707 5.4.1; CHOICES.md, card-identifier). */
export async function cardIdentifier(context: CardContext): Promise<Bytes> {
  const edge = await context.card();
  return (await edge.readFile('cardid')) ?? (await edge.identity()).cardId;
}

/** A stored file: from the card, else as written in this context, else made up; undefined when there is none. */
export async function storedFile(context: CardContext, file: EdgeFile, path: string): Promise<Bytes | undefined> {
  if (file === 'cardid') return cardIdentifier(context);
  const edge = await context.card();
  const onCard = await edge.readFile(file);
  const written = context.files.files.get(path)?.content;
  if (file === 'cmapfile' && onCard !== undefined && written !== undefined) return withEarlyNames(onCard, written);
  const stored = onCard ?? written;
  if (stored !== undefined && !(file === 'msroots' && stored.length === 0 && context.files.files.get(path) === undefined)) return stored;
  switch (file) {
    case 'cardcf':
      return bytes(CARD_CACHE_FILE_BYTES);
    case 'cardapps':
      return encodeCardApps([szBASE_CSP_DIR]);
    case 'cmapfile':
      return containerMap(context);
    case 'msroots':
      return undefined;
  }
}

/** What stands behind a certificate file. */
export async function certificateOf(
  context: CardContext,
  place: CertificatePlace,
): Promise<{ readonly occupied: boolean; readonly stored: boolean; readonly created: boolean }> {
  const found = await context.containerAt(place.index);
  const container = found?.usage === place.usage ? found : undefined;
  return {
    occupied: container !== undefined,
    stored: container?.hasCertificate === true,
    created: context.files.files.get(place.path) !== undefined,
  };
}

/** Content of a file; undefined when there is none. */
export async function readPlace(context: CardContext, place: FilePlace): Promise<Bytes | undefined> {
  if (place.kind === 'stored') return storedFile(context, place.file, place.path);
  const created = context.files.files.get(place.path)?.content;
  if (place.kind === 'virtual') return created;
  const { stored } = await certificateOf(context, place);
  return (stored ? await (await context.card()).readCertificate(place.index) : undefined) ?? created;
}
