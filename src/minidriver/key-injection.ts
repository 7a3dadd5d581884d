import type { CardEntryPoints } from './card-data.ts';
import { fail } from './error.ts';

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

/** Secure key injection (S707 4.8) is not supported, which CP_KEY_IMPORT_SUPPORT 0 says: all nine answer so (CHOICES.md, key-injection). */
export function keyInjectionEntryPoints(): KeyInjectionEntryPoints {
  const unsupported = async (): Promise<never> => fail('SCARD_E_UNSUPPORTED_FEATURE', 'there is no key injection');
  return {
    MDImportSessionKey: unsupported,
    MDEncryptData: unsupported,
    CardImportSessionKey: unsupported,
    CardGetSharedKeyHandle: unsupported,
    CardGetAlgorithmProperty: unsupported,
    CardGetKeyProperty: unsupported,
    CardSetKeyProperty: unsupported,
    CardDestroyKey: unsupported,
    CardProcessEncryptedData: unsupported,
  };
}
