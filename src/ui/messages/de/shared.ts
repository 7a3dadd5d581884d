import type { SharedMessages } from '../catalogue.ts';
import { plural } from '../format.ts';
import { access } from './access.ts';
import { problem } from './problem.ts';

const purposes: SharedMessages['purposes'] = {
  authentication: 'Authentifizierung',
  signature: 'Digitale Signatur',
  'key-management': 'Entschlüsselung',
  'card-authentication': 'Karten\u00adauthentifizierung',
  retired: 'Früherer Schlüssel',
  other: 'Schlüssel',
};

export const shared: SharedMessages = {
  simulated: 'Simuliert',
  simulatedHint:
    'Diesen Kartenleser gibt es nur als Programm. Seine Karte rechnet wirklich, aber ohne Hardware: gut zum Ausprobieren, als Schutz wertlos.',
  demonstration: 'Demonstration',
  copy: 'Kopieren',
  copied: 'Kopiert',
  copyFailed: 'Nicht kopiert',
  download: 'Herunterladen',
  retry: 'Noch einmal versuchen',

  placeName: ({ place, purpose }) => `${purposes[purpose]} (${place})`,
  purposes,
  purposeUses: {
    authentication: 'Anmelden an Computern, Netzen und Websites',
    signature: 'Dokumente und E-Mails signieren; fragt jedes Mal nach der PIN',
    'key-management': 'E-Mails und Dateien entschlüsseln',
    'card-authentication': 'Türen und Schranken; ohne PIN',
    retired: 'Hält mit früheren Schlüsseln Verschlüsseltes lesbar',
    other: 'Allgemein',
  },
  triesLeft: (left, total) =>
    left === 0
      ? 'gesperrt'
      : total === undefined
        ? plural('de', left, { one: 'noch # Versuch', other: 'noch # Versuche' })
        : plural('de', left, { one: `noch # von ${total} Versuchen`, other: `noch # von ${total} Versuchen` }),

  access,
  problem,

  certificate: {
    subject: 'Ausgestellt für',
    issuer: 'Ausgestellt von',
    selfIssued: 'sich selbst (selbstsigniert)',
    serial: 'Seriennummer',
    notBefore: 'Gültig ab',
    notAfter: 'Gültig bis',
    validity: { valid: 'Gültig', expired: 'Abgelaufen', 'not-yet-valid': 'Noch nicht gültig' },
    alternativeNames: 'Auch bekannt als',
    keyUsage: 'Schlüsselverwendung',
    extendedKeyUsage: 'Zwecke',
    keyType: 'Schlüssel',
    fingerprintSha256: 'Fingerabdruck SHA-256',
    fingerprintSha1: 'Fingerabdruck SHA-1',
    size: 'Größe',
    details: 'Alle Angaben des Zertifikats',
    alternativeNameKinds: {
      upn: 'Anmeldename (UPN)',
      email: 'E-Mail',
      dns: 'DNS-Name',
      uri: 'URI',
      ip: 'IP-Adresse',
      'fasc-n': 'FASC-N',
      directory: 'Verzeichnisname',
      other: 'Anderer Name',
    },
    keyUsages: {
      digitalSignature: 'digitale Signatur',
      nonRepudiation: 'Nichtabstreitbarkeit',
      keyEncipherment: 'Schlüsselverschlüsselung',
      dataEncipherment: 'Datenverschlüsselung',
      keyAgreement: 'Schlüsselvereinbarung',
      keyCertSign: 'Zertifikatsignatur',
      cRLSign: 'Sperrlistensignatur',
      encipherOnly: 'nur verschlüsseln',
      decipherOnly: 'nur entschlüsseln',
    },
    purposeNames: {
      anyExtendedKeyUsage: 'jeder Zweck',
      serverAuth: 'Serverauthentifizierung (TLS)',
      clientAuth: 'Clientauthentifizierung (TLS)',
      codeSigning: 'Codesignatur',
      emailProtection: 'E-Mail-Schutz',
      timeStamping: 'Zeitstempel',
      OCSPSigning: 'OCSP-Signatur',
      smartcardLogon: 'Smartcard-Anmeldung (Windows)',
      documentSigning: 'Dokumentensignatur',
      encryptingFileSystem: 'Dateiverschlüsselung (EFS)',
      kpClientAuth: 'Kerberos-Client',
      kpKdc: 'Kerberos-Server',
      pivCardAuth: 'PIV-Kartenauthentifizierung',
      pivContentSigning: 'PIV-Inhaltssignatur',
    },
    validUntil: (date) => `Gültig bis ${date}`,
    expiredOn: (date) => `Abgelaufen am ${date}`,
    validFrom: (date) => `Gültig ab ${date}`,
    bytes: (count) => plural('de', count, { one: '# Byte', other: '# Bytes' }),
  },
};
