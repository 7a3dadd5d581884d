import { type CardEntryPoints, ENTRY_POINT_VERSIONS, type EntryPointName } from '../cardmod/card-data.ts';
import { fail } from '../cardmod/error.ts';

type KeyInjectionEntryPoints = Pick<
  CardEntryPoints,
  | 'MDImportSessionKey'
  | 'MDEncryptData'
  | 'CardImportSessionKey'
  | 'CardGetSharedKeyHandle'
  | 'CardGetAlgorithmProperty'
  | 'CardGetKeyProperty'
  | 'CardSetKeyProperty'
  | 'CardDestroyKey'
  | 'CardProcessEncryptedData'
>;

/**
 * Secure key injection (S707 4.8) is not supported, which CP_KEY_IMPORT_SUPPORT 0 says: all nine answer so (CHOICES.md, key-injection). They are
 * what version 7 brought beside CardCreateContainerEx.
 */
export function keyInjectionEntryPoints(): KeyInjectionEntryPoints {
  const unsupported = async (): Promise<never> => fail('SCARD_E_UNSUPPORTED_FEATURE', 'there is no key injection');
  const names = Object.keys(ENTRY_POINT_VERSIONS) as EntryPointName[];
  const nine = names.filter((name) => ENTRY_POINT_VERSIONS[name] === 7 && name !== 'CardCreateContainerEx');
  return Object.fromEntries(nine.map((name) => [name, unsupported])) as unknown as KeyInjectionEntryPoints;
}
