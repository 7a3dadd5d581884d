import type { DiagnosticsMessages } from '../catalogue.ts';

/** What diagnostics can find: what it means, and what to do. */
export const findings: DiagnosticsMessages['findings'] = {
  // Browser and page.
  'insecure-context': {
    title: 'This page was not loaded securely',
    text: 'Browsers give USB only to pages that came over https:// or from this computer itself. Open the page with https:// at the start of its address.',
  },
  'no-webusb': {
    title: 'This browser cannot reach USB readers',
    text: 'It does not offer WebUSB. Open the page in Chrome, Edge or another Chromium browser on a computer.',
  },
  'usb-forbidden-by-policy': {
    title: 'USB is switched off for this page',
    text: 'The page, or the page around it, does not allow the use of USB. Whoever runs it has to allow it in the Permissions-Policy header and in the frame.',
  },
  'no-web-crypto': {
    title: 'The browser offers no cryptography',
    text: 'Certificates can be shown but not checked. Another browser helps.',
  },
  'web-assembly-forbidden': {
    title: 'The page does not allow WebAssembly',
    text: 'Some RSA operations need it. Whoever runs the page has to add wasm-unsafe-eval to its Content-Security-Policy.',
  },
  'system-untested': {
    title: 'Not tested on this operating system',
    text: 'We test with real browsers on Linux only. On Windows the reader needs the WinUSB driver before a page can open it.',
  },
  'no-reader': {
    title: 'No reader is shared with this page',
    text: 'A browser shows a page only the readers that a person has shared with it. Connect the reader, then share it.',
  },

  // Readers.
  'reader-protected-class': {
    title: 'The browser keeps this reader away from web pages',
    text: 'It is a standard smart card reader (USB class 0B), which Chromium hands to Isolated Web Apps only. Reader and card are fine; the ways out stand beside the reader.',
  },
  'reader-in-use': {
    title: 'Another program holds the reader',
    text: 'Mostly the smart card service of the system, GnuPG, or another tab of this page. Close it, then look again.',
  },
  'reader-open-refused': {
    title: 'The system does not let the browser open the reader',
    text: 'Your account may lack the right to the device, or a driver of the system sits on it. The ways out stand beside the reader.',
  },
  'reader-not-ccid': {
    title: 'This device is not a reader that we can drive',
    text: 'It has no CCID interface, the standard that smart card readers speak over USB, or describes it wrongly. Try another reader.',
  },
  'reader-unplugged': { title: 'The reader was unplugged', text: 'Connect it again, then look again.' },
  'reader-unreachable': {
    title: 'The reader could not be opened',
    text: 'The browser refused and gave no reason that we know. Unplug the reader, connect it again, and send a report if that does not help.',
  },
  'reader-description-failed': {
    title: 'The reader does not describe itself',
    text: 'Its descriptor could not be read. Unplug it and connect it again.',
  },
  'reader-test-failed': {
    title: 'The test of the reader ended early',
    text: 'What went wrong stands with the results of the test, with what can be done.',
  },
  'reader-simulated': {
    title: 'This reader exists in software only',
    text: 'Its card is real cryptography without hardware: fine for trying things out, worthless as protection.',
  },
  'reader-quirk': {
    title: 'The reader is treated specially',
    text: 'This model is known to need something beyond the standard, and it gets it. Nothing to do.',
  },

  // Card slots.
  'no-card': { title: 'There is no card', text: 'Insert a card, then test again.' },
  'card-mute': {
    title: 'The card does not answer',
    text: 'Is it the right way round? Turn it, wipe the contacts with a dry cloth, or try another card.',
  },
  'card-removed': { title: 'The card was taken out during the test', text: 'Insert it and test again.' },
  'card-test-failed': {
    title: 'The card could not be read to the end',
    text: 'What went wrong stands with the results of the test, with what can be done. What was read before is shown.',
  },
  'card-unknown': {
    title: 'No application that we know is on the card',
    text: 'The card works, but it is not a PIV card. The list of applications shows what else it answered to.',
  },

  // Answer to reset.
  'atr-malformed': {
    title: 'The answer to reset makes no sense',
    text: 'The card or its contacts may be damaged. Clean it and try again, or try another reader.',
  },
  'atr-check-byte': {
    title: 'The check byte of the answer to reset is wrong or missing',
    text: 'Some cards are delivered like this and work all the same. If the card fails elsewhere too, clean its contacts.',
  },
  'atr-length': {
    title: 'The answer to reset is longer or shorter than it says',
    text: 'Some cards are delivered like this and work all the same. If the card fails elsewhere too, clean its contacts.',
  },

  // PIN, PUK, management key.
  'default-pin': {
    title: 'The PIN is still the factory value',
    text: 'Anybody who finds the card can use it. Choose a PIN of your own before you enroll.',
  },
  'default-puk': {
    title: 'The PUK is still the factory value',
    text: 'Anybody who finds the card can set a new PIN. Choose a PUK of your own and keep it safe.',
  },
  'default-management-key': {
    title: 'The management key is still the factory value',
    text: 'Whoever has the card in a reader can overwrite its keys. Its issuer, or you with a card tool, should set a key of its own.',
  },
  'blocked-pin': {
    title: 'The PIN is blocked',
    text: 'It was wrong too often. The PUK unblocks it and sets a new PIN; keys and certificates stay.',
  },
  'blocked-global-pin': {
    title: 'The PIN of the whole card is blocked',
    text: 'It was wrong too often. It belongs to all applications of this card, so the PUK does not unblock it. Ask the issuer; keys and certificates stay.',
  },
  'blocked-puk': {
    title: 'The PUK is blocked',
    text: 'A blocked PIN can then no longer be freed. Ask the issuer; some cards can be reset, which erases all keys.',
  },
  'last-pin-try': {
    title: 'One try is left for the PIN',
    text: 'Another wrong PIN blocks it. Type it only when you are sure; a right one gives all tries back.',
  },
  'last-puk-try': {
    title: 'One try is left for the PUK',
    text: 'Another wrong PUK blocks it for good. Ask the issuer before you try again.',
  },
  'management-key-derived': {
    title: 'The management key is derived from the PIN',
    text: 'An old scheme that makes the key no stronger than the PIN, and a PIN set by the PUK does not change the key. Set a new management key with a card tool.',
  },
  'management-key-data-conflict': {
    title: 'The card contradicts itself about its management key',
    text: 'What it notes of a key behind the PIN, or of one derived from the PIN, is not so. Whoever manages the card can put the note right or set a new key.',
  },

  // What the card says of itself.
  'missing-chuid': {
    title: 'The card has no identity yet (CHUID)',
    text: 'Windows and others do not recognise such a card. Enrolling writes one.',
  },
  'malformed-chuid': {
    title: 'The identity of the card (CHUID) cannot be read',
    text: 'Other programs may refuse the card. Its issuer can write a new one.',
  },
  'chuid-expired': {
    title: 'The identity of the card (CHUID) has expired',
    text: 'Doors and services that look at it will refuse the card. Ask the issuer.',
  },
  'chuid-unsigned': {
    title: 'The identity of the card (CHUID) is not signed',
    text: 'Usual for cards that their holder set up. Government cards carry a signature of their issuer.',
  },
  'chuid-signature-wrong': {
    title: 'The signature on the identity of the card (CHUID) is wrong',
    text: 'The identity was changed after it was issued. Do not rely on this card; give it back to its issuer.',
  },
  'chuid-signature-unchecked': {
    title: 'The signature on the identity of the card (CHUID) was not checked',
    text: 'Its kind, or the certificate of its signer, is one that we cannot check. That alone is no fault.',
  },
  'chuid-signer-expired': {
    title: 'The certificate of whoever signed the CHUID has expired',
    text: 'Services that check the signature may refuse the card. Ask the issuer.',
  },
  'chuid-signer-purpose': {
    title: 'Whoever signed the CHUID was not meant to',
    text: 'The certificate of the signer is not made for signing the content of cards. Ask the issuer.',
  },
  'signer-name-missing': {
    title: 'A signature on the card does not name its signer',
    text: 'The standard wants the name of the signer under the signature. Services that check it may refuse the card. Ask the issuer.',
  },
  'signer-name-mismatch': {
    title: 'A signature on the card names another signer than its certificate',
    text: 'The signature holds, but the name under it is not the one in the certificate it was made with. Ask the issuer.',
  },
  'malformed-fasc-n': {
    title: 'The card number for government use (FASC-N) makes no sense',
    text: 'Door systems that read it will refuse the card. Other uses are not affected.',
  },
  'missing-ccc': {
    title: 'The card does not list its capabilities (CCC)',
    text: 'A few older programs ask for the list. Enrolling writes one.',
  },
  'malformed-ccc': {
    title: 'The list of capabilities (CCC) cannot be read',
    text: 'A few older programs may refuse the card. Its issuer can write a new one.',
  },
  'ccc-data-model': {
    title: 'The list of capabilities (CCC) names another data model',
    text: 'It does not say that this is a PIV card. A few older programs may look elsewhere.',
  },
  'malformed-object': {
    title: 'A data object cannot be read',
    text: 'What stands in it does not follow the standard. Its issuer can write it anew.',
  },

  // Security object.
  'malformed-security-object': {
    title: 'The security object cannot be read',
    text: 'The card can then not show that its data belong together. Give it back to its issuer.',
  },
  'security-object-signature-wrong': {
    title: 'The signature of the security object is wrong',
    text: 'The data on the card were changed after it was issued. Do not rely on this card; give it back to its issuer.',
  },
  'security-object-unchecked': {
    title: 'The security object was not checked',
    text: 'Its kind, or the certificate of its signer, is one that we cannot check. That alone is no fault.',
  },
  'security-object-hash-mismatch': {
    title: 'A data object is not the one that was issued',
    text: 'It differs from what the signed security object says. Do not rely on this card; give it back to its issuer.',
  },
  'security-object-names-absent': {
    title: 'The security object names data that are not on the card',
    text: 'Something was removed after the card was issued. Ask the issuer.',
  },
  'security-object-group-unclaimed': {
    title: 'The signed list on the card was cut off from its data',
    text: 'The security object holds a signed check value that it gives to no data, so a change of those data would not be noticed. Do not rely on this card; give it back to its issuer.',
  },
  'security-object-container-unknown': {
    title: 'The security object speaks of data that no PIV card has',
    text: 'A signed check value is given to them, and so is compared with nothing. Do not rely on this card; give it back to its issuer.',
  },
  'security-object-omits-printed': {
    title: 'The printed information is not in the security object',
    text: 'The standard wants it there, since nothing else vouches for it. It may have been changed, or put on the card later. Ask the issuer.',
  },
  'security-object-omits-object': {
    title: 'The security object does not cover a data object',
    text: 'Many issuers leave some out. Whether those data are as they were issued cannot be told by it.',
  },
  'missing-security-object': {
    title: 'The card has no security object',
    text: 'Signed data stand on the card without the list that holds them together. Ask the issuer.',
  },

  // Keys and certificates.
  'malformed-certificate': {
    title: 'A certificate cannot be read',
    text: 'What is stored in this place is not a certificate. Write the right one, or enroll again.',
  },
  'certificate-expired': {
    title: 'A certificate has expired',
    text: 'Services will refuse it. Enroll again to get a new one; keep old decryption keys.',
  },
  'certificate-not-yet-valid': {
    title: 'A certificate is not valid yet',
    text: 'Wait until its first day, and check the clock of this computer.',
  },
  'certificate-expires-soon': { title: 'A certificate expires within 30 days', text: 'Enroll again before it does.' },
  'certificate-of-another-key': {
    title: 'A certificate does not belong to the key beside it',
    text: 'Signing in and signing with it will fail. Write the certificate of this key, or enroll again.',
  },
  'certificate-without-key': {
    title: 'A certificate stands in a place without key',
    text: 'It cannot be used. Enroll in this place to make a key and a new certificate.',
  },
  'key-without-certificate': { title: 'A key has no certificate', text: 'Programs find keys by their certificates. Enroll to get one for this key.' },
  'short-rsa-key': { title: 'An RSA key is too short', text: 'Keys of 1024 bits no longer protect. Enroll again with a new key.' },
  'certificate-fasc-n-mismatch': {
    title: 'A certificate names another card number (FASC-N)',
    text: 'It was issued for another card. Door systems will refuse it. Ask the issuer.',
  },
  'certificate-guid-mismatch': {
    title: 'A certificate names another card identifier',
    text: 'It was issued for another card, or the identity of the card was written anew since. Ask the issuer.',
  },

  // Key history.
  'malformed-key-history': {
    title: 'The list of retired keys cannot be read',
    text: 'Programs may not find old decryption keys. The keys themselves are not affected.',
  },
  'key-history-missing': {
    title: 'The list of retired keys is missing',
    text: 'Old decryption keys are on the card, but programs may not find them.',
  },
  'key-history-inconsistent': {
    title: 'The list of retired keys does not fit the card',
    text: 'It counts other keys than are there, so programs may miss some.',
  },
  'key-history-gap': {
    title: 'There are gaps between the retired keys',
    text: 'Places below the last one are empty. The list counts to the last, so programs find all keys, and a new one can be put there.',
  },
  'key-history-without-url': {
    title: 'The list of retired keys lacks an address',
    text: 'It speaks of certificates kept elsewhere and does not say where.',
  },

  'key-history-off-card': {
    title: 'Certificates of retired keys are kept elsewhere',
    text: 'The card names an address for them. A program that opens old messages fetches the file from there; this page does not.',
  },
  'off-card-file-unavailable': {
    title: 'The file with certificates of retired keys could not be fetched',
    text: 'The card names an address for it. Try again later, or fetch the file by other means.',
  },
  'off-card-file-wrong': {
    title: 'The file with certificates of retired keys is not the right one',
    text: 'It is not the file that the card vouches for, or it cannot be read. Nothing of it is used. Ask the issuer.',
  },
  'off-card-file-mismatch': {
    title: 'The file with certificates of retired keys does not fit the card',
    text: 'It lacks a certificate that the card promises, or has another one. Old messages may stay closed. Ask the issuer.',
  },
  'biometric-fasc-n-mismatch': {
    title: 'Biometric data name another card number (FASC-N)',
    text: 'They were collected for another card. Door systems will refuse it. Ask the issuer.',
  },
  'biometric-guid-mismatch': {
    title: 'Biometric data name another card identifier',
    text: 'They were collected for another card, or its identity was written anew since. Ask the issuer.',
  },
  'biometric-expired': { title: 'Biometric data have expired', text: 'Door systems that compare them will refuse the card. Ask the issuer.' },
  'biometric-expires-early': {
    title: 'Biometric data expire before the card does',
    text: 'From that day on door systems that compare them will refuse the card.',
  },
  'biometric-signature-wrong': {
    title: 'The signature of biometric data is wrong',
    text: 'They were changed after they were collected. Do not rely on this card; give it back to its issuer.',
  },
  'biometric-signature-unchecked': {
    title: 'The signature of biometric data was not checked',
    text: 'Its kind, or the certificate of its signer, is one that we cannot check. That alone is no fault.',
  },
  'biometric-unsigned': { title: 'Biometric data are not signed', text: 'The standard wants them signed. Ask the issuer.' },
  'contactless-limited': {
    title: 'The card is read without contacts',
    text: 'PIN, most keys and certificates are not to be had that way. Put the card into a reader with contacts.',
  },
  'contactless-open': {
    title: 'The card shows more without contacts than the standard allows',
    text: 'Anybody near enough can read it. On security keys that is so by design.',
  },
  'virtual-contact-offered': {
    title: 'The card offers protected use without contacts',
    text: 'It needs no pairing code for that. This page does not use it.',
  },
  'virtual-contact-pairing-code': {
    title: 'The card offers protected use without contacts, with a pairing code',
    text: 'The code is printed with the card or stands on it behind the PIN. This page does not use it.',
  },

  // Windows logon.
  'logon-purpose-missing': {
    title: 'The certificate is not made for signing in to Windows',
    text: 'Smart card logon is not among its purposes. For other uses that does not matter.',
  },
  'logon-upn-missing': {
    title: 'The certificate carries no Windows user name (UPN)',
    text: 'Signing in to Windows then needs a mapping on the server. For other uses that does not matter.',
  },
  'logon-sid-missing': {
    title: 'The certificate carries no Windows account number (SID)',
    text: 'Domain controllers may ask for it since 2025. For other uses that does not matter.',
  },
};
