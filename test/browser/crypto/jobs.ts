import type { HashName } from '../../../src/crypto/digest.ts';
import type { CurveName } from '../../../src/crypto/ec.ts';
import type { SignatureScheme } from '../../../src/crypto/verify.ts';

/** An RSA private key in hexadecimal. */
export type HexKey = Readonly<Record<'n' | 'e' | 'p' | 'q' | 'dP' | 'dQ' | 'qInv', string>>;

/** What the page can be asked to do; all octets in hexadecimal. */
export type Job =
  | { readonly op: 'kind' | 'curve25519' }
  | { readonly op: 'private' | 'simulated-card' | 'pkcs1'; readonly key: HexKey; readonly input: string }
  | { readonly op: 'public'; readonly n: string; readonly e: string; readonly input: string }
  | { readonly op: 'encrypt'; readonly n: string; readonly e: string; readonly message: string }
  | { readonly op: 'unpad'; readonly block: string }
  | { readonly op: 'oaep'; readonly key: HexKey; readonly input: string; readonly hash: HashName; readonly mgfHash: HashName; readonly label: string }
  | { readonly op: 'complete'; readonly n: string; readonly e: string; readonly d: string }
  | { readonly op: 'check' | 'load'; readonly key: HexKey }
  | {
      readonly op: 'verify';
      readonly n: string;
      readonly e: string;
      readonly scheme: SignatureScheme;
      readonly signature: string;
      readonly message: string;
    }
  | { readonly op: 'ed25519'; readonly key: string; readonly signature: string; readonly message: string }
  | { readonly op: 'agree'; readonly curve: CurveName | 'X25519'; readonly d: string; readonly point: string }
  | { readonly op: 'pair'; readonly curve: CurveName; readonly d: string; readonly point: string }
  | {
      readonly op: 'counter-kdf';
      readonly key: string;
      readonly before: string;
      readonly after: string;
      readonly counterBits: 8 | 16 | 24 | 32;
      readonly lengthBytes: number;
    }
  | { readonly op: 'x963'; readonly hash: HashName; readonly z: string; readonly info: string; readonly lengthBytes: number }
  | { readonly op: 'aes' | 'cmac'; readonly key: string; readonly data: string };
