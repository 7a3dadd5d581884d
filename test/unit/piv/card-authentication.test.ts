import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { authenticateCard } from '../../../src/piv/card-authentication.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, type PivProfileName } from '../../../src/simulator/index.ts';
import { opened, terminal } from './transactions.ts';

const KEYS = [
  ['3DES', 0x03, 'des-ede3', 24, 8],
  ['AES-128', 0x08, 'aes-128-ecb', 16, 16],
  ['AES-192', 0x0a, 'aes-192-ecb', 24, 16],
  ['AES-256', 0x0c, 'aes-256-ecb', 32, 16],
] as const;
const keyOf = (length: number): Uint8Array<ArrayBuffer> => Uint8Array.from({ length }, (_, i) => 0x21 + 2 * i);
const hex2 = (value: number): string => value.toString(16).padStart(2, '0');

describe('symmetric card authentication key in 9E', () => {
  it.each(KEYS)('%s: the exchange of the standard, the answer judged by OpenSSL', async (name, algorithm, cipher, keyBytes, block) => {
    const key = keyOf(keyBytes);
    const challenge = Uint8Array.from({ length: block }, (_, i) => 0xc0 + i);
    const response = createCipheriv(cipher, key, null).setAutoPadding(false).update(challenge);
    // An extended Le, which the channel cuts to what reader and card carry.
    const command = `0087${hex2(algorithm)}9e 0000${hex2(block + 6)} 7c${hex2(block + 4)} 8200 81${hex2(block)}${toHex(challenge)} 0000`;
    const card = (answer: string) => opened(undefined).expect(command, fromHex(answer));
    const use = async (answer: string): Promise<void> => authenticateCard(await PivSession.open(card(answer)), name, key, () => challenge.slice());
    const whole = `7c${hex2(block + 2)}82${hex2(block)}`;
    await use(`${whole}${toHex(Uint8Array.from(response))}9000`);
    const other = Uint8Array.from(response);
    other[block - 1] = (other[block - 1] ?? 0) ^ 1;
    await expect(use(`${whole}${toHex(other)}9000`)).rejects.toMatchObject({ reason: 'not-genuine' });
    await expect(use('7c0282009000')).rejects.toMatchObject({ reason: 'not-genuine' });
    await expect(use('7c009000')).rejects.toMatchObject({ reason: 'bad-answer' });
    await expect(use('6a86')).rejects.toMatchObject({ reason: 'no-key' });
    await expect(use('6982')).rejects.toMatchObject({ reason: 'not-authenticated' });
  });

  it.each(['nist', 'yubikey-5.7'] as const)('%s: with the simulated card, without a PIN; another key is noticed', async (profile: PivProfileName) => {
    const key = keyOf(16);
    const card = createPivCard({ profile, symmetricCardKey: { algorithm: 0x08, key } });
    const piv = await PivSession.open(terminal(card));
    await authenticateCard(piv, 'AES-128', key);
    await expect(authenticateCard(piv, 'AES-128', keyOf(16).fill(1))).rejects.toMatchObject({ reason: 'not-genuine' });
    await expect(authenticateCard(piv, 'AES-256', keyOf(32))).rejects.toMatchObject({ reason: 'no-key' });
    await expect(authenticateCard(piv, 'AES-128', keyOf(24))).rejects.toMatchObject({ reason: 'bad-parameter' });
    expect([...key]).toEqual([...keyOf(16)]);
  });
});
