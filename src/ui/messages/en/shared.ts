import type { SharedMessages } from '../catalogue.ts';
import { plural } from '../format.ts';
import { access } from './access.ts';
import { problem } from './problem.ts';

const purposes: SharedMessages['purposes'] = {
  authentication: 'Authentication',
  signature: 'Digital signature',
  'key-management': 'Key management',
  'card-authentication': 'Card authentication',
  retired: 'Retired key',
  other: 'Key',
};

export const shared: SharedMessages = {
  simulated: 'Simulated',
  simulatedHint:
    'This reader exists in software only. Its card is real cryptography without hardware: fine for trying things out, worthless as protection.',
  demonstration: 'Demonstration',
  copy: 'Copy',
  copied: 'Copied',
  copyFailed: 'Not copied',
  download: 'Download',
  retry: 'Try again',

  placeName: ({ place, purpose }) => `${purposes[purpose]} (${place})`,
  purposes,
  purposeUses: {
    authentication: 'Signing in to computers, networks and websites',
    signature: 'Signing documents and e-mail; asks for the PIN each time',
    'key-management': 'Decrypting e-mail and files',
    'card-authentication': 'Doors and gates; works without a PIN',
    retired: 'Keeps older decryption keys readable',
    other: 'General use',
  },
  triesLeft: (left, total) =>
    left === 0
      ? 'blocked'
      : total === undefined
        ? plural('en', left, { one: '# try left', other: '# tries left' })
        : plural('en', left, { one: `# of ${total} tries left`, other: `# of ${total} tries left` }),

  access,
  problem,

  certificate: {
    subject: 'Issued to',
    issuer: 'Issued by',
    selfIssued: 'Itself (self-signed)',
    serial: 'Serial number',
    notBefore: 'Valid from',
    notAfter: 'Valid until',
    validity: { valid: 'Valid', expired: 'Expired', 'not-yet-valid': 'Not valid yet' },
    alternativeNames: 'Also known as',
    keyUsage: 'Key usage',
    extendedKeyUsage: 'Purposes',
    keyType: 'Key',
    fingerprintSha256: 'SHA-256 fingerprint',
    fingerprintSha1: 'SHA-1 fingerprint',
    size: 'Size',
    details: 'All certificate details',
    alternativeNameKinds: {
      upn: 'Sign-in name (UPN)',
      email: 'E-mail',
      dns: 'DNS name',
      uri: 'URI',
      ip: 'IP address',
      'fasc-n': 'FASC-N',
      directory: 'Directory name',
      other: 'Other name',
    },
    keyUsages: {
      digitalSignature: 'digital signature',
      nonRepudiation: 'non-repudiation',
      keyEncipherment: 'key encipherment',
      dataEncipherment: 'data encipherment',
      keyAgreement: 'key agreement',
      keyCertSign: 'certificate signing',
      cRLSign: 'revocation list signing',
      encipherOnly: 'encipher only',
      decipherOnly: 'decipher only',
    },
    purposeNames: {
      anyExtendedKeyUsage: 'any purpose',
      serverAuth: 'server authentication (TLS)',
      clientAuth: 'client authentication (TLS)',
      codeSigning: 'code signing',
      emailProtection: 'e-mail protection',
      timeStamping: 'time stamping',
      OCSPSigning: 'OCSP signing',
      smartcardLogon: 'smart card sign-in (Windows)',
      documentSigning: 'document signing',
      encryptingFileSystem: 'file encryption (EFS)',
      kpClientAuth: 'Kerberos client',
      kpKdc: 'Kerberos server',
      pivCardAuth: 'PIV card authentication',
      pivContentSigning: 'PIV content signing',
    },
    validUntil: (date) => `Valid until ${date}`,
    expiredOn: (date) => `Expired on ${date}`,
    validFrom: (date) => `Valid from ${date}`,
    bytes: (count) => plural('en', count, { one: '# byte', other: '# bytes' }),
  },
};
