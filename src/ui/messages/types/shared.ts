import type { AlternativeName, CertificateSummary, KeyUsageName, PlacePurpose, PlaceSummary } from '../../../app/card-summary.ts';
import type { ProblemCardState, ProblemNext, ProblemWhat } from '../../../app/problem/keys.ts';
import type { AccessReason, AccessRemedy } from '../../../app/index.ts';

/** A heading with the sentence below it. */
export interface Titled {
  readonly title: string;
  readonly text: string;
}

/** A way out, with the command to type where there is one. */
export interface RemedyText {
  readonly text: string;
  readonly command?: string;
}

/** Words that more than one element uses. */
export interface SharedMessages {
  readonly simulated: string;
  readonly simulatedHint: string;
  readonly demonstration: string;
  readonly copy: string;
  readonly copied: string;
  readonly copyFailed: string;
  readonly download: string;
  readonly retry: string;

  /** 'Authentication (PIV 9A)'. */
  placeName(place: Pick<PlaceSummary, 'place' | 'purpose'>): string;
  readonly purposes: Readonly<Record<PlacePurpose, string>>;
  /** What a key in such a place is for, in a few words. */
  readonly purposeUses: Readonly<Record<PlacePurpose, string>>;
  /** '3 tries left', '1 try left', 'blocked'. */
  triesLeft(left: number, total?: number): string;

  readonly access: {
    readonly reasons: Readonly<Record<AccessReason, Titled>>;
    readonly remedies: Readonly<Record<AccessRemedy, RemedyText>>;
    readonly remediesTitle: string;
    /** Badge: one or two words. */
    readonly usable: string;
    readonly notUsable: string;
    readonly checking: string;
  };

  readonly problem: {
    /** What happened: a heading, and a sentence of explanation. */
    readonly whats: Readonly<Record<ProblemWhat, Titled>>;
    readonly cardStates: Readonly<Record<ProblemCardState, string>>;
    readonly nexts: Readonly<Record<ProblemNext, string>>;
    readonly cardTitle: string;
    readonly nextTitle: string;
    code(code: string): string;
    readonly detailsTitle: string;
    readonly statusWord: string;
    readonly readerStatus: string;
    readonly minidriverCode: string;
    readonly authoritySaid: string;
    readonly trail: string;
  };

  readonly certificate: {
    readonly subject: string;
    readonly issuer: string;
    readonly selfIssued: string;
    readonly serial: string;
    readonly notBefore: string;
    readonly notAfter: string;
    readonly validity: Readonly<Record<CertificateSummary['validity'], string>>;
    readonly alternativeNames: string;
    readonly keyUsage: string;
    readonly extendedKeyUsage: string;
    readonly keyType: string;
    readonly fingerprintSha256: string;
    readonly fingerprintSha1: string;
    readonly size: string;
    readonly details: string;
    readonly alternativeNameKinds: Readonly<Record<AlternativeName['kind'], string>>;
    readonly keyUsages: Readonly<Record<KeyUsageName, string>>;
    /** By the names of `CertificateSummary.extendedKeyUsage`; a purpose that is not here is shown as it is. */
    readonly purposeNames: Readonly<Record<string, string>>;
    validUntil(date: string): string;
    expiredOn(date: string): string;
    validFrom(date: string): string;
    bytes(count: number): string;
  };
}
