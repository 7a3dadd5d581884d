import type { CardContext } from '../context.ts';
import { containerOf } from '../edge-container.ts';
import { CardEdgeError } from '../edge-error.ts';
import { decodeContainerMap, EMPTY_CONTAINER_MAP_RECORD, encodeContainerMap, isValidRecord } from '../files/card-files.ts';
import { MAP_PATH, storedFile } from '../files/file-contents.ts';

/** After a key was made: the name that the caller gave its container before goes to the card now, where the family keeps names (CHOICES.md, early-names). */
export async function keepEarlyName(context: CardContext, index: number): Promise<void> {
  const written = context.files.files.get(MAP_PATH)?.content;
  const record = written === undefined ? undefined : decodeContainerMap(written)[index];
  if (record === undefined || !isValidRecord(record)) return;
  const edge = await context.card();
  if ((await containerOf(edge, index))?.storedName === record.wszGuid) return;
  try {
    const records = decodeContainerMap((await storedFile(context, 'cmapfile', MAP_PATH)) ?? encodeContainerMap([]));
    while (records.length <= index) records.push(EMPTY_CONTAINER_MAP_RECORD);
    records[index] = record;
    await edge.writeFile('cmapfile', encodeContainerMap(records));
  } catch (error) {
    if (!(error instanceof CardEdgeError && error.reason === 'unsupported')) throw error;
  }
}
