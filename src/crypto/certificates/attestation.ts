import type { Certificate } from './certificate.ts';
import { parseDer } from './der.ts';
import { CertificateError } from './errors.ts';
import { findExtension } from './extensions.ts';
import { OID } from './oids.ts';
import { smallIntegerOf } from './read.ts';

/** Facts of a Yubico attestation statement: extensions 1.3.6.1.4.1.41482.3.* of a certificate that the card made about a key. */
export interface AttestationFacts {
  /** Firmware, '5.7.1'. */
  readonly firmware?: string;
  readonly serialNumber?: number;
  readonly pinPolicy?: 'never' | 'once' | 'always' | 'match-once' | 'match-always' | 'unknown';
  readonly touchPolicy?: 'never' | 'always' | 'cached' | 'unknown';
  /** Number of the casing; the low bits name USB-A, USB-C and so on. */
  readonly formFactor?: number;
  readonly fips?: boolean;
  /** Certified for France's first-level security certificate (CSPN). */
  readonly cspn?: boolean;
}

/** What each number at the end of the identifier says. */
const FACT = { firmware: 3, serialNumber: 7, policies: 8, formFactor: 9, fips: 10, cspn: 11 } as const;

/** Whether an extension is one of these facts. */
export function isAttestationFact(dotted: string): boolean {
  return Object.values(FACT).some((fact) => dotted === `${OID.yubicoAttestation}.${fact}`);
}

const PIN_POLICIES = ['unknown', 'never', 'once', 'always', 'match-once', 'match-always'] as const;
const TOUCH_POLICIES = ['unknown', 'never', 'always', 'cached'] as const;

/**
 * Undefined when the certificate carries none of these extensions.
 * @throws CertificateError `malformed` when one has a form that no card writes
 */
export function attestationFacts(certificate: Certificate): AttestationFacts | undefined {
  const value = (fact: number): Uint8Array | undefined => findExtension(certificate.extensions, `${OID.yubicoAttestation}.${fact}`)?.value;
  const exactly = (octets: Uint8Array, count: number): Uint8Array => {
    if (octets.length !== count) throw new CertificateError('malformed', `an attestation fact of ${octets.length} bytes`);
    return octets;
  };
  const [firmware, serial, policy, form] = [FACT.firmware, FACT.serialNumber, FACT.policies, FACT.formFactor].map(value);
  if (firmware === undefined && serial === undefined && policy === undefined && form === undefined) return undefined;
  return {
    ...(firmware === undefined ? {} : { firmware: exactly(firmware, 3).join('.') }),
    ...(serial === undefined ? {} : { serialNumber: smallIntegerOf(parseDer(serial), 'serial number') }),
    ...(policy === undefined
      ? {}
      : { pinPolicy: PIN_POLICIES[exactly(policy, 2)[0] ?? 0] ?? 'unknown', touchPolicy: TOUCH_POLICIES[policy[1] ?? 0] ?? 'unknown' }),
    ...(form === undefined ? {} : { formFactor: exactly(form, 1)[0] ?? 0 }),
    ...(value(FACT.fips) === undefined ? {} : { fips: true }),
    ...(value(FACT.cspn) === undefined ? {} : { cspn: true }),
  };
}
