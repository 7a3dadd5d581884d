import type { Bytes } from '../../codec/bytes.ts';
import type { ReaderInfo } from '../../channel/types.ts';
import type { ManagementAlgorithm } from '../../minidriver/card-edge.ts';
import type { AccessVerdict } from '../../usb/access.ts';
import type { CardSummary, CertificateSummary, KeyTypeName, PlaceSummary } from '../card-summary.ts';
import type { Problem } from '../problem.ts';

/** A reader that can be picked, with what stands in the way. */
export interface ReaderChoice {
  readonly info: ReaderInfo;
  /** Undefined until it was looked into. */
  readonly verdict?: AccessVerdict;
}

/** What a typed PIN will be used for; the screen lists them. */
export type PinUse = 'read-management-key' | 'create-key' | 'sign-request' | 'write-certificate' | 'test-signature';

/** Where a PIN is entered: on the reader's own keys, where it never comes into the page, or in the page. */
export type PinWay = 'reader' | 'page';

/** Why and for what a PIN is asked. */
export interface PinPrompt {
  /** Where it can be entered, the safer way first. */
  readonly ways: readonly PinWay[];
  readonly uses: readonly PinUse[];
  /** How often the typed PIN is sent to the card when all goes well: more than once for a key that wants it before each use. */
  readonly sends: number;
  readonly place: PlaceSummary;
  readonly retriesLeft?: number;
  readonly retriesTotal?: number;
  /** True when a wrong PIN now blocks the card: submitPin then needs `lastTryConfirmed`. */
  readonly lastTry: boolean;
  readonly minLength: number;
  readonly maxLength: number;
  /** What was wrong with the value typed before. */
  readonly mistake?: Problem;
}

/** What the reader asks its PIN for: to unlock the card, once more for a key that wants it before each use, or to change it. */
export type ReaderEntryPurpose = 'unlock' | 'sign-request' | 'test-signature' | 'change-pin';

/** PIN entry on the reader: what the page can say about it. */
export interface ReaderEntryPrompt {
  readonly purpose: ReaderEntryPurpose;
  /** The key's place; none when the PIN itself is changed. */
  readonly place?: PlaceSummary;
  readonly minLength: number;
  readonly maxLength: number;
  readonly retriesLeft?: number;
  readonly retriesTotal?: number;
  /** True when a wrong PIN now blocks the card: another entry then needs `lastTryConfirmed`. */
  readonly lastTry: boolean;
  /** What came of the entry before. */
  readonly mistake?: Problem;
}

export type ManagementKeyMode = 'default' | 'typed' | 'pin-protected';

/** Modes that fit this card, most fitting first. */
export interface ManagementKeyPrompt {
  readonly modes: readonly ManagementKeyMode[];
  readonly algorithm?: ManagementAlgorithm;
  /** Length that a typed key must have, in bytes; undefined when the card does not tell its algorithm. */
  readonly keyBytes?: number;
  readonly mistake?: Problem;
}

/** A place with the keys that can be made in it. */
export interface KeyOption {
  readonly place: PlaceSummary;
  /** Empty when nothing can be generated here. */
  readonly keyTypes: readonly KeyTypeName[];
  readonly recommendedKeyType?: KeyTypeName;
  /** True when a key is there whose public half is known, so that a request can be made without generating (renewal, resuming). */
  readonly canUseExistingKey: boolean;
}

/** What the person asked for in the choose-key step. */
export interface KeyPlan {
  readonly containerIndex: number;
  readonly key: { readonly kind: 'generate'; readonly keyType: KeyTypeName } | { readonly kind: 'existing' };
  /** Distinguished name in RFC 4514 text, 'CN=Ada Lovelace,O=Example'. */
  readonly subject: string;
  readonly userPrincipalName?: string;
  readonly email?: string;
}

export type SubjectMistake = 'subject-empty' | 'subject-malformed' | 'upn-malformed' | 'email-malformed';

/** What generating a key here destroys. */
export interface OverwriteWarning {
  readonly place: PlaceSummary;
  /** True when the key decrypts: data enciphered for it can't be read afterwards. */
  readonly decryptionKey: boolean;
  readonly certificate?: CertificateSummary;
}

export type RequestSubject = Pick<KeyPlan, 'subject' | 'userPrincipalName' | 'email'>;

/** A signed and self-checked request. */
export interface RequestSummary extends RequestSubject {
  readonly place: PlaceSummary;
  readonly keyType: KeyTypeName;
  readonly pem: string;
  /** SHA-256 over the SubjectPublicKeyInfo, hexadecimal. */
  readonly keyFingerprint: string;
  /** Largest certificate that the slot takes, in bytes of DER, without compression. */
  readonly maxCertificateBytes: number;
}

export type CertificateWarning =
  'expired' | 'not-yet-valid' | 'subject-differs' | 'issuer-unknown' | 'demonstration-authority' | 'key-usage-unfit' | 'no-client-authentication';

/** What changed on the card up to now and what is gone: said whenever a flow ends early. */
export interface CardBalance {
  /** What stands on the card now. */
  readonly key: 'unchanged' | 'replaced' | 'unknown';
  readonly certificate: 'unchanged' | 'replaced' | 'stale' | 'unknown';
  readonly place?: PlaceSummary;
  /** The certificate whose key was overwritten. */
  readonly lostCertificate?: CertificateSummary;
  /** True when the request can be made again from the key on the card, without generating. */
  readonly resumable: boolean;
}

export interface EnrollmentResult {
  readonly place: PlaceSummary;
  readonly certificate: CertificateSummary;
  /** DER of the stored certificate. */
  readonly certificateDer: Bytes;
  readonly cardName: string;
  readonly cardSerial?: string;
  readonly simulated: boolean;
}

/** Every state of an enrollment. Each member is a screen; texts are the UI's. */
export type EnrollmentState =
  /** Before anything was asked of the browser. */
  | { readonly kind: 'start' }
  | { readonly kind: 'looking-for-readers' }
  /** No door at all in this page. */
  | { readonly kind: 'unsupported'; readonly verdict: AccessVerdict }
  /** `ordinaryPage`: the browser's chooser offers readers of the standard class, and keeps them from this page. */
  | { readonly kind: 'no-reader'; readonly canRequest: boolean; readonly nothingChosen: boolean; readonly ordinaryPage: boolean }
  | { readonly kind: 'choose-reader'; readonly readers: readonly ReaderChoice[]; readonly canRequest: boolean; readonly nothingChosen: boolean }
  | { readonly kind: 'reader-denied'; readonly reader: ReaderInfo; readonly verdict: AccessVerdict; readonly canRequest: boolean }
  | { readonly kind: 'opening-reader'; readonly reader: ReaderInfo }
  | {
      readonly kind: 'choose-slot';
      readonly reader: ReaderInfo;
      readonly slots: readonly { readonly index: number; readonly cardPresent: boolean }[];
    }
  | { readonly kind: 'insert-card'; readonly reader: ReaderInfo; readonly slotIndex: number }
  | { readonly kind: 'card-mute'; readonly reader: ReaderInfo }
  | { readonly kind: 'unknown-card'; readonly reader: ReaderInfo; readonly atr: string }
  | { readonly kind: 'reading'; readonly reader: ReaderInfo }
  | {
      readonly kind: 'overview';
      readonly reader: ReaderInfo;
      readonly card: CardSummary;
      readonly notice?: 'pin-changed' | 'puk-changed' | 'pin-unblocked';
    }
  /** New values for PIN or PUK, or a new PIN by the PUK. */
  | {
      readonly kind: 'change-secret';
      readonly task: SecretTask;
      readonly card: CardSummary;
      /** Where the values can be entered, the safer way first. */
      readonly ways: readonly PinWay[];
      readonly lastTry: boolean;
      readonly mistake?: Problem;
    }
  | { readonly kind: 'changing-secret'; readonly task: SecretTask }
  | {
      readonly kind: 'choose-key';
      readonly card: CardSummary;
      readonly options: readonly KeyOption[];
      readonly plan?: KeyPlan;
      readonly mistakes: readonly SubjectMistake[];
    }
  | { readonly kind: 'confirm-overwrite'; readonly warning: OverwriteWarning; readonly plan: KeyPlan }
  | { readonly kind: 'management-key'; readonly prompt: ManagementKeyPrompt; readonly place: PlaceSummary }
  | { readonly kind: 'enter-pin'; readonly prompt: PinPrompt }
  | { readonly kind: 'checking-pin'; readonly place: PlaceSummary }
  /** The reader waits for its keys. With `waiting` false it has given up, and the person says whether it asks again. */
  | { readonly kind: 'pin-on-reader'; readonly prompt: ReaderEntryPrompt; readonly waiting: boolean }
  /** First use of a card that lacks CHUID or CCC. */
  | { readonly kind: 'provisioning'; readonly place: PlaceSummary }
  | { readonly kind: 'generating'; readonly place: PlaceSummary; readonly keyType: KeyTypeName; readonly waiting: CardWaiting }
  | { readonly kind: 'signing'; readonly place: PlaceSummary; readonly subject: string; readonly waiting: CardWaiting }
  | {
      readonly kind: 'request-ready';
      readonly request: RequestSummary;
      readonly authorities: readonly AuthorityChoice[];
      readonly mistake?: Problem;
      /** What the authority threw, or what was thrown about its certificate, as it is: for the page that the authority belongs to. */
      readonly cause?: unknown;
    }
  | { readonly kind: 'issuing'; readonly request: RequestSummary; readonly authority: AuthorityChoice }
  /** A certificate for an earlier request is asked for; its key says where it belongs. */
  | { readonly kind: 'bring-certificate'; readonly card: CardSummary; readonly mistake?: Problem }
  | {
      readonly kind: 'certificate-ready';
      readonly place: PlaceSummary;
      readonly request?: RequestSummary;
      readonly certificate: CertificateSummary;
      readonly warnings: readonly CertificateWarning[];
    }
  | { readonly kind: 'writing'; readonly place: PlaceSummary; readonly certificate: CertificateSummary }
  | { readonly kind: 'verifying'; readonly place: PlaceSummary; readonly certificate: CertificateSummary; readonly waiting: CardWaiting }
  | { readonly kind: 'done'; readonly result: EnrollmentResult }
  | {
      readonly kind: 'failed';
      readonly problem: Problem;
      readonly balance: CardBalance;
      readonly during: EnrollmentStep;
      readonly request?: RequestSummary;
    }
  /** Given up by the person or by leaving the page; nothing is held. */
  | { readonly kind: 'cancelled'; readonly balance: CardBalance; readonly request?: RequestSummary };

export type SecretTask = 'change-pin' | 'change-puk' | 'unblock-pin';

/** 'card' = the reader reports that the card asks for more time; 'touch' = a card that waits for a touch is likely waiting. */
export type CardWaiting = 'no' | 'card' | 'touch';

export interface AuthorityChoice {
  readonly id: string;
  readonly demonstration: boolean;
}

export type EnrollmentStateKind = EnrollmentState['kind'];

/** The state with this kind. */
export type EnrollmentStateOf<Kind extends EnrollmentStateKind> = Extract<EnrollmentState, { readonly kind: Kind }>;

/** The steps of the progress list, in order. */
export type EnrollmentStep = 'reader' | 'card' | 'key' | 'permission' | 'request' | 'certificate' | 'result';

export const ENROLLMENT_STEPS: readonly EnrollmentStep[] = ['reader', 'card', 'key', 'permission', 'request', 'certificate', 'result'];

const STEP_OF_KIND: Readonly<Record<Exclude<EnrollmentStateKind, 'failed' | 'pin-on-reader'>, EnrollmentStep>> = {
  start: 'reader',
  'looking-for-readers': 'reader',
  unsupported: 'reader',
  'no-reader': 'reader',
  'choose-reader': 'reader',
  'reader-denied': 'reader',
  'opening-reader': 'reader',
  'choose-slot': 'card',
  'insert-card': 'card',
  'card-mute': 'card',
  'unknown-card': 'card',
  reading: 'card',
  overview: 'card',
  'change-secret': 'card',
  'changing-secret': 'card',
  'choose-key': 'key',
  'confirm-overwrite': 'key',
  'management-key': 'permission',
  'enter-pin': 'permission',
  'checking-pin': 'permission',
  provisioning: 'request',
  generating: 'request',
  signing: 'request',
  'request-ready': 'certificate',
  issuing: 'certificate',
  'bring-certificate': 'certificate',
  'certificate-ready': 'certificate',
  writing: 'certificate',
  verifying: 'result',
  done: 'result',
  cancelled: 'result',
};

const STEP_OF_PURPOSE: Readonly<Record<ReaderEntryPurpose, EnrollmentStep>> = {
  unlock: 'permission',
  'sign-request': 'request',
  'test-signature': 'result',
  'change-pin': 'card',
};

/** The step of the progress list that a state belongs to. */
export function stepOf(state: EnrollmentState): EnrollmentStep {
  if (state.kind === 'failed') return state.during;
  if (state.kind === 'pin-on-reader') return STEP_OF_PURPOSE[state.prompt.purpose];
  return STEP_OF_KIND[state.kind];
}

/** The secrets of a change. The flow owns and wipes them. */
export interface SecretChange {
  /** The present PIN or PUK; for 'unblock-pin' the PUK. */
  readonly current: Bytes;
  readonly next: Bytes;
  readonly lastTryConfirmed?: boolean;
}

/** How the management key is proven. A typed key is owned and wiped by the flow. */
export type ManagementKeyChoice =
  { readonly mode: 'default' } | { readonly mode: 'pin-protected' } | { readonly mode: 'typed'; readonly hex: string };

/**
 * The enrollment, without a screen. An action that the present state does not offer does nothing. No action rejects: what goes
 * wrong is the state `failed`, or a `mistake` in the state that asks again.
 */
export interface EnrollmentFlow {
  readonly state: EnrollmentState;
  /** Calls back after each change of state; returns the unsubscriber. */
  subscribe(listener: (state: EnrollmentState) => void): () => void;

  /** start, failed, cancelled, done -> readers that may be used already. */
  connect(): Promise<void>;
  /** Opens the browser's chooser: call it from a click. */
  requestReader(): Promise<void>;
  chooseReader(readerId: string): Promise<void>;
  chooseSlot(slotIndex: number): Promise<void>;
  /** card-mute, unknown-card, reader-denied: looks again. */
  retry(): Promise<void>;

  /** overview -> change-secret. */
  openSecretTask(task: SecretTask): Promise<void>;
  changeSecret(change: SecretChange): Promise<void>;

  /** overview -> choose-key. */
  openKeyChoice(): Promise<void>;
  /** choose-key -> confirm-overwrite, management-key or enter-pin. */
  chooseKey(plan: KeyPlan): Promise<void>;
  /** confirm-overwrite -> onward. */
  confirmOverwrite(): Promise<void>;
  submitManagementKey(choice: ManagementKeyChoice): Promise<void>;
  /** The flow owns `pin` from here on and wipes it. */
  submitPin(pin: Bytes, options?: { readonly lastTryConfirmed?: boolean }): Promise<void>;
  /** enter-pin, change-secret, where their `ways` say so -> pin-on-reader. pin-on-reader that waits no more: the reader asks again. */
  enterPinOnReader(options?: { readonly lastTryConfirmed?: boolean }): Promise<void>;
  /** pin-on-reader: the reader stops waiting for its keys. Nobody types any more, so no try is spent. */
  stopPinEntry(): Promise<void>;

  /** request-ready -> certificate-ready by one of the authorities. */
  issueCertificate(authorityId: string): Promise<void>;
  /** overview -> bring-certificate: the certificate for a request made earlier. */
  openCertificateImport(): Promise<void>;
  /** request-ready, bring-certificate -> certificate-ready with a certificate brought by the person: PEM or Base64 text, or DER. */
  submitCertificate(certificate: string | Bytes): Promise<void>;
  /** certificate-ready -> writing. Asks for the PIN again when the session has ended meanwhile. */
  writeCertificate(): Promise<void>;

  /** One screen back where that undoes nothing. */
  back(): Promise<void>;
  /** Ends the enrollment and frees card and reader. */
  cancel(): Promise<void>;
  /** De-authenticates and frees card and reader at once, for pagehide; the state says where it was left. */
  release(): Promise<void>;
}
