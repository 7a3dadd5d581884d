/*
 * WebCrypto works in threads of its own: on a loaded machine a clock that jumps when nothing goes on would jump over a signature. Its calls
 * are counted here, once for each process.
 */

const METHODS = ['decrypt', 'deriveBits', 'digest', 'encrypt', 'exportKey', 'generateKey', 'importKey', 'sign', 'verify'] as const;
let running = 0;
let watched = false;

/** True while WebCrypto works. */
export function cryptoIsBusy(): boolean {
  return running > 0;
}

/** Begins to count; a second call changes nothing. */
export function watchCrypto(): void {
  if (watched) return;
  watched = true;
  const { subtle } = crypto;
  for (const name of METHODS) {
    const original = subtle[name].bind(subtle) as (...parameters: unknown[]) => Promise<unknown>;
    const counted = async (...parameters: unknown[]): Promise<unknown> => {
      running++;
      try {
        return await original(...parameters);
      } finally {
        running--;
      }
    };
    Object.defineProperty(subtle, name, { value: counted, configurable: true, writable: true });
  }
}
