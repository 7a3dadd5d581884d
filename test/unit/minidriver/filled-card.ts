import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Bytes, fromHex } from '../../../src/codec/index.ts';
import { adminResponse, type FakeOptions } from './fake-edge.ts';
import { type Bench, sequence, userBench } from './harness.ts';

export const P256: KeyObject = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
export const P384: KeyObject = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey;
export const TEXT: Bytes = fromHex('746578740a');
export const EVERYONE_READ_USER_WRITE = 1;
export const EVERYONE_READ_ADMIN_WRITE = 3;

export async function asAdmin(made: Bench): Promise<void> {
  await made.card.CardDeauthenticateEx(0xff, 0);
  await made.card.CardAuthenticateEx(2, 0, adminResponse(await made.card.CardGetChallenge()));
}

/** A card with a signature key in 2 (with certificate) and an exchange key in 4 (without). */
export async function filled(options: FakeOptions = {}): Promise<Bench> {
  const made = await userBench(options);
  made.edge.put(2, P256, 'signature');
  made.edge.put(4, P384, 'key-exchange');
  made.edge.certificates.set(2, sequence(400));
  return made;
}
