import { type Bytes, copy, EMPTY, equalConstantTime } from '../codec/bytes.ts';
import { type RandomSource, systemRandom } from '../codec/random.ts';
import { needTlv, readSingle, readTlvs, writeTlv } from '../codec/tlv.ts';
import { MANAGEMENT_ALGORITHMS, type ManagementAlgorithmName } from './algorithms.ts';
import { CardError } from './errors.ts';
import { typedManagementKey } from './management.ts';
import type { PivSession } from './session.ts';
import { KEY_REFERENCE } from './slots.ts';

/**
 * Internal authentication by a symmetric card authentication key in 9E (SP 800-73-4 part 2, 3.2.4 and appendix A): whoever knows the key too
 * sees that the card has it. Needs no PIN, and works without contacts. The caller owns and wipes `key`.
 * @throws CardError `bad-parameter` before anything is sent; `no-key`, `bad-answer`; `not-genuine` when the card answers by another key
 */
export async function authenticateCard(
  piv: PivSession,
  algorithm: ManagementAlgorithmName,
  key: Bytes,
  random: RandomSource = systemRandom,
): Promise<void> {
  const row = MANAGEMENT_ALGORITHMS.find((each) => each.name === algorithm);
  if (row?.keyBytes !== key.length) throw new CardError('bad-parameter', `a key of ${algorithm} does not have ${key.length} bytes`);
  const [p1, p2] = [row.id, KEY_REFERENCE.CARD_AUTHENTICATION];
  const challenge = random(row.blockBytes);
  const { sw, data } = await piv.send(0x87, p1, p2, { data: writeTlv(0x7c, writeTlv(0x82, EMPTY), writeTlv(0x81, challenge)), answer: true });
  // 6A86: the slot is empty, or its key is of another kind.
  if (sw === 0x6a86 || sw === 0x6a88) throw piv.refusal(sw, 0x87, p1, p2, 'no-key');
  if (sw !== 0x9000) throw piv.refusal(sw, 0x87, p1, p2);
  const response = piv.parse(0x87, () => needTlv(readTlvs(readSingle(data, 0x7c)), 0x82));
  const holder = typedManagementKey(copy(key));
  try {
    if (!equalConstantTime(response, await holder.external(challenge, algorithm)))
      throw new CardError('not-genuine', 'the card does not know this card authentication key', { cla: 0, ins: 0x87, p1, p2 });
  } finally {
    holder.close();
  }
}
