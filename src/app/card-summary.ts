import type { ManagementAlgorithm } from '../minidriver/card-edge.ts';

/** Key types by the names that the screens use. */
export type KeyTypeName = 'RSA-1024' | 'RSA-2048' | 'RSA-3072' | 'RSA-4096' | 'P-256' | 'P-384' | 'P-521';

/** A certificate as the screens show it: text only, nothing left to decode. */
export interface CertificateSummary {
  /** Distinguished names in RFC 4514 text. */
  readonly subject: string;
  readonly issuer: string;
  readonly selfIssued: boolean;
  /** Serial number, lower-case hexadecimal octets. */
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly validity: 'valid' | 'expired' | 'not-yet-valid';
  readonly alternativeNames: readonly AlternativeName[];
  readonly keyUsage: readonly KeyUsageName[];
  /** Names of the known purposes, dotted identifiers of the others. */
  readonly extendedKeyUsage: readonly string[];
  /** Undefined for a key of another kind. */
  readonly keyType?: KeyTypeName;
  /** SHA-256 and SHA-1 over the DER, lower-case hexadecimal, 64 and 40 digits. */
  readonly fingerprintSha256: string;
  readonly fingerprintSha1: string;
  readonly lengthBytes: number;
}

export interface AlternativeName {
  readonly kind: 'upn' | 'email' | 'dns' | 'uri' | 'ip' | 'fasc-n' | 'directory' | 'other';
  readonly value: string;
}

export type KeyUsageName =
  | 'digitalSignature'
  | 'nonRepudiation'
  | 'keyEncipherment'
  | 'dataEncipherment'
  | 'keyAgreement'
  | 'keyCertSign'
  | 'cRLSign'
  | 'encipherOnly'
  | 'decipherOnly';

/** State of a PIN or PUK, read without spending a try. */
export interface SecretSummary {
  /** Tries left; undefined when the card does not tell. 0 = blocked. */
  readonly retriesLeft?: number;
  readonly retriesTotal?: number;
  /** True when the card says that the factory value is in use; undefined when it does not tell. */
  readonly isDefault?: boolean;
  readonly minLength: number;
  readonly maxLength: number;
}

export interface ManagementKeySummary {
  readonly algorithm?: ManagementAlgorithm;
  readonly isDefault?: boolean;
  /** True when the key is kept on the card behind the PIN. */
  readonly pinProtected: boolean;
}

export type PlacePurpose = 'authentication' | 'signature' | 'key-management' | 'card-authentication' | 'retired' | 'other';

/** One key place of the card, occupied or free. */
export interface PlaceSummary {
  readonly containerIndex: number;
  /** The card family's own name, 'PIV 9A'. */
  readonly place: string;
  readonly purpose: PlacePurpose;
  readonly hasKey: boolean;
  readonly keyType?: KeyTypeName;
  readonly origin?: 'generated' | 'imported';
  readonly pinAlways: boolean;
  readonly hasCertificate: boolean;
  /** Undefined when none is stored, or when the stored bytes are not a certificate that can be read. */
  readonly certificate?: CertificateSummary;
  /** False when the stored certificate belongs to another key; undefined when that can't be told. */
  readonly certificateMatchesKey?: boolean;
}

export interface CardSummary {
  /** Name of the card for a person, 'YubiKey 5.7.1 (PIV)'. */
  readonly name: string;
  /** 16 octets as a GUID in text; undefined while the card has none. */
  readonly cardId?: string;
  /** As printed on the card where that is known, else hexadecimal. */
  readonly serial?: string;
  /** Hexadecimal octets. */
  readonly atr: string;
  readonly pin: SecretSummary;
  readonly puk: SecretSummary;
  readonly managementKey: ManagementKeySummary;
  /** In container order, free ones included; an enrollment looks at those for retired keys when a place is chosen for the first time. */
  readonly places: readonly PlaceSummary[];
  readonly canGenerate: boolean;
  readonly readOnly: boolean;
}
