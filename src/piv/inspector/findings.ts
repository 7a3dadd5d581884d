/*
 * Everything the inspector can find fault with, as a table: a short code that can be read out on the telephone, how bad it is, and which way
 * out there is. The words for a person stand in the applications' message catalogue under these keys.
 */

export type Severity = 'info' | 'warning' | 'error';

/** What helps. */
export type Remedy =
  | 'change-pin'
  | 'change-puk'
  | 'change-management-key'
  | 'unblock-pin'
  | 'reset-card'
  | 'provision-card'
  | 'renew-certificate'
  | 'wait-until-valid'
  | 'write-right-certificate'
  | 'enroll-again'
  | 'issue-for-logon'
  /** `repairKeyHistory` */
  | 'repair-key-history'
  /** `repairManagementKeyData` */
  | 'repair-management-key-data'
  | 'fetch-certificates'
  | 'use-contacts'
  | 'return-to-issuer'
  | 'none-needed';

export interface PivFindingRow {
  readonly short: string;
  readonly severity: Severity;
  readonly remedy: Remedy;
}

export type PivFindingCode =
  | 'default-pin'
  | 'default-puk'
  | 'default-management-key'
  | 'blocked-pin'
  | 'blocked-global-pin'
  | 'blocked-puk'
  | 'management-key-derived'
  | 'management-key-data-conflict'
  | 'missing-chuid'
  | 'malformed-chuid'
  | 'chuid-expired'
  | 'chuid-unsigned'
  | 'chuid-signature-wrong'
  | 'chuid-signature-unchecked'
  | 'chuid-signer-expired'
  | 'chuid-signer-purpose'
  | 'signer-name-missing'
  | 'signer-name-mismatch'
  | 'malformed-fasc-n'
  | 'missing-ccc'
  | 'malformed-ccc'
  | 'ccc-data-model'
  | 'malformed-object'
  | 'malformed-security-object'
  | 'security-object-signature-wrong'
  | 'security-object-unchecked'
  | 'security-object-hash-mismatch'
  | 'security-object-names-absent'
  | 'security-object-group-unclaimed'
  | 'security-object-container-unknown'
  | 'security-object-omits-printed'
  | 'security-object-omits-object'
  | 'missing-security-object'
  | 'malformed-certificate'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-of-another-key'
  | 'certificate-without-key'
  | 'key-without-certificate'
  | 'short-rsa-key'
  | 'certificate-fasc-n-mismatch'
  | 'certificate-guid-mismatch'
  | 'malformed-key-history'
  | 'key-history-missing'
  | 'key-history-inconsistent'
  | 'key-history-gap'
  | 'key-history-without-url'
  | 'key-history-off-card'
  | 'off-card-file-unavailable'
  | 'off-card-file-wrong'
  | 'off-card-file-mismatch'
  | 'biometric-fasc-n-mismatch'
  | 'biometric-guid-mismatch'
  | 'biometric-expired'
  | 'biometric-expires-early'
  | 'biometric-signature-wrong'
  | 'biometric-signature-unchecked'
  | 'biometric-unsigned'
  | 'contactless-limited'
  | 'contactless-open'
  | 'virtual-contact-offered'
  | 'virtual-contact-pairing-code'
  | 'logon-purpose-missing'
  | 'logon-upn-missing'
  | 'logon-sid-missing';

/** Every code with its row. */
export const PIV_FINDINGS: Readonly<Record<PivFindingCode, PivFindingRow>> = {
  // Secrets.
  'default-pin': { short: 'P01', severity: 'warning', remedy: 'change-pin' },
  'default-puk': { short: 'P02', severity: 'warning', remedy: 'change-puk' },
  'default-management-key': { short: 'P03', severity: 'warning', remedy: 'change-management-key' },
  'blocked-pin': { short: 'P04', severity: 'error', remedy: 'unblock-pin' },
  // The PUK is of the PIV PIN alone (SP 800-73-4 part 2, 3.2.3).
  'blocked-global-pin': { short: 'P08', severity: 'error', remedy: 'return-to-issuer' },
  'blocked-puk': { short: 'P05', severity: 'error', remedy: 'reset-card' },
  'management-key-derived': { short: 'P06', severity: 'warning', remedy: 'change-management-key' },
  'management-key-data-conflict': { short: 'P07', severity: 'warning', remedy: 'repair-management-key-data' },
  // Identity.
  'missing-chuid': { short: 'P10', severity: 'warning', remedy: 'provision-card' },
  'malformed-chuid': { short: 'P11', severity: 'warning', remedy: 'return-to-issuer' },
  'chuid-expired': { short: 'P12', severity: 'warning', remedy: 'return-to-issuer' },
  'chuid-unsigned': { short: 'P13', severity: 'info', remedy: 'none-needed' },
  'chuid-signature-wrong': { short: 'P14', severity: 'error', remedy: 'return-to-issuer' },
  'chuid-signature-unchecked': { short: 'P15', severity: 'info', remedy: 'none-needed' },
  'chuid-signer-expired': { short: 'P16', severity: 'warning', remedy: 'return-to-issuer' },
  'chuid-signer-purpose': { short: 'P17', severity: 'warning', remedy: 'return-to-issuer' },
  'signer-name-missing': { short: 'P19', severity: 'warning', remedy: 'return-to-issuer' },
  'signer-name-mismatch': { short: 'P26', severity: 'error', remedy: 'return-to-issuer' },
  'malformed-fasc-n': { short: 'P18', severity: 'warning', remedy: 'return-to-issuer' },
  'missing-ccc': { short: 'P20', severity: 'info', remedy: 'provision-card' },
  'malformed-ccc': { short: 'P21', severity: 'warning', remedy: 'return-to-issuer' },
  'ccc-data-model': { short: 'P22', severity: 'info', remedy: 'return-to-issuer' },
  'malformed-object': { short: 'P25', severity: 'warning', remedy: 'return-to-issuer' },
  // Security object.
  'malformed-security-object': { short: 'P30', severity: 'error', remedy: 'return-to-issuer' },
  'security-object-signature-wrong': { short: 'P31', severity: 'error', remedy: 'return-to-issuer' },
  'security-object-unchecked': { short: 'P32', severity: 'info', remedy: 'none-needed' },
  'security-object-hash-mismatch': { short: 'P33', severity: 'error', remedy: 'return-to-issuer' },
  'security-object-names-absent': { short: 'P34', severity: 'warning', remedy: 'return-to-issuer' },
  'security-object-group-unclaimed': { short: 'P36', severity: 'error', remedy: 'return-to-issuer' },
  'security-object-container-unknown': { short: 'P37', severity: 'error', remedy: 'return-to-issuer' },
  'security-object-omits-printed': { short: 'P38', severity: 'warning', remedy: 'return-to-issuer' },
  'security-object-omits-object': { short: 'P39', severity: 'info', remedy: 'none-needed' },
  'missing-security-object': { short: 'P35', severity: 'warning', remedy: 'return-to-issuer' },
  // Keys and certificates.
  'malformed-certificate': { short: 'P40', severity: 'error', remedy: 'write-right-certificate' },
  'certificate-expired': { short: 'P41', severity: 'warning', remedy: 'renew-certificate' },
  'certificate-not-yet-valid': { short: 'P42', severity: 'warning', remedy: 'wait-until-valid' },
  'certificate-of-another-key': { short: 'P43', severity: 'error', remedy: 'write-right-certificate' },
  'certificate-without-key': { short: 'P44', severity: 'warning', remedy: 'enroll-again' },
  'key-without-certificate': { short: 'P45', severity: 'info', remedy: 'enroll-again' },
  'short-rsa-key': { short: 'P46', severity: 'warning', remedy: 'renew-certificate' },
  'certificate-fasc-n-mismatch': { short: 'P47', severity: 'error', remedy: 'return-to-issuer' },
  'certificate-guid-mismatch': { short: 'P48', severity: 'error', remedy: 'return-to-issuer' },
  // Key history.
  'malformed-key-history': { short: 'P50', severity: 'warning', remedy: 'repair-key-history' },
  'key-history-missing': { short: 'P51', severity: 'warning', remedy: 'repair-key-history' },
  'key-history-inconsistent': { short: 'P52', severity: 'warning', remedy: 'repair-key-history' },
  'key-history-gap': { short: 'P58', severity: 'info', remedy: 'none-needed' },
  'key-history-without-url': { short: 'P53', severity: 'warning', remedy: 'repair-key-history' },
  'key-history-off-card': { short: 'P54', severity: 'info', remedy: 'fetch-certificates' },
  // The file outside the card.
  'off-card-file-unavailable': { short: 'P55', severity: 'warning', remedy: 'fetch-certificates' },
  'off-card-file-wrong': { short: 'P56', severity: 'error', remedy: 'return-to-issuer' },
  'off-card-file-mismatch': { short: 'P57', severity: 'warning', remedy: 'return-to-issuer' },
  // Biometric records.
  'biometric-fasc-n-mismatch': { short: 'P70', severity: 'error', remedy: 'return-to-issuer' },
  'biometric-guid-mismatch': { short: 'P71', severity: 'error', remedy: 'return-to-issuer' },
  'biometric-expired': { short: 'P72', severity: 'warning', remedy: 'return-to-issuer' },
  'biometric-expires-early': { short: 'P73', severity: 'info', remedy: 'none-needed' },
  'biometric-signature-wrong': { short: 'P74', severity: 'error', remedy: 'return-to-issuer' },
  'biometric-signature-unchecked': { short: 'P75', severity: 'info', remedy: 'none-needed' },
  'biometric-unsigned': { short: 'P76', severity: 'warning', remedy: 'return-to-issuer' },
  // Without contacts (SP 800-73-4 part 1, tables 2 and 3, 5.5).
  'contactless-limited': { short: 'P80', severity: 'info', remedy: 'use-contacts' },
  'contactless-open': { short: 'P81', severity: 'info', remedy: 'none-needed' },
  'virtual-contact-offered': { short: 'P82', severity: 'info', remedy: 'none-needed' },
  'virtual-contact-pairing-code': { short: 'P83', severity: 'info', remedy: 'none-needed' },
  // What Windows' logon wants of the certificate in 9A.
  'logon-purpose-missing': { short: 'P60', severity: 'info', remedy: 'issue-for-logon' },
  'logon-upn-missing': { short: 'P61', severity: 'info', remedy: 'issue-for-logon' },
  'logon-sid-missing': { short: 'P62', severity: 'info', remedy: 'issue-for-logon' },
};

/** One fault. `place` is a slot ('PIV 9A') or an object's name. */
export interface PivFinding {
  readonly code: PivFindingCode;
  readonly short: string;
  readonly severity: Severity;
  readonly remedy: Remedy;
  readonly place?: string;
}

export function pivFinding(code: PivFindingCode, place?: string): PivFinding {
  return { code, ...PIV_FINDINGS[code], ...(place === undefined ? {} : { place }) };
}
