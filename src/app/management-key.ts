import { CodecError } from '../codec/errors.ts';
import { fromHex } from '../codec/hex.ts';
import type { RandomSource } from '../codec/random.ts';
import { wipe } from '../codec/bytes.ts';
import type { ManagementAlgorithm, ManagementKeyProvider } from '../minidriver/card-edge.ts';
import { typedManagementKey } from '../piv/management.ts';
import type { CardFamily } from './card-families/family.ts';
import type { ManagementKeyChoice } from './enrollment/state.ts';
import { FlowError } from './errors.ts';

const KEY_BYTES: Readonly<Record<ManagementAlgorithm, number>> = { '3DES': 24, 'AES-128': 16, 'AES-192': 24, 'AES-256': 32 };

/** Length of an administration key, in bytes. */
export function managementKeyBytes(algorithm: ManagementAlgorithm): number {
  return KEY_BYTES[algorithm];
}

/**
 * The provider for a choice. Undefined for a key that the card keeps behind the PIN: the card family fetches that one itself, inside
 * the transaction and after the PIN. `close` wipes the key.
 * @throws FlowError `management-key-text` when the typed text is no key of this length
 */
export function managementKeyProvider(
  choice: ManagementKeyChoice,
  algorithm: ManagementAlgorithm | undefined,
  family: CardFamily,
  random: RandomSource,
): ManagementKeyProvider | undefined {
  if (choice.mode === 'pin-protected') return undefined;
  if (choice.mode === 'default') {
    const key = algorithm === undefined ? undefined : family.defaultManagementKey(algorithm);
    if (key === undefined) throw new FlowError('management-key-text', 'cards of this family have no common factory key');
    return typedManagementKey(key, random);
  }
  let key;
  try {
    key = fromHex(choice.hex);
  } catch (cause) {
    if (cause instanceof CodecError) throw new FlowError('management-key-text', 'not hexadecimal');
    throw cause;
  }
  const lengths = algorithm === undefined ? Object.values(KEY_BYTES) : [KEY_BYTES[algorithm]];
  if (lengths.includes(key.length)) return typedManagementKey(key, random);
  wipe(key);
  throw new FlowError('management-key-text', 'a key of another length');
}
