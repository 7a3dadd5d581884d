import { createPrivateKey } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { fromHex, reversed, toHex } from '../../src/codec/index.ts';
import * as m from '../../src/minidriver/index.ts';
import { Bench, type Card, given, PIN } from '../conformance/minidriver-bench.ts';
import { edgeKey, privateBlob } from '../unit/minidriver/edge-key.ts';
import { corporaAbsent, corpusJson } from '../corpora.ts';

/*
 * Wycheproof's decryption vectors through CardRSADecrypt: the keys imported into the simulated card by CardCreateContainerEx, the padding
 * removed by the driver. A ciphertext of another length than the modulus is refused by its length, as the specification says, and the card
 * is not asked. Every other invalid one has to end in one and the same error, by the same way: with no detail, after the same commands. Only
 * a number that is not below the modulus, which everybody can see, ends in that error without asking the card.
 */

interface Vector {
  readonly tcId: number;
  readonly msg: string;
  readonly ct: string;
  readonly label?: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

interface Group {
  readonly keySize: number;
  readonly sha?: string;
  readonly mgfSha?: string;
  readonly privateKey: { readonly modulus: string };
  readonly privateKeyPkcs8: string;
  readonly tests: readonly Vector[];
}

const PKCS1 = ['rsa_pkcs1_2048_test', 'rsa_pkcs1_3072_test', 'rsa_pkcs1_4096_test'];
const OAEP = [
  'rsa_oaep_2048_sha1_mgf1sha1_test',
  'rsa_oaep_2048_sha256_mgf1sha256_test',
  'rsa_oaep_2048_sha384_mgf1sha384_test',
  'rsa_oaep_2048_sha512_mgf1sha512_test',
  'rsa_oaep_3072_sha256_mgf1sha256_test',
  'rsa_oaep_3072_sha512_mgf1sha512_test',
  'rsa_oaep_4096_sha256_mgf1sha256_test',
  'rsa_oaep_4096_sha512_mgf1sha512_test',
  'rsa_oaep_misc_test',
];
/** OAEP's two hashes differ: BCRYPT_OAEP_PADDING_INFO has one field for both. */
const NOT_EXPRESSIBLE = ['rsa_oaep_2048_sha256_mgf1sha1_test', 'rsa_oaep_3072_sha512_mgf1sha1_test'];
const NAMES: Readonly<Record<string, string>> = { 'SHA-1': 'SHA1', 'SHA-256': 'SHA256', 'SHA-384': 'SHA384', 'SHA-512': 'SHA512' };
const CARD_SIZES: readonly number[] = [2048, 3072, 4096];

const groupsOf = (file: string): readonly Group[] => (corpusJson(`wycheproof/${file}.json`) as { testGroups: readonly Group[] }).testGroups;
const usable = (group: Group): boolean =>
  CARD_SIZES.includes(group.keySize) && (group.sha === undefined || (NAMES[group.sha] !== undefined && group.sha === group.mgfSha));

const count = { valid: 0, invalid: 0, aboveModulus: 0, byLength: 0, outside: 0 };

/** What a decryption came to: the message, or everything that can be seen of the failure and of the way to it. */
interface Seen {
  readonly message?: string;
  readonly failure?: string;
  readonly way: string;
}

async function decrypted(bench: Bench, card: Card, group: Group, { ct, label = '' }: Vector): Promise<Seen> {
  bench.terminal.clear();
  const padding =
    group.sha === undefined
      ? { dwPaddingType: m.CARD_PADDING_PKCS1 }
      : { dwPaddingType: m.CARD_PADDING_OAEP, pPaddingInfo: { pszAlgId: NAMES[group.sha] ?? '', pbLabel: fromHex(label) } };
  const way = (): string => bench.terminal.log.map((each) => `${each.command.slice(0, 8)} ${each.sw}`).join(', ');
  const info = { dwVersion: 2, bContainerIndex: 2, dwKeySpec: m.AT_KEYEXCHANGE, pbData: reversed(fromHex(ct)), ...padding };
  try {
    const { pbData } = await given(card.CardRSADecrypt)(info);
    return { message: toHex(reversed(pbData)), way: way() };
  } catch (error) {
    if (!(error instanceof m.MinidriverError)) throw error;
    const { reason, message, dwCode, cause, retriesLeft } = error;
    return { failure: JSON.stringify([reason, message, dwCode, cause === undefined, retriesLeft ?? null]), way: way() };
  }
}

const BAD_PADDING = JSON.stringify(['SCARD_F_INTERNAL_ERROR', 'the data could not be decrypted', 0x80100001, true, null]);
const BAD_LENGTH = ['SCARD_E_INSUFFICIENT_BUFFER', 'SCARD_E_INVALID_PARAMETER'];

/** Why a vector fails, or undefined. `way` is how the group's well-formed ciphertexts go. */
function verdict(group: Group, vector: Vector, seen: Seen, way: string): string | undefined {
  if (vector.result === 'valid' || (vector.result === 'acceptable' && seen.message !== undefined)) {
    count.valid++;
    return seen.message === vector.msg && seen.way === way ? undefined : `valid, and came to ${JSON.stringify(seen)}`;
  }
  if (vector.ct.length / 2 !== group.keySize / 8) {
    count.byLength++;
    return seen.way === '' && BAD_LENGTH.some((name) => seen.failure?.includes(name) === true)
      ? undefined
      : `wrong length, and came to ${JSON.stringify(seen)}`;
  }
  if (BigInt(`0x${vector.ct}`) >= BigInt(`0x${group.privateKey.modulus}`)) {
    count.aboveModulus++;
    return seen.failure === BAD_PADDING && seen.way === '' ? undefined : `above the modulus, and came to ${JSON.stringify(seen)}`;
  }
  count.invalid++;
  return seen.failure === BAD_PADDING && seen.way === way ? undefined : `invalid, and came to ${JSON.stringify(seen)}`;
}

async function run(groups: readonly Group[]): Promise<string[]> {
  const problems: string[] = [];
  const bench = new Bench();
  const card = await bench.user();
  let key = '';
  for (const group of groups) {
    if (group.privateKeyPkcs8 !== key) {
      const own = edgeKey(createPrivateKey({ key: Buffer.from(group.privateKeyPkcs8, 'hex'), format: 'der', type: 'pkcs8' }));
      const spec = [m.CARD_CREATE_CONTAINER_KEY_IMPORT, m.AT_KEYEXCHANGE] as const;
      await card.CardCreateContainerEx(2, ...spec, group.keySize, privateBlob(own, 'key-exchange'), 1);
      await card.CardAuthenticatePin('user', PIN);
      key = group.privateKeyPkcs8;
      // Learns what the card says of its new key, so that every ciphertext goes the same way.
      await card.CardGetContainerInfo(2, 0, { dwVersion: 1 });
    }
    const way = (await decrypted(bench, card, group, { tcId: 0, msg: '', ct: '00'.repeat(group.keySize / 8 - 1) + '03', result: 'invalid' })).way;
    expect(way).toMatch(/^(00|10)87/);
    for (const vector of group.tests) {
      const problem = verdict(group, vector, await decrypted(bench, card, group, vector), way);
      if (problem !== undefined) problems.push(`${vector.tcId}: ${problem}`);
    }
  }
  return problems;
}

describe.skipIf(corporaAbsent !== undefined)(corporaAbsent ?? 'Wycheproof decryption through CardRSADecrypt', () => {
  afterAll(() => {
    const { valid, invalid, aboveModulus, byLength, outside } = count;
    const alike = `${invalid} invalid alike, ${aboveModulus} above the modulus with the same error`;
    console.log(`Wycheproof through CardRSADecrypt: ${valid} valid right, ${alike}, ${byLength} refused by length, ${outside} outside`);
  });

  it.each([...PKCS1, ...OAEP])(
    '%s',
    async (file) => {
      const groups = groupsOf(file);
      count.outside += groups.filter((group) => !usable(group)).reduce((sum, group) => sum + group.tests.length, 0);
      expect(await run(groups.filter(usable))).toEqual([]);
    },
    240_000,
  );

  it('files whose two hashes differ have no form in BCRYPT_OAEP_PADDING_INFO', () => {
    for (const file of NOT_EXPRESSIBLE) {
      expect(groupsOf(file).some(usable)).toBe(false);
      count.outside += groupsOf(file).reduce((sum, group) => sum + group.tests.length, 0);
    }
  });

  it('planted: a valid vector called invalid, a wrong message, another error and another way are found', () => {
    const [group] = groupsOf('rsa_pkcs1_2048_test') as [Group];
    const [vector] = group.tests as [Vector];
    const good: Seen = { message: vector.msg, way: 'way' };
    const before = { ...count };
    expect(verdict(group, vector, good, 'way')).toBeUndefined();
    expect(verdict(group, { ...vector, result: 'invalid' }, good, 'way')).toMatch(/^invalid/);
    expect(verdict(group, vector, { ...good, message: '00' }, 'way')).toMatch(/^valid/);
    expect(verdict(group, { ...vector, result: 'invalid' }, { failure: BAD_PADDING.replace('INTERNAL', 'OTHER'), way: 'way' }, 'way')).toMatch(
      /^invalid/,
    );
    expect(verdict(group, { ...vector, result: 'invalid' }, { failure: BAD_PADDING, way: 'other' }, 'way')).toMatch(/^invalid/);
    Object.assign(count, before);
  });
});
