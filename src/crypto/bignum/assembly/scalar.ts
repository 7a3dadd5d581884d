/*
 * The scalar module: RSA on limbs of 27 to 29 bits, and what both modules share because its speed does not matter: checking and
 * completing keys, removing paddings.
 */
import { IO_AUX, IO_D, IO_DP, IO_DQ, IO_E, IO_IN, IO_MASK, IO_N, IO_OUT, IO_P, IO_Q, IO_QINV, IO_RP, IO_RQ } from './io';
import { wipe as wipeRsa } from './rsa-scalar';
import { wipeKeys } from './keys';
export { loadPublic, loadPrivate, reseed, publicOp, privateOp } from './rsa-scalar';
export { factor, deriveCrt, checkKey, strongRound } from './keys';
export { unpadPkcs1, unpadOaep } from './unpad';

/** Where JavaScript puts and finds the fields of io.ts, by number. */
export function field(which: i32): usize {
  switch (which) {
    case 0: return IO_N;
    case 1: return IO_E;
    case 2: return IO_P;
    case 3: return IO_Q;
    case 4: return IO_DP;
    case 5: return IO_DQ;
    case 6: return IO_QINV;
    case 7: return IO_RP;
    case 8: return IO_RQ;
    case 9: return IO_IN;
    case 10: return IO_OUT;
    case 11: return IO_D;
    case 12: return IO_MASK;
    default: return IO_AUX;
  }
}

/** Overwrites everything that came from a key or a message. */
export function wipe(): void {
  wipeRsa();
  wipeKeys();
  memory.fill(IO_D, 0, 512);
  memory.fill(IO_MASK, 0, 512);
  memory.fill(IO_AUX, 0, 256);
}
