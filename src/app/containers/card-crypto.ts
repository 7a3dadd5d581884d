/** The private key of a container in the shape of a CryptoKey. It can't be exported, and only the Crypto that it came with can use it. */
export interface CardPrivateKey<Algorithm, Usage extends KeyUsage> {
  readonly type: 'private';
  readonly extractable: false;
  readonly algorithm: Algorithm;
  readonly usages: readonly Usage[];
}

/** What the card does for its key, by the name of the operation. The key's place in the parameters of all three is the second. */
export interface CardOperations {
  readonly sign?: (algorithm: unknown, data: Uint8Array) => Promise<ArrayBuffer>;
  readonly decrypt?: (algorithm: unknown, data: Uint8Array) => Promise<ArrayBuffer>;
  readonly deriveBits?: (algorithm: unknown, length: number | null) => Promise<ArrayBuffer>;
}

export function octets(data: BufferSource): Uint8Array {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Own members instead of the target's; functions of the target keep it as `this`. */
function passing<T extends object>(target: T, more: object): T {
  return new Proxy(target, {
    get(from, name) {
      if (Object.hasOwn(more, name)) return Reflect.get(more, name) as unknown;
      const value = Reflect.get(from, name, from) as unknown;
      return typeof value === 'function' ? (value.bind(from) as unknown) : value;
    },
  });
}

/**
 * The platform's Crypto with one more key that it can use: what the card does for it is asked of the card, everything else is the
 * platform's. Nothing gives the private key away: exporting and wrapping it is an InvalidAccessError, like that of a key that is not
 * extractable, and so is an operation that the key is not for.
 */
export function cardCrypto(own: CardPrivateKey<unknown, KeyUsage>, operations: CardOperations): Crypto {
  const { crypto: platform } = globalThis;
  const { subtle } = platform;
  const refused = async (): Promise<never> => {
    throw new DOMException('the key is on a card and not for this', 'InvalidAccessError');
  };
  const { sign = refused, decrypt = refused, deriveBits = refused } = operations;
  const more = {
    sign: async (algorithm: AlgorithmIdentifier, key: unknown, data: BufferSource): Promise<ArrayBuffer> =>
      key === own ? sign(algorithm, octets(data)) : subtle.sign(algorithm, key as CryptoKey, data),
    decrypt: async (algorithm: AlgorithmIdentifier, key: unknown, data: BufferSource): Promise<ArrayBuffer> =>
      key === own ? decrypt(algorithm, octets(data)) : subtle.decrypt(algorithm, key as CryptoKey, data),
    deriveBits: async (algorithm: AlgorithmIdentifier, key: unknown, length: number | null = null): Promise<ArrayBuffer> =>
      key === own ? deriveBits(algorithm, length) : subtle.deriveBits(algorithm, key as CryptoKey, length),
    exportKey: async (format: 'raw', key: unknown): Promise<unknown> => (key === own ? refused() : subtle.exportKey(format, key as CryptoKey)),
    wrapKey: async (format: 'raw', key: unknown, ...rest: [CryptoKey, AlgorithmIdentifier]): Promise<unknown> =>
      key === own ? refused() : subtle.wrapKey(format, key as CryptoKey, ...rest),
  };
  return passing(platform, { subtle: passing(subtle, more) });
}

/** Name of an algorithm as WebCrypto takes it: a text, or an object that has one. */
export function algorithmName(given: unknown): string {
  return String(typeof given === 'object' && given !== null && 'name' in given ? given.name : given).toUpperCase();
}

/** @throws DOMException InvalidAccessError for an algorithm that is not the key's (W3C Web Cryptography, 14.3) */
export function checkAlgorithm(own: { readonly name: string }, given: unknown): void {
  if (algorithmName(given) !== own.name.toUpperCase()) throw new DOMException('the key is one for another algorithm', 'InvalidAccessError');
}
