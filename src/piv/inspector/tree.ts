import type { Bytes } from '../../codec/bytes.ts';
import type { HashName } from '../../crypto/digest.ts';
import type { PublicKey } from '../../crypto/public-key.ts';
import type { Certificate } from '../../crypto/certificates/index.ts';
import type { ManagementAlgorithmName } from '../algorithms.ts';
import type { Discovery, PrintedInformation } from '../card-objects.ts';
import type { Ccc } from '../ccc.ts';
import type { Chuid } from '../chuid.ts';
import type { CardInterface } from '../contactless.ts';
import type { FascN } from '../fascn.ts';
import type { KeyHistory } from '../key-history.ts';
import type { Metadata } from '../metadata.ts';
import type { FetchOffCardFile, OffCardReason } from '../off-card.ts';
import type { Version } from '../profile.ts';
import type { PivFinding } from './findings.ts';

/** What a signature on the card turned out to be. 'unchecked': nothing on the card tells the signer, or the algorithm is not known here. */
export type SignatureVerdict = 'valid' | 'wrong' | 'absent' | 'unchecked';

export interface ObjectNode {
  readonly name: string;
  /** Tag octets as one number. */
  readonly tag: number;
  readonly container: number | undefined;
  /** 'locked': behind a PIN that was not verified. 'refused': kept back for a reason of the card's own. */
  readonly state: 'absent' | 'present' | 'malformed' | 'locked' | 'refused';
  readonly lengthBytes: number;
}

export interface ChuidNode extends Chuid {
  /** Undefined when there is none or it is malformed. */
  readonly fascNumber: FascN | undefined;
  readonly signatureVerdict: SignatureVerdict;
  readonly signer: Certificate | undefined;
}

/** What a biometric record says of itself; the biometric data are not looked at. */
export interface BiometricNode {
  readonly name: string;
  readonly createdAt: Date;
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** 2 face, 8 fingerprints, 16 iris. */
  readonly type: number;
  readonly quality: number;
  readonly creator: string;
  readonly fascN: Bytes;
  readonly signatureVerdict: SignatureVerdict;
}

/** Who vouches for the card's secure messaging key. */
export interface MessagingSignerNode {
  /** Undefined when it can't be read. */
  readonly certificate: Certificate | undefined;
  /** Whether an intermediate card-verifiable certificate stands between it and the card's. */
  readonly intermediate: boolean;
}

/** What the file says that the key history names outside the card. */
export interface OffCardNode {
  /** Why there is nothing; undefined when the file is the right one and was read. */
  readonly problem: OffCardReason | undefined;
  readonly certificates: readonly {
    /** Key reference 82..95. */
    readonly key: number;
    readonly name: string;
    readonly der: Bytes;
    /** Undefined when it can't be read. */
    readonly parsed: Certificate | undefined;
  }[];
}

/** One line of the security object. */
export interface HashNode {
  readonly group: number;
  readonly container: number;
  readonly name: string;
  /** 'unread': behind the PIN, or of no hash that is known. */
  readonly verdict: 'match' | 'mismatch' | 'absent' | 'unread';
}

export interface SecurityNode {
  readonly algorithm: HashName | undefined;
  readonly signatureVerdict: SignatureVerdict;
  readonly hashes: readonly HashNode[];
}

export interface SlotNode {
  /** Index of the minidriver's container. */
  readonly index: number;
  readonly name: string;
  readonly key: number;
  readonly certificateTag: number;
  readonly metadata: Metadata | undefined;
  /** As the card itself tells it; undefined where it does not. */
  readonly publicKey: PublicKey | undefined;
  readonly certificate: { readonly der: Bytes; /** Undefined when it can't be read. */ readonly parsed: Certificate | undefined } | undefined;
  /** True when the card does not show the certificate here: it is read without contacts. */
  readonly locked: boolean;
  /** Result of a private operation checked with the certificate's key; undefined when none was made. */
  readonly keyProven: boolean | undefined;
}

export interface SecretNode {
  readonly name: 'pin' | 'puk' | 'management-key' | 'fingerprint';
  readonly retriesLeft?: number;
  readonly retriesTotal?: number;
  readonly isDefault?: boolean;
  /** Of the fingerprint reader: whether a finger is enrolled, and whether the card keeps a temporary PIN. */
  readonly enrolled?: boolean;
  readonly temporaryPin?: boolean;
}

/** The virtual contact interface, by the discovery object (SP 800-73-4 part 1, 3.3.2 and 5.5). */
export interface VirtualContactNode {
  readonly offered: boolean;
  /** Whether the pairing code has to be presented first. */
  readonly wantsPairingCode: boolean;
}

export interface PivInspection {
  readonly cardName: string;
  readonly aid: Bytes | undefined;
  readonly label: string | undefined;
  /** Algorithm identifiers of the SELECT answer. */
  readonly algorithms: readonly number[];
  readonly version: Version | undefined;
  readonly serialNumber: Bytes | undefined;
  readonly secrets: readonly SecretNode[];
  readonly managementAlgorithm: ManagementAlgorithmName | undefined;
  /** Where the management key comes from by the card's own data. */
  readonly managementKey: 'unknown' | 'protected' | 'derived' | 'conflict';
  /** Fingerprints compared on the card, by the discovery object and the BIT group. */
  readonly onCardComparison: { readonly offered: boolean; readonly fingers: number };
  readonly interface: CardInterface;
  /** Cipher suite that the card offers for secure messaging (SP 800-73-4 part 2, table 3 and 4.1): AC lists 27 or 2E, never both. */
  readonly secureMessaging: 'CS2' | 'CS7' | undefined;
  readonly virtualContact: VirtualContactNode;
  readonly objects: readonly ObjectNode[];
  readonly chuid: ChuidNode | undefined;
  readonly ccc: Ccc | undefined;
  readonly discovery: Discovery | undefined;
  readonly keyHistory: KeyHistory | undefined;
  /** Undefined where the history names no file, or nobody was given to fetch it. */
  readonly offCard: OffCardNode | undefined;
  readonly security: SecurityNode | undefined;
  readonly messagingSigner: MessagingSignerNode | undefined;
  /** Those that could be read. */
  readonly biometrics: readonly BiometricNode[];
  readonly printed: Partial<PrintedInformation> | undefined;
  readonly slots: readonly SlotNode[];
  readonly findings: readonly PivFinding[];
}

export interface InspectOptions {
  readonly now: Date;
  /** Makes one private operation with each key that allows it and checks it with the certificate's key. Nothing is written. */
  readonly proveKeys?: boolean;
  /** Fetches the file of off-card certificates, where the key history names one. Without it nothing is fetched. */
  readonly fetchOffCard?: FetchOffCardFile;
  /** Where challenges come from. */
  readonly random?: (length: number) => Bytes;
}
