import { type Bytes, concat, EMPTY } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { readTlvs, writeTlv } from '../codec/tlv.ts';
import { getData, putAndCompare } from './data-objects.ts';
import { CardError } from './errors.ts';
import { TAG } from './objects.ts';
import type { PivSession } from './session.ts';

/*
 * The msroots file in Yubico's objects 5FFF11..5FFF15: one chunk each, 83 = more follows, 82 = the last (fact sheet, minidriver 10.6).
 */

const MORE = 0x83;
const LAST = 0x82;
const OBJECTS = TAG.ROOTS_LAST - TAG.ROOTS_FIRST + 1;

/** The file; undefined when the first object is absent. @throws CardError `bad-answer` when a chunk is missing or malformed */
export async function readRootCertificates(piv: PivSession): Promise<Bytes | undefined> {
  const chunks: Bytes[] = [];
  for (let tag: number = TAG.ROOTS_FIRST; tag <= TAG.ROOTS_LAST; tag++) {
    const content = await getData(piv, tag);
    if (content === undefined) {
      if (chunks.length === 0) return undefined;
      break;
    }
    const chunk = piv.parse(0xcb, () => {
      const [only, second] = readTlvs(content);
      if (only === undefined || second !== undefined || (only.tag !== MORE && only.tag !== LAST))
        throw new CodecError('bad-tag', 'not one chunk of the root certificates');
      return only;
    });
    chunks.push(chunk.value);
    if (chunk.tag === LAST) return concat(...chunks);
  }
  throw new CardError('bad-answer', 'the root certificates on the card have no end', { cla: 0, ins: 0xcb });
}

/**
 * Writes the file, each object read back. A file of several objects is taken away by its first one, which is written last: the format marks no
 * chunk as belonging to another, so a cut may leave the old file, the new one or none, and must not leave a mixture.
 * @throws CardError `unsupported`, `too-large` before anything is sent
 */
export async function writeRootCertificates(piv: PivSession, file: Bytes): Promise<void> {
  piv.require('container-map');
  const room = (piv.profile.maxObjectBytes ?? 0) - 4;
  const count = Math.max(1, Math.ceil(file.length / room));
  if (room <= 0 || count > OBJECTS) throw new CardError('too-large', `${file.length} bytes of root certificates need more than ${OBJECTS} objects`);
  if (count > 1) await putAndCompare(piv, TAG.ROOTS_FIRST, EMPTY);
  for (let i = count - 1; i >= 0; i--) {
    const chunk = file.subarray(i * room, (i + 1) * room);
    await putAndCompare(piv, TAG.ROOTS_FIRST + i, writeTlv(i === count - 1 ? LAST : MORE, chunk));
  }
}
