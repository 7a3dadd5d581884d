import type { Bytes } from './bytes.ts';

/** Unpredictable octets; tests pass a fixed sequence. */
export type RandomSource = (lengthBytes: number) => Bytes;

/** WebCrypto's generator. */
export const systemRandom: RandomSource = (lengthBytes) => crypto.getRandomValues(new Uint8Array(lengthBytes));
