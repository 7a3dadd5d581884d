import type { KeyTypeName } from '../../../app/card-summary.ts';
import type {
  CardBalance,
  CertificateWarning,
  EnrollmentStep,
  ManagementKeyMode,
  PinUse,
  SecretTask,
  SubjectMistake,
} from '../../../app/enrollment/state.ts';
import type { OnReaderMessages } from './on-reader.ts';
import type { Titled } from './shared.ts';

/** Words of the enrollment element and of the forms inside it. */
export interface EnrollMessages {
  readonly stepsTitle: string;
  readonly steps: Readonly<Record<EnrollmentStep, string>>;
  readonly stepStates: { readonly done: string; readonly current: string; readonly open: string };
  stepOf(number: number, count: number, name: string): string;
  readonly stop: string;
  readonly back: string;

  readonly start: Titled & { readonly needs: readonly string[]; readonly needsTitle: string; readonly action: string };
  readonly looking: Titled;
  readonly noReader: Titled & {
    /** In an ordinary page: what the readers need that it can't use. */
    readonly ordinaryPage: string;
    readonly nothingChosen: string;
    readonly checksTitle: string;
    readonly checks: readonly string[];
    readonly action: string;
    readonly actionAgain: string;
  };
  readonly chooseReader: Titled & { readonly use: string; readonly useAnyway: string; readonly other: string; useNamed(name: string): string };
  readonly denied: { title(name: string): string; readonly other: string };
  readonly opening: { title(name: string): string; readonly text: string };
  readonly chooseSlot: Titled & {
    position(number: number): string;
    readonly cardPresent: string;
    readonly cardAbsent: string;
    use(number: number): string;
  };
  readonly insertCard: { title(name: string): string; readonly text: string; position(number: number): string };
  readonly mute: Titled & { readonly checks: readonly string[]; readonly action: string };
  readonly unknownCard: Titled & { readonly atr: string; readonly action: string };
  readonly reading: Titled;

  readonly overview: {
    readonly title: string;
    readonly text: string;
    readonly action: string;
    /** Opens the import of a certificate for an earlier request. */
    readonly bring: string;
    readonly cannotGenerate: string;
    readonly readOnly: string;
    /** The PIN is blocked and the PUK helps; both are blocked. */
    readonly pinBlocked: string;
    readonly allBlocked: string;
    readonly notices: Readonly<Record<'pin-changed' | 'puk-changed' | 'pin-unblocked', string>>;
    readonly pin: string;
    readonly puk: string;
    readonly managementKey: string;
    readonly defaultValue: string;
    readonly defaultWarning: string;
    readonly triesUnknown: string;
    readonly blocked: string;
    readonly pinProtected: string;
    readonly algorithmUnknown: string;
    readonly changePin: string;
    readonly changePuk: string;
    readonly unblock: string;
    readonly serial: string;
    readonly cardId: string;
    readonly slotsTitle: string;
    readonly slot: string;
    readonly content: string;
    readonly empty: string;
    readonly keyOnly: string;
    readonly certificateOnly: string;
    readonly certificateUnreadable: string;
    readonly mismatch: string;
    readonly imported: string;
    readonly pinAlways: string;
    retiredFree(count: number): string;
    expiresOn(date: string): string;
    expiredOn(date: string): string;
  };

  readonly secret: {
    readonly titles: Readonly<Record<SecretTask, string>>;
    readonly texts: Readonly<Record<SecretTask, string>>;
    readonly current: Readonly<Record<SecretTask, string>>;
    readonly next: Readonly<Record<SecretTask, string>>;
    readonly repeat: Readonly<Record<SecretTask, string>>;
    readonly actions: Readonly<Record<SecretTask, string>>;
    readonly busy: Readonly<Record<SecretTask, string>>;
    readonly lastTry: Readonly<Record<SecretTask, string>>;
    readonly differ: string;
    readonly same: string;
    length(min: number, max: number): string;
    readonly wrongLength: string;
  };

  readonly chooseKey: Titled & {
    readonly slotLegend: string;
    readonly slotFree: string;
    readonly slotHasKey: string;
    slotHasCertificate(subject: string): string;
    readonly nothingPossible: string;
    readonly showRetired: string;
    readonly keyLegend: string;
    readonly generate: string;
    readonly useExisting: string;
    readonly useExistingHint: string;
    readonly keyType: string;
    readonly recommended: string;
    readonly keyTypeHints: Readonly<Partial<Record<KeyTypeName, string>>>;
    readonly willOverwrite: string;
    readonly subjectLegend: string;
    readonly commonName: string;
    readonly commonNameHint: string;
    readonly organisation: string;
    readonly unit: string;
    readonly country: string;
    readonly countryHint: string;
    readonly email: string;
    readonly upn: string;
    readonly upnHint: string;
    readonly optional: string;
    readonly rawToggle: string;
    readonly raw: string;
    readonly rawHint: string;
    readonly preview: string;
    readonly mistakes: Readonly<Record<SubjectMistake, string>>;
    readonly action: string;
    readonly fixedByHost: string;
  };

  readonly overwrite: {
    title(place: string): string;
    readonly lost: string;
    lostKey(place: string): string;
    /** Followed by the name in the certificate. */
    lostCertificate(validUntil: string): string;
    readonly noCertificate: string;
    readonly decryption: string;
    readonly confirm: string;
    readonly keep: string;
    /** The page around the element said no. */
    readonly vetoed: string;
  };

  readonly managementKey: Titled & {
    readonly legend: string;
    readonly modes: Readonly<Record<ManagementKeyMode, Titled>>;
    readonly hex: string;
    hexHint(algorithm: string, digits: number): string;
    readonly hexHintUnknown: string;
    readonly hexMistake: string;
    readonly warning: string;
    readonly action: string;
  };

  readonly pin: {
    readonly title: string;
    text(place: string): string;
    readonly usesTitle: string;
    readonly uses: Readonly<Record<PinUse, string>>;
    sends(count: number): string;
    readonly label: string;
    rules(min: number, max: number): string;
    readonly length: string;
    readonly lastTry: string;
    readonly lastTryConfirm: string;
    readonly lastTryMissing: string;
    readonly action: string;
    readonly show: string;
    readonly hide: string;
  };
  readonly onReader: OnReaderMessages;
  readonly checkingPin: Titled;
  readonly provisioning: Titled;
  readonly generating: { title(place: string): string; readonly text: string; readonly slow: string };
  readonly signing: { title(place: string): string; text(subject: string): string };
  readonly waiting: { readonly card: string; readonly touch: string };

  readonly request: Titled & {
    readonly subject: string;
    readonly keyType: string;
    readonly slot: string;
    readonly fingerprint: string;
    readonly room: string;
    readonly bytes: (count: number) => string;
    readonly show: string;
    readonly issueTitle: string;
    issueBy(name: string): string;
    readonly authorityNames: Readonly<Record<string, string>>;
    readonly demonstrationHint: string;
    readonly bringTitle: string;
    readonly bringText: string;
    readonly paste: string;
    readonly pasteHint: string;
    readonly file: string;
    readonly use: string;
    readonly empty: string;
    readonly tooLarge: string;
  };
  readonly issuing: { title(authority: string): string; readonly text: string };

  readonly bringCertificate: Titled;
  readonly certificateReady: Titled & {
    readonly warnings: Readonly<Record<CertificateWarning, string>>;
    action(place: string): string;
    readonly other: string;
  };
  readonly writing: { title(place: string): string; readonly text: string };
  readonly verifying: { title(place: string): string; readonly text: string };

  readonly done: {
    title(place: string): string;
    readonly text: string;
    readonly simulated: string;
    readonly card: string;
    renew(date: string): string;
    readonly download: string;
    readonly again: string;
  };
  readonly failed: {
    readonly title: string;
    readonly balanceTitle: string;
    readonly request: string;
    readonly again: string;
    readonly resume: string;
  };
  readonly cancelled: Titled & { readonly again: string };
  readonly balance: {
    readonly key: Readonly<Record<CardBalance['key'], string>>;
    readonly certificate: Readonly<Record<CardBalance['certificate'], string>>;
    place(place: string): string;
    /** Followed by the name in the certificate. */
    readonly lost: string;
    readonly resumable: string;
  };
  readonly stopDialog: { readonly title: string; readonly text: string; readonly afterKey: string; readonly confirm: string; readonly keep: string };
  /** Spoken on events that change no step. */
  readonly spoken: { readonly readers: (count: number) => string };
}
