/* Numbers of signatures, decryption and key derivation (cardmod.h, wincrypt.h, bcrypt.h). */

/** dwSigningFlags (S707 4.7.5); the low bits are CryptSignHash's, never padding types. */
export const CARD_PADDING_INFO_PRESENT = 0x40000000;
export const CARD_BUFFER_SIZE_ONLY = 0x20000000;
export const CRYPT_NOHASHOID = 0x1;
export const CRYPT_TYPE2_FORMAT = 0x2;
export const CRYPT_X931_FORMAT = 0x4;

/** dwPaddingType. PSS is 4 and OAEP 8 here; BCRYPT_PAD_* has these two the other way round. */
export const CARD_PADDING_NONE = 1;
export const CARD_PADDING_PKCS1 = 2;
export const CARD_PADDING_PSS = 4;
export const CARD_PADDING_OAEP = 8;

/** dwFlags of CardDeriveKey (S707 4.7.3; bcrypt.h). */
export const CARD_RETURN_KEY_HANDLE = 0x1000000;
export const KDF_USE_SECRET_AS_HMAC_KEY_FLAG = 0x1;

/** CP_PADDING_SCHEMES of ciphers, dwFlags of MDEncryptData and CardProcessEncryptedData: PKCS #5 (S707 4.5.4). */
export const CARD_BLOCK_PADDING = 1;

/** Hash algorithms (wincrypt.h ALG_ID). */
export const CALG_MD2 = 0x8001;
export const CALG_MD4 = 0x8002;
export const CALG_MD5 = 0x8003;
export const CALG_SHA1 = 0x8004;
export const CALG_MAC = 0x8005;
export const CALG_RIPEMD160 = 0x8007;
export const CALG_SSL3_SHAMD5 = 0x8008;
export const CALG_HMAC = 0x8009;
export const CALG_TLS1PRF = 0x800a;
export const CALG_HASH_REPLACE_OWF = 0x800b;
export const CALG_SHA_256 = 0x800c;
export const CALG_SHA_384 = 0x800d;
export const CALG_SHA_512 = 0x800e;
export const CALG_HUGHES_MD5 = 0xa003;

/** Buffer types of the list that CardDeriveKey takes (bcrypt.h). */
export const KDF_HASH_ALGORITHM = 0x0;
export const KDF_SECRET_PREPEND = 0x1;
export const KDF_SECRET_APPEND = 0x2;
export const KDF_HMAC_KEY = 0x3;
export const KDF_TLS_PRF_LABEL = 0x4;
export const KDF_TLS_PRF_SEED = 0x5;
export const KDF_SECRET_HANDLE = 0x6;
export const KDF_TLS_PRF_PROTOCOL = 0x7;
export const KDF_ALGORITHMID = 0x8;
export const KDF_PARTYUINFO = 0x9;
export const KDF_PARTYVINFO = 0xa;
export const KDF_SUPPPUBINFO = 0xb;
export const KDF_SUPPPRIVINFO = 0xc;
