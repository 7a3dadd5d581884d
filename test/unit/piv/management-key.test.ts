import { describe, expect, it } from 'vitest';
import { bytes } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { des3Decrypt, des3Encrypt } from '../../../src/crypto/des3.ts';
import { answerChallenge, authenticateManagement, managementAlgorithmOf, setManagementKey, typedManagementKey } from '../../../src/piv/management.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { opened, type ScriptedCard } from './transactions.ts';

async function session(card: ScriptedCard): Promise<PivSession> {
  return PivSession.open(card);
}

describe('key 9B', () => {
  const K = '010203040506070801020304050607080102030405060708';
  const probe = (id: string): string => `0087${id}9b 000004 7c028100 0000`;
  const none = '6a86';
  const challenge = (length: number): string =>
    `7c${(length + 2).toString(16).padStart(2, '0')}81${length.toString(16).padStart(2, '0')}${'11'.repeat(length)}9000`;

  it.each([
    ['3DES', [challenge(8), none, none, none]],
    ['AES-128', [none, challenge(16), none, none]],
    ['AES-256', [none, '6a80', '6d00', challenge(16)]],
    ['AES-192', [challenge(16), none, challenge(16), none]],
  ])('%s by asking', async (name, replies) => {
    const card = opened(undefined);
    ['03', '08', '0a', '0c'].forEach((id, i) => card.expect(probe(id), replies[i] ?? ''));
    const piv = await session(card);
    expect((await managementAlgorithmOf(piv)).name).toBe(name);
    await managementAlgorithmOf(piv);
    card.end();
  });

  it.each([
    ['nobody answers', [none, none, none, none]],
    ['all AES answer', [none, challenge(16), challenge(16), challenge(16)]],
    ['lengths do not fit', [challenge(16), challenge(8), none, none]],
  ])('is never guessed: %s', async (_name, replies) => {
    const card = opened(undefined);
    for (const reply of replies) card.expect(undefined, reply);
    await expect(managementAlgorithmOf(await session(card))).rejects.toMatchObject({ reason: 'algorithm-unknown' });
  });

  it('is 3DES on firmware that knows nothing else, without asking; metadata tells where there are some', async () => {
    const card = opened('050200');
    expect((await managementAlgorithmOf(await session(card))).id).toBe(3);
    card.end();
    const told = opened('050403').expect('00f7009b 000000', '01010a 050101 9000');
    expect((await managementAlgorithmOf(await session(told))).name).toBe('AES-192');
  });

  it('00 in the metadata is another name of 3DES', async () => {
    const card = opened('050403').expect('00f7009b 000000', '010100 050101 9000');
    expect(await managementAlgorithmOf(await session(card))).toMatchObject({ id: 3, name: '3DES' });
    card.end();
  });

  it.each([
    ['3DES', '050200', 7],
    ['3DES', '050200', 16],
    ['AES-192', '050403', 8],
  ])('a response of %s, firmware %s, with %i bytes is refused before anything is sent', async (_name, version, length) => {
    const card = opened(version);
    if (version === '050403') card.expect('00f7009b 000000', '01010a 050101 9000');
    const piv = await session(card);
    await managementAlgorithmOf(piv);
    await expect(answerChallenge(piv, bytes(length))).rejects.toMatchObject({ layer: 'card', reason: 'bad-parameter' });
    expect(piv.managementTouched).toBe(false);
    card.end();
  });

  it.each([
    ['AES-128', 16],
    ['AES-192', 24],
    ['AES-256', 32],
  ] as const)('a key of %s is not sent to a firmware that knows 3DES alone', async (name, length) => {
    const card = opened('050200');
    await expect(setManagementKey(await session(card), name, bytes(length))).rejects.toMatchObject({ layer: 'card', reason: 'unsupported' });
    card.end();
  });

  it.each([
    ['cut off', '010103020200'],
    ['noise', 'ffffffff'],
    ['empty', ''],
  ])('metadata that are %s count as none: it is asked', async (_name, metadata) => {
    const card = opened('050403').expect('00f7009b 000000', metadata, '9000');
    ['03', '08', '0a', '0c'].forEach((id) => card.expect(probe(id), id === '0a' ? challenge(16) : none));
    expect((await managementAlgorithmOf(await session(card))).name).toBe('AES-192');
    card.end();
  });

  it('mutual authentication; a card that fails its half is not genuine', async () => {
    const key = fromHex(K);
    const witness = fromHex('a1a2a3a4a5a6a7a8');
    const ours = fromHex('b1b2b3b4b5b6b7b8');
    const script = (reply: string): ScriptedCard =>
      opened('050200')
        .expect('0087039b 000004 7c028000 0000', `7c0a8008${toHex(des3Encrypt(key, witness))}9000`)
        .expect(`0087039b 000018 7c168008${toHex(witness)}8108${toHex(ours)}8200 0000`, `7c0a8208${reply}9000`);
    const holder = () => typedManagementKey(fromHex(K), () => ours.slice());
    const good = await session(script(toHex(des3Encrypt(key, ours))));
    await authenticateManagement(good, holder());
    expect(good.managementAuthenticated).toBe(true);
    const bad = await session(script(toHex(des3Decrypt(key, ours))));
    await expect(authenticateManagement(bad, holder())).rejects.toMatchObject({ reason: 'not-genuine' });
    expect(bad.managementAuthenticated).toBe(false);
  });

  it('external authentication where the card knows no witness', async () => {
    const response = toHex(des3Encrypt(fromHex(K), fromHex('1111111111111111')));
    const card = opened('050200')
      .expect('0087039b 000004 7c028000 0000', '6a80')
      .expect(probe('03'), challenge(8))
      .expect(`0087039b 00000c 7c0a8208${response} 0000`, '9000');
    const piv = await session(card);
    await authenticateManagement(piv, typedManagementKey(fromHex(K)));
    expect(piv.managementAuthenticated).toBe(true);
    card.end();
  });

  it('a typed key of another length is refused before the card sees anything of it', async () => {
    const card = opened('050200').expect(undefined, '7c0a80081122334455667788 9000');
    const piv = await session(card);
    await expect(authenticateManagement(piv, typedManagementKey(bytes(16)))).rejects.toMatchObject({ reason: 'wrong-management-key' });
    card.end();
  });

  it('close wipes the key', async () => {
    const key = fromHex(K);
    typedManagementKey(key).close();
    expect(key.every((octet) => octet === 0)).toBe(true);
  });
});
