/*
 * Where the fact sheet marks its word as memory or proposal: beginnings of its lines, and the choice that settles it here. `elsewhere`: what
 * another part of this project settles, or nothing that is built here.
 */
export type OpenPlace = { readonly line: string; readonly choices: readonly string[] } | { readonly line: string; readonly elsewhere: string };

const at = (line: string, ...choices: readonly string[]): OpenPlace => ({ line, choices });
const away = (line: string, elsewhere: string): OpenPlace => ({ line, elsewhere });

export const OPEN_PLACES: readonly OpenPlace[] = [
  away('| C type | Width |', 'how C is told in TypeScript stands at CardEntryPoints'),
  at('| Order of checks |', 'order-of-checks'),
  away('| Symmetric padding |', 'no session keys'),
  at('| RSA private (CAPI PRIVATEKEYBLOB) |', 'private-blob-layout', 'imported-key'),
  at('| ECC private |', 'private-blob-layout', 'imported-key'),
  at('**CardQueryFreeSpace(', 'free-space'),
  at('| One container |', 'one-key-per-container'),
  at('| PinId 0, 2 or > 7 |', 'pin-id-at-creation'),
  at('| card full |', 'card-full'),
  at('**CardDeleteContainer(', 'delete-without-right', 'delete-occupied'),
  at('| wrong PIN, wrong length (0, 1', 'impossible-pin-length'),
  at('| version against flags |', 'signing-versions'),
  at('**CardDestroyDHAgreement(', 'agreements'),
  away('| bad key handle |', 'no session keys'),
  at('Supporting none: all nine return', 'key-injection'),
  at('| CP_CHAINING_MODES', 'chaining-modes-flag'),
  at('Field observation (Windows 11', 'associated-ecdh-key'),
  at('NN: two digits with leading zero', 'file-name-digits'),
  at('With fCertificateCompression TRUE', 'certificate-compression'),
  at('* bPinsFreshness guards', 'cache-mode'),
  at('* Writing cardcf is the CSP', 'cache-mode', 'virtual-files'),
  at('* [PROP] For PIV in the browser', 'cache-mode'),
  at('| Default container |', 'default-container'),
  at('One key per container. Usage is narrowed', 'container-indices'),
  at('| Role | OpenSC on PIV |', 'roles-on-piv', 'everyone-9e', 'always-prompt'),
  at(
    '| Rule of the text | On PIV |',
    'puk-unblocks',
    'created-by-the-user',
    'roles-1-and-3',
    'external-pin',
    'end-of-transaction',
    'delete-occupied',
  ),
  away('* Blob format is ours to define', 'no session keys'),
  away('* Byte order of the RSA ciphertext in CardImportSessionKey', 'no session keys'),
  at('Why on card: to remove the padding oracle', 'bad-padding', 'unpad-byte-order', 'padding-removed-by-caller'),
  at('| "TRUNCATE" |', 'raw-secret', 'derivation-functions'),
  away('Registry `Calais', 'the registry of Windows'),
  away('### 14.4 Browser registry', 'card to module matching'),
  away('| cmapfile and freshness after CardProcessEncryptedData |', 'no session keys'),
  at('| CardCreateContainerEx: code for PinId 0, 2, > 7;', 'pin-id-at-creation', 'card-full'),
];
