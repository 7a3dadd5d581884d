/** Attribute types of names: RFC 4514, section 3, and those that certificates carry besides (RFC 4519, RFC 5280 appendix A, RFC 2985). */
export const ATTRIBUTE_OIDS: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  serialNumber: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  STREET: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  title: '2.5.4.12',
  postalCode: '2.5.4.17',
  GN: '2.5.4.42',
  givenName: '2.5.4.42',
  initials: '2.5.4.43',
  generationQualifier: '2.5.4.44',
  dnQualifier: '2.5.4.46',
  pseudonym: '2.5.4.65',
  organizationIdentifier: '2.5.4.97',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',
};

/** Short name of an attribute type, the first in the table; undefined for an unknown one. */
export function attributeName(dotted: string): string | undefined {
  const found = Object.entries(ATTRIBUTE_OIDS).find(([name, value]) => value === dotted && name !== 'GN');
  return found?.[0];
}

/** Purposes by name (RFC 5280, 4.2.1.12; SP 800-73-4 part 1, appendix B; Windows' logon). */
export const PURPOSE_OIDS: Readonly<Record<string, string>> = {
  anyExtendedKeyUsage: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  OCSPSigning: '1.3.6.1.5.5.7.3.9',
  smartcardLogon: '1.3.6.1.4.1.311.20.2.2',
  documentSigning: '1.3.6.1.4.1.311.10.3.12',
  encryptingFileSystem: '1.3.6.1.4.1.311.10.3.4',
  kpClientAuth: '1.3.6.1.5.2.3.4',
  kpKdc: '1.3.6.1.5.2.3.5',
  pivCardAuth: '2.16.840.1.101.3.6.8',
  pivContentSigning: '2.16.840.1.101.3.6.7',
};

/** Name of a purpose, or its dotted text. */
export function purposeName(dotted: string): string {
  return Object.entries(PURPOSE_OIDS).find(([, value]) => value === dotted)?.[0] ?? dotted;
}

export const OID = {
  rsaEncryption: '1.2.840.113549.1.1.1',
  rsaPss: '1.2.840.113549.1.1.10',
  mgf1: '1.2.840.113549.1.1.8',
  sha1WithRsa: '1.2.840.113549.1.1.5',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  sha384WithRsa: '1.2.840.113549.1.1.12',
  sha512WithRsa: '1.2.840.113549.1.1.13',
  ecPublicKey: '1.2.840.10045.2.1',
  ecdsaWithSha1: '1.2.840.10045.4.1',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ecdsaWithSha384: '1.2.840.10045.4.3.3',
  ecdsaWithSha512: '1.2.840.10045.4.3.4',
  p256: '1.2.840.10045.3.1.7',
  p384: '1.3.132.0.34',
  p521: '1.3.132.0.35',
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  extensionRequest: '1.2.840.113549.1.9.14',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  /** Microsoft's security identifier extension (MS-WCCE 2.2.2.7.7.4), which binds a certificate to an account. */
  securityIdentifier: '1.3.6.1.4.1.311.25.2',
  userPrincipalName: '1.3.6.1.4.1.311.20.2.3',
  fascN: '2.16.840.1.101.3.6.6',
  /** Yubico's attestation extensions end in the number of the fact. */
  yubicoAttestation: '1.3.6.1.4.1.41482.3',
} as const;
