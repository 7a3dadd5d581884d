import type { Bytes } from '../codec/bytes.ts';

/*
 * The port between the minidriver and a card family (piv/, gids/). Domain terms only: no APDU, no object tag. Everything runs
 * inside the transaction that the caller holds. Failures are CardEdgeError (edge-error.ts); the minidriver maps them to DWORDs.
 */

/** PIN identifiers of the minidriver specification: 0 everyone, 1 user, 2 admin, 3..7 further (S707 4.2.1.1). */
export type PinId = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

export type EdgeKeyType = { readonly kind: 'rsa'; readonly keyBits: number } | { readonly kind: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521' };

/** Public keys in natural (big-endian) order. */
export type EdgePublicKey =
  | { readonly kind: 'rsa'; readonly modulus: Bytes; readonly publicExponent: Bytes }
  | { readonly kind: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521'; /** 04 || X || Y */ readonly point: Bytes };

/** A private key on its way into the card. The receiver wipes it. */
export type EdgePrivateKey =
  | {
      readonly kind: 'rsa';
      readonly modulus: Bytes;
      readonly publicExponent: Bytes;
      readonly p: Bytes;
      readonly q: Bytes;
      readonly dP: Bytes;
      readonly dQ: Bytes;
      readonly qInv: Bytes;
      readonly d: Bytes;
    }
  | { readonly kind: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521'; readonly point: Bytes; readonly d: Bytes };

/** What a key is for: 'signature' (ksc, AT_SIGNATURE / AT_ECDSA_*) or 'key-exchange' (kxc, AT_KEYEXCHANGE / AT_ECDHE_*). */
export type EdgeUsage = 'signature' | 'key-exchange';

/** One occupied container. */
export interface EdgeContainer {
  /** Fixed by the card family; 0..maxKeyContainers-1. */
  readonly index: number;
  /** The family's own name of the place, e.g. 'PIV 9A'. */
  readonly place: string;
  readonly usage: EdgeUsage;
  /** The PIN that guards the key; 0 = none. */
  readonly pinId: PinId;
  /** True when the PIN must be verified immediately before each use. */
  readonly pinAlways: boolean;
  /** Undefined when the card holds a key here but nothing tells its public half. */
  readonly publicKey?: EdgePublicKey;
  readonly hasCertificate: boolean;
  /** Name kept on the card, else undefined and the minidriver derives one by {@link CardEdge.containerName}. */
  readonly storedName?: string;
  /** True when the card's own map marks it as the default container. */
  readonly storedDefault?: boolean;
  /** CCP_ASSOCIATED_ECDH_KEY kept on the card. */
  readonly associatedEcdhContainer?: number;
  /** Whether the card generated the key itself, when it can tell. */
  readonly origin?: 'generated' | 'imported';
}

/** One PIN or key that a role is proven with. */
export interface EdgePin {
  readonly id: PinId;
  readonly kind: 'pin' | 'external' | 'challenge-response' | 'empty';
  readonly purpose: 'authentication' | 'digital-signature' | 'encryption' | 'non-repudiation' | 'administrator' | 'primary' | 'unblock-only';
  /** Bit sets of PIN ids (1 << id). */
  readonly changePermission: number;
  readonly unblockPermission: number;
  readonly cache: 'normal' | 'timed' | 'none' | 'always-prompt';
  /** Length of the PIN, in bytes; undefined for challenge-response. */
  readonly minBytes?: number;
  readonly maxBytes?: number;
}

export interface EdgeCapabilities {
  readonly maxKeyContainers: number;
  readonly readOnly: boolean;
  readonly canGenerate: boolean;
  readonly canImport: boolean;
  readonly canDeleteKey: boolean;
  /** True when the card itself removes RSA padding. */
  readonly removesRsaPadding: boolean;
  /** Key types that can be generated here, by container index where places differ. */
  generatable(containerIndex?: number): readonly EdgeKeyType[];
  /** PIN ids that {@link CardEdge.generate} can bind a key of this container to. */
  bindablePins(containerIndex: number): readonly PinId[];
  /** Largest certificate that one container takes, in bytes of DER, without compression. */
  readonly maxCertificateBytes: number;
}

export interface EdgeIdentity {
  /** 16 bytes, unique per card, all zero when the card has none yet. */
  readonly cardId: Bytes;
  /** Serial number as the card gives it; undefined when it gives none. */
  readonly serialNumber?: Bytes;
  /** Name of the card for a person, e.g. 'YubiKey 5.7.1 (PIV)'. */
  readonly cardName: string;
}

export interface PinStatus {
  /** Tries left; undefined when the card does not tell. 0 = blocked. */
  readonly retriesLeft?: number;
  readonly retriesTotal?: number;
  /** True when authenticated in this transaction. */
  readonly verified: boolean;
  /** True when the card says the factory value is in use. */
  readonly isDefault?: boolean;
}

export interface GenerateRequest {
  readonly containerIndex: number;
  readonly keyType: EdgeKeyType;
  readonly usage: EdgeUsage;
  readonly pinId: PinId;
  readonly onWaiting?: () => void;
}

/** Padding that a card takes off by itself. */
export type EdgeRsaPadding = { readonly kind: 'pkcs1' } | { readonly kind: 'oaep'; readonly hash: string; readonly label: Bytes };

export interface PinEntryOptions {
  readonly signal?: AbortSignal;
}

/** What came of PIN entry on a reader: the card's answer, or what the person did instead. */
export type EdgePinPadResult =
  | { readonly kind: 'answer'; readonly response: Bytes }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'mismatch' };

/** A PIN pad as the channel below gives it: `template` is the command with its padding where the PIN goes. Lengths in characters. */
export interface EdgePinPad {
  readonly canModify: boolean;
  verify(template: Bytes, limits: { readonly minLength: number; readonly maxLength: number }, options?: PinEntryOptions): Promise<EdgePinPadResult>;
  modify(template: Bytes, limits: { readonly minLength: number; readonly maxLength: number }, options?: PinEntryOptions): Promise<EdgePinPadResult>;
}

/** A named file of the logical file system that the family keeps on the card; see S707 5.4. */
export type EdgeFile = 'cardid' | 'cardcf' | 'cardapps' | 'cmapfile' | 'msroots';

/** What a card family can do for the minidriver. One instance per context; {@link attach} hands it each new transaction. */
export interface CardEdge<Handle = unknown> {
  readonly family: string;
  readonly capabilities: EdgeCapabilities;
  readonly pins: readonly EdgePin[];
  /** Adopts the caller's current transaction; re-selects the application when it was interrupted. Drops what a reset made untrue. */
  attach(handle: Handle): Promise<void>;
  /** Drops what was read of the card: another context has written to it. What is authenticated stays. */
  forget?(): void;
  /** Selects the application again, which another context may have left. Of what that authenticated nothing counts, and deauthentication ends it. */
  reselect?(): Promise<void>;
  identity(): Promise<EdgeIdentity>;
  /** Occupied containers in index order. Needs no PIN. Cached until a write or an interruption. */
  containers(): Promise<readonly EdgeContainer[]>;
  /** One container, undefined when it is empty: asks the card for nothing that is about others. Left out: one of {@link containers}. */
  container?(containerIndex: number): Promise<EdgeContainer | undefined>;
  /** The name a container has when none is stored (S707 5.4.4; design: container names). */
  containerName(containerIndex: number): Promise<string>;

  pinStatus(pinId: PinId): Promise<PinStatus>;
  /** Verifies a PIN once. Throws CardEdgeError `wrong-pin` with retriesLeft, `pin-blocked`, `bad-pin-length` (nothing sent). The edge does not keep the PIN. */
  verifyPin(pinId: PinId, pin: Bytes): Promise<void>;
  /**
   * PIN entry on the reader, for PINs of kind 'external': the PIN never comes here. Throws as {@link verifyPin}, and CardEdgeError
   * `entry-cancelled`, `entry-timeout`.
   */
  enterPin?(pinId: PinId, options: PinEntryOptions): Promise<void>;
  /** Old and new PIN on the reader, where it can. Throws `entry-mismatch` too. */
  enterNewPin?(pinId: PinId, options: PinEntryOptions): Promise<void>;
  /** Challenge for a challenge-response role. */
  challenge(pinId: PinId): Promise<Bytes>;
  /** Response to the challenge fetched just before. */
  respond(pinId: PinId, response: Bytes): Promise<void>;
  /** Ends the authentication of these PINs (bit set). */
  deauthenticate(pinSet: number): Promise<void>;
  /** Old and new value of one PIN; for a challenge-response role the response to the last challenge, and the new key. */
  changePin(pinId: PinId, current: Bytes, next: Bytes): Promise<void>;
  /** Unblocks `target` with the PIN `unblocker`. */
  unblockPin(unblocker: PinId, unblockerPin: Bytes, target: PinId, next: Bytes): Promise<void>;
  /** Bit set of PIN ids authenticated in this transaction. */
  readonly authenticated: number;

  generate(request: GenerateRequest): Promise<EdgePublicKey>;
  importKey(request: GenerateRequest, key: EdgePrivateKey): Promise<void>;
  /** Removes the key. An empty container succeeds; throws `unsupported` when the card cannot delete. */
  deleteKey(containerIndex: number): Promise<void>;
  /** Raw RSA private operation on exactly one modulus-sized block (signature of a padded block, or decryption). */
  rsaPrivate(containerIndex: number, block: Bytes): Promise<Bytes>;
  /** ECDSA over a digest; r || s, each of field size. */
  ecdsaSign(containerIndex: number, digest: Bytes): Promise<Bytes>;
  /** Decryption with padding removal on the card; present where `removesRsaPadding`. What the card says of a bad padding is told to nobody. */
  rsaDecrypt?(containerIndex: number, ciphertext: Bytes, padding: EdgeRsaPadding): Promise<Bytes>;
  /** X coordinate of the shared point, of field size. */
  ecdh(containerIndex: number, point: Bytes): Promise<Bytes>;

  /** DER certificate, uncompressed; undefined when none is stored. */
  readCertificate(containerIndex: number): Promise<Bytes | undefined>;
  /** Stores (undefined removes) a certificate. Size is checked before anything is sent: `too-large`. Reads back and compares: `write-mismatch`. */
  writeCertificate(containerIndex: number, der: Bytes | undefined): Promise<void>;
  /** Bytes of a stored file, undefined when the family keeps none (the minidriver then synthesises it). */
  readFile(file: EdgeFile): Promise<Bytes | undefined>;
  /** Throws `unsupported` when the family cannot keep that file; the minidriver then holds it for the insertion (S707 5.2). */
  writeFile(file: EdgeFile, content: Bytes): Promise<void>;
  /** Free bytes for certificates where the card tells, else undefined. */
  freeBytes(): Promise<number | undefined>;
  /** Binds an existing container to an ECDH container; `unsupported` where the card has no home for it. */
  associateEcdh?(containerIndex: number, ecdhContainerIndex: number): Promise<void>;

  /** What v7 has no word for; app/ calls these directly. */
  /** Attestation certificate (DER) of a key made on the card, and the card's attestation certificate. */
  attest?(containerIndex: number): Promise<{ readonly statement: Bytes; readonly issuer: Bytes | undefined }>;
  /** Everything readable, as named findings. */
  inspect?(): Promise<EdgeInspection>;
  /** Writes what a blank card lacks before its first container (PIV: CHUID and CCC). Answers what was written. */
  provision?(): Promise<readonly string[]>;
}

/** A card's readable state for diagnostics. */
export interface EdgeInspection {
  readonly applet: readonly { readonly name: string; readonly value: string; /** personal data that a report masks */ readonly personal?: boolean }[];
  readonly objects: readonly {
    readonly name: string;
    readonly tag: string;
    readonly present: boolean;
    readonly lengthBytes: number;
    readonly problem?: string;
  }[];
  readonly findings: readonly {
    readonly code: string;
    readonly severity: 'info' | 'warning' | 'error';
    readonly place?: string;
    /** Code that can be read out on the telephone, and the key of what helps, where the family has them. */
    readonly short?: string;
    readonly remedy?: string;
  }[];
}

/** Proves ownership of the administration key without giving it away. */
export interface ManagementKeyProvider {
  /** Response to the card's challenge: the challenge enciphered under the key. `algorithm` is what the card said it uses. */
  external(challenge: Bytes, algorithm: ManagementAlgorithm): Promise<Bytes>;
  /** Mutual authentication where the provider can: the deciphered witness and, for its own challenge, a check of the card's answer. */
  mutual?(
    encipheredWitness: Bytes,
    algorithm: ManagementAlgorithm,
  ): Promise<{ readonly witness: Bytes; readonly challenge: Bytes; check(response: Bytes): Promise<boolean> }>;
  /** Called when the provider is no longer needed; wipes what it holds. */
  close?(): void;
}

export type ManagementAlgorithm = '3DES' | 'AES-128' | 'AES-192' | 'AES-256';

/** Opens a card family's edge on a transaction. */
export type OpenEdge<Handle = unknown> = (handle: Handle, options: OpenEdgeOptions) => Promise<CardEdge<Handle>>;

export interface OpenEdgeOptions {
  readonly atr: Bytes;
  /** Without it a card whose administration key is nowhere to be had is read-only. */
  readonly managementKey?: () => ManagementKeyProvider | undefined;
  /** The reader's PIN pad: the PINs are external then. */
  readonly pinPad?: EdgePinPad;
}
