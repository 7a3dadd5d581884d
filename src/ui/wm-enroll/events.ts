import type { EnrollmentStateKind, EnrollmentStep } from '../../app/enrollment/state.ts';
import type { KeyTypeName } from '../../app/card-summary.ts';
import type { Bytes } from '../../codec/bytes.ts';

/** A certificate is on the card and was tested. */
export interface EnrolledDetail {
  /** SHA-256 over the DER, lower-case hexadecimal. */
  readonly fingerprint: string;
  /** DER of the certificate, a copy. */
  readonly certificate: Bytes;
  /** Where it is, 'PIV 9A'. */
  readonly place: string;
  readonly simulated: boolean;
}

/** The enrollment is at another screen. */
export interface StateDetail {
  readonly kind: EnrollmentStateKind;
  readonly step: EnrollmentStep;
  /** Why no certificate came from an authority: what its `issue` threw, as it is. Only with `request-ready`. */
  readonly cause?: unknown;
}

/** A key is about to be overwritten. `preventDefault()` forbids it. */
export interface BeforeOverwriteDetail {
  readonly place: string;
  /** True when the key decrypts: what was enciphered for it is lost with it. */
  readonly decryptionKey: boolean;
  /** SHA-256 of the certificate of that key, where one is stored. */
  readonly certificateFingerprint?: string;
}

/** A request was signed by the card. */
export interface RequestDetail {
  /** PKCS#10 as PEM. */
  readonly pem: string;
  readonly subject: string;
  readonly keyType: KeyTypeName;
  readonly place: string;
}

/** The events of `<wm-enroll>` by name. None carries a secret. */
export interface WmEnrollEventMap {
  'wm-enrolled': CustomEvent<EnrolledDetail>;
  'wm-state': CustomEvent<StateDetail>;
  'wm-before-overwrite': CustomEvent<BeforeOverwriteDetail>;
  'wm-request': CustomEvent<RequestDetail>;
}

/** An event that leaves shadow trees, as a host expects it. */
export function enrollEvent<Name extends keyof WmEnrollEventMap>(
  name: Name,
  detail: WmEnrollEventMap[Name]['detail'],
  cancelable: boolean,
): CustomEvent<WmEnrollEventMap[Name]['detail']> {
  return new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable });
}
