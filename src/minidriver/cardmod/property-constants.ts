/* Numbers that stand in properties (cardmod.h). */

/** CP_CARD_PIN_STRENGTH_* bits (S707 4.5.4). */
export const CARD_PIN_STRENGTH_PLAINTEXT = 1;
export const CARD_PIN_STRENGTH_SESSION_PIN = 2;

/** CP_CARD_CACHE_MODE (S707 7.5). */
export const CP_CACHE_MODE_GLOBAL_CACHE = 1;
export const CP_CACHE_MODE_SESSION_ONLY = 2;
export const CP_CACHE_MODE_NO_CACHE = 3;

/** SECRET_TYPE (S707 4.2.1.2). */
export const AlphaNumericPinType = 0;
export const ExternalPinType = 1;
export const ChallengeResponsePinType = 2;
export const EmptyPinType = 3;

/** SECRET_PURPOSE (S707 4.2.1.3). */
export const AuthenticationPin = 0;
export const DigitalSignaturePin = 1;
export const EncryptionPin = 2;
export const NonRepudiationPin = 3;
export const AdministratorPin = 4;
export const PrimaryCardPin = 5;
export const UnblockOnlyPin = 6;

/** PIN_CACHE_POLICY_TYPE (S707 4.2.1.4). */
export const PinCacheNormal = 0;
export const PinCacheTimed = 1;
export const PinCacheNone = 2;
export const PinCacheAlwaysPrompt = 3;

/** PIN_INFO dwFlags (S707 4.2.1.6). */
export const PIN_INFO_REQUIRE_SECURE_ENTRY = 1;

/** CP_KEY_IMPORT_SUPPORT bits (S707 4.5.4). */
export const CARD_KEY_IMPORT_PLAIN_TEXT = 1;
export const CARD_KEY_IMPORT_RSA_KEYEST = 2;
export const CARD_KEY_IMPORT_ECC_KEYEST = 4;
export const CARD_KEY_IMPORT_SHARED_SYMMETRIC = 8;

/** dwFlags of CP_ENUM_ALGORITHMS and CP_PADDING_SCHEMES (S707 4.5.4). */
export const CARD_CIPHER_OPERATION = 1;
export const CARD_ASYMMETRIC_OPERATION = 2;
