/** Algorithm identifiers (SP 800-78-5, tables 9 and 10; RSA-4096, Ed25519 and X25519 by Yubico). */
export const ALG = {
  tripleDesOld: 0x00,
  tripleDes: 0x03,
  rsa3072: 0x05,
  rsa1024: 0x06,
  rsa2048: 0x07,
  aes128: 0x08,
  aes192: 0x0a,
  aes256: 0x0c,
  p256: 0x11,
  p384: 0x14,
  rsa4096: 0x16,
  ed25519: 0xe0,
  x25519: 0xe1,
} as const;

/** Modulus length in bits by algorithm identifier; undefined for what is not RSA. */
export function rsaBits(algorithm: number): number | undefined {
  return { [ALG.rsa1024]: 1024, [ALG.rsa2048]: 2048, [ALG.rsa3072]: 3072, [ALG.rsa4096]: 4096 }[algorithm];
}

/** Key and block length in bytes of a management key's cipher; undefined for what is none. */
export function cipherLengths(algorithm: number): { readonly keyBytes: number; readonly blockBytes: number } | undefined {
  switch (algorithm) {
    case ALG.tripleDesOld:
    case ALG.tripleDes:
      return { keyBytes: 24, blockBytes: 8 };
    case ALG.aes128:
      return { keyBytes: 16, blockBytes: 16 };
    case ALG.aes192:
      return { keyBytes: 24, blockBytes: 16 };
    case ALG.aes256:
      return { keyBytes: 32, blockBytes: 16 };
    default:
      return undefined;
  }
}
