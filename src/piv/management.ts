import { type Bytes, concat, EMPTY, equalConstantTime, wipe } from '../codec/bytes.ts';
import { type RandomSource, systemRandom } from '../codec/random.ts';
import { findTlv, readSingle, readTlvs, writeTlv } from '../codec/tlv.ts';
import { aesEcbDecrypt, aesEcbEncrypt } from '../crypto/aes.ts';
import { des3Decrypt, des3Encrypt } from '../crypto/des3.ts';
import { MANAGEMENT_ALGORITHMS, managementAlgorithm, type ManagementAlgorithmName, type ManagementAlgorithmRow } from './algorithms.ts';
import { CardError, lenient } from './errors.ts';
import { getMetadata } from './metadata.ts';
import type { Answer, PivSession } from './session.ts';
import { KEY_REFERENCE } from './slots.ts';

const MANAGEMENT = KEY_REFERENCE.MANAGEMENT;

/**
 * Key 9B as Yubico's and most test cards are delivered with it: octets 01 to 08 three times, for 3DES and AES-192; hexadecimal. Everybody
 * knows it: a card that still has it can be changed by whoever holds it.
 */
export const FACTORY_MANAGEMENT_KEY = '010203040506070801020304050607080102030405060708';

/** Mutual authentication as a key holder answers it. */
export interface MutualAnswer {
  readonly witness: Bytes;
  readonly challenge: Bytes;
  check(response: Bytes): Promise<boolean>;
}

/** Whoever holds key 9B; the same shape as the minidriver port's. */
export interface ManagementKeyHolder {
  external(challenge: Bytes, algorithm: ManagementAlgorithmName): Promise<Bytes>;
  mutual?(encipheredWitness: Bytes, algorithm: ManagementAlgorithmName): Promise<MutualAnswer>;
  close?(): void;
}

/** GENERAL AUTHENTICATE with key 9B: the status word and the objects inside 7C. */
async function authenticate(
  piv: PivSession,
  algorithm: number,
  ...body: readonly Bytes[]
): Promise<Answer & { readonly fields: ReturnType<typeof readTlvs> }> {
  const answer = await piv.send(0x87, algorithm, MANAGEMENT, { data: writeTlv(0x7c, ...body), answer: true });
  const fields = answer.sw === 0x9000 && answer.data.length > 0 ? piv.parse(0x87, () => readTlvs(readSingle(answer.data, 0x7c))) : [];
  return { ...answer, fields };
}

/**
 * Algorithm of key 9B: from the metadata where they can be read, from a firmware that knows only 3DES, else asked. Asking means: request a challenge
 * (7C 02 81 00) once per algorithm; the one and only identifier that is answered with a challenge of its block length is the key's.
 * No try counter is touched. @throws CardError `algorithm-unknown` when none or several are: it is never guessed
 */
export async function managementAlgorithmOf(piv: PivSession): Promise<ManagementAlgorithmRow> {
  if (piv.managementAlgorithm !== undefined) return piv.managementAlgorithm;
  const told = (await lenient(() => getMetadata(piv, MANAGEMENT)))?.algorithm;
  let row = told === undefined ? undefined : managementAlgorithm(told);
  if (row === undefined && piv.profile.version !== undefined && !piv.profile.features.has('management-aes')) row = managementAlgorithm(0x03);
  if (row === undefined && piv.managementUnknown) throw new CardError('algorithm-unknown', 'the card answered no algorithm for its management key');
  if (row === undefined) {
    const answered: ManagementAlgorithmRow[] = [];
    for (const candidate of MANAGEMENT_ALGORITHMS) {
      const { sw, fields } = await authenticate(piv, candidate.id, writeTlv(0x81));
      if (sw === 0x9000 && findTlv(fields, 0x81)?.length === candidate.blockBytes) answered.push(candidate);
    }
    piv.managementUnknown = answered.length !== 1;
    if (answered.length !== 1) throw new CardError('algorithm-unknown', `the card answers ${answered.length} algorithms for its management key`);
    [row] = answered;
  }
  if (row === undefined) throw new CardError('algorithm-unknown', 'the card does not tell the algorithm of its management key');
  piv.managementAlgorithm = row;
  return row;
}

/** External authentication, step 1 (SP 800-73-4 part 2, A.2): a fresh challenge. @throws CardError */
export async function getChallenge(piv: PivSession): Promise<Bytes> {
  const row = await managementAlgorithmOf(piv);
  const { sw, fields } = await authenticate(piv, row.id, writeTlv(0x81));
  if (sw !== 0x9000) throw piv.refusal(sw, 0x87, row.id, MANAGEMENT);
  const challenge = findTlv(fields, 0x81);
  if (challenge?.length !== row.blockBytes)
    throw new CardError('bad-answer', 'no challenge of the block length', { cla: 0, ins: 0x87, p1: row.id, p2: MANAGEMENT });
  return challenge;
}

/** External authentication, step 2. @throws CardError `wrong-management-key` */
export async function answerChallenge(piv: PivSession, response: Bytes): Promise<void> {
  const row = await managementAlgorithmOf(piv);
  if (response.length !== row.blockBytes) throw new CardError('bad-parameter', `the response has ${row.blockBytes} bytes, not ${response.length}`);
  await prove(piv, row, writeTlv(0x82, response));
  piv.managementAuthenticated = true;
}

/** Step 2 of either way. From its sending on the card may hold 9B authenticated, whatever the answer or what is made of it. */
async function prove(piv: PivSession, row: ManagementAlgorithmRow, ...body: readonly Bytes[]): ReturnType<typeof authenticate> {
  piv.managementTouched = true;
  piv.managementAuthenticated = false;
  const answer = await authenticate(piv, row.id, ...body);
  if (answer.sw !== 0x9000) throw managementRefusal(piv, answer.sw, row);
  return answer;
}

function managementRefusal(piv: PivSession, sw: number, row: ManagementAlgorithmRow): CardError {
  const wrong = sw === 0x6982 || sw === 0x6a80 || sw === 0x6a88 || sw >>> 8 === 0x63;
  return wrong ? piv.refusal(sw, 0x87, row.id, MANAGEMENT, 'wrong-management-key') : piv.refusal(sw, 0x87, row.id, MANAGEMENT);
}

/**
 * Authenticates key 9B in two exchanges: mutually where holder and card can, else externally. Nothing is repeated after the card
 * has seen an answer.
 * @throws CardError `wrong-management-key`; `not-genuine` when the card fails its half of the mutual authentication
 */
export async function authenticateManagement(piv: PivSession, holder: ManagementKeyHolder): Promise<void> {
  if (piv.managementAuthenticated) return;
  const row = await managementAlgorithmOf(piv);
  if (holder.mutual !== undefined) {
    const first = await authenticate(piv, row.id, writeTlv(0x80));
    const witness = first.sw === 0x9000 ? findTlv(first.fields, 0x80) : undefined;
    if (witness !== undefined) {
      if (witness.length !== row.blockBytes)
        throw new CardError('bad-answer', 'no witness of the block length', { cla: 0, ins: 0x87, p1: row.id, p2: MANAGEMENT });
      await answerWitness(piv, row, await holder.mutual(witness, row.name));
      return;
    }
  }
  await answerChallenge(piv, await holder.external(await getChallenge(piv), row.name));
}

/** Mutual authentication, step 2 (A.3): the deciphered witness and our challenge; the card's answer is checked. */
async function answerWitness(piv: PivSession, row: ManagementAlgorithmRow, answer: MutualAnswer): Promise<void> {
  const { fields } = await prove(piv, row, writeTlv(0x80, answer.witness), writeTlv(0x81, answer.challenge), writeTlv(0x82, EMPTY));
  const response = findTlv(fields, 0x82);
  if (response === undefined || !(await answer.check(response))) {
    throw new CardError('not-genuine', 'the card does not know the management key either', { cla: 0, ins: 0x87, p1: row.id, p2: MANAGEMENT });
  }
  piv.managementAuthenticated = true;
}

function cipher(encrypt: boolean, algorithm: ManagementAlgorithmName, key: Bytes, block: Bytes): Bytes {
  if (algorithm === '3DES') return encrypt ? des3Encrypt(key, block) : des3Decrypt(key, block);
  return encrypt ? aesEcbEncrypt(key, block) : aesEcbDecrypt(key, block);
}

/** Holds a typed key. It takes over `key` and wipes it in `close`. */
export function typedManagementKey(key: Bytes, random: RandomSource = systemRandom): Required<ManagementKeyHolder> {
  const fits = (algorithm: ManagementAlgorithmName): void => {
    const row = MANAGEMENT_ALGORITHMS.find((candidate) => candidate.name === algorithm);
    if (row?.keyBytes !== key.length)
      throw new CardError('wrong-management-key', `a key of ${algorithm} has ${row?.keyBytes ?? 0} bytes, not ${key.length}`);
  };
  return {
    async external(challenge, algorithm) {
      fits(algorithm);
      return cipher(true, algorithm, key, challenge);
    },
    async mutual(encipheredWitness, algorithm) {
      fits(algorithm);
      const witness = cipher(false, algorithm, key, encipheredWitness);
      const challenge = random(witness.length);
      const expected = cipher(true, algorithm, key, challenge);
      return { witness, challenge, check: async (response) => equalConstantTime(response, expected) };
    },
    close() {
      wipe(key);
    },
  };
}

const TOUCH_P2 = { never: 0xff, always: 0xfe, cached: 0xfd } as const;

/**
 * SET MANAGEMENT KEY (Yubico, INS FF). `touch`: left out, that of the present key where the card tells it.
 * @throws CardError `unsupported`, `bad-parameter` before anything is sent
 */
export async function setManagementKey(
  piv: PivSession,
  algorithm: ManagementAlgorithmName,
  key: Bytes,
  touch?: keyof typeof TOUCH_P2,
): Promise<void> {
  piv.require('set-management-key');
  const row = MANAGEMENT_ALGORITHMS.find((candidate) => candidate.name === algorithm);
  if (row?.keyBytes !== key.length) throw new CardError('bad-parameter', `a key of ${algorithm} does not have ${key.length} bytes`);
  if (row.name !== '3DES') piv.require('management-aes');
  const kept = touch ?? (await lenient(() => getMetadata(piv, MANAGEMENT)))?.touch ?? 'never';
  if (kept !== 'never') piv.require(kept === 'cached' ? 'touch-cached' : 'pin-policy');
  const data = concat(Uint8Array.from([row.id, MANAGEMENT, key.length]), key);
  try {
    await piv.command(0xff, 0xff, TOUCH_P2[kept], { data, secret: true });
    piv.managementAlgorithm = row;
  } finally {
    wipe(data);
  }
}
