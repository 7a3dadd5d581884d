/*
 * What Microsoft's certification kit covers, as the fact sheet names it: the groups of its section 16, and the places of its section 5 that
 * come from the kit's log. Beside each: what the titles of our tests must hold.
 */

/** One group, in the sheet's words, and the tests that stand for it. */
export interface KitGroup {
  readonly group: string;
  readonly titles: readonly RegExp[];
}

const named = (...groups: readonly string[]): KitGroup[] => groups.map((group) => ({ group, titles: [new RegExp(`\\b${group}\\b`)] }));

export const KIT_GROUPS: readonly KitGroup[] = [
  ...named('INF check', 'registration'),
  { group: 'one Positive/Negative pair per entry point', titles: [/^Card\w+ Positive$/, /^Card\w+ Negative$/] },
  ...named('Blocking', 'Transaction', 'ChallengeSize', 'ChallengeRandomness'),
  { group: 'NonRepeatingChallenge (300)', titles: [/NonRepeatingChallenge: 300/] },
  ...named('NonRepeatingKeys'),
  { group: 'EntryPoints (v6 callbacks non-NULL)', titles: [/EntryPoints: the callbacks since version 6 are not NULL/] },
  { group: 'FileName (case)', titles: [/FileName: .*case/] },
  ...named('DirAccess', 'FileAccess', 'RoleRestrictions', 'Enrollment'),
  { group: 'mail sign/decrypt', titles: [/Mail sign/, /Mail decrypt/] },
  { group: 'SSL RSA/ECC', titles: [/SSL RSA/, /SSL ECC/] },
  ...named('logon', 'CertProp', 'EFS', 'PinSequences', 'PinChange', 'PinUnblock', 'SimultaneousUse', 'SupportMultiple'),
  { group: 'MultiThreaded (5 threads x 5)', titles: [/MultiThreaded: 5 callers/] },
  ...named('SessionPin'),
  { group: 'ExternalPin (silent flag honoured)', titles: [/ExternalPin: .*silent flag is honoured/] },
  ...named('CardProperties', 'ExecutionSpeed', 'CspMem', 'OutOfMem', 'NoMemoryLeaks', 'Reconnect', 'ResetATR', 'PaddingInfoSupport'),
];

/** A place of section 5 with the kit's mark: words of its line, and what our rows of it are called. */
export interface LogPlace {
  readonly line: string;
  readonly titles: readonly RegExp[];
}

const rows = (kit: string, ...what: readonly string[]): RegExp[] => what.map((each) => new RegExp(`^${kit} \\(.*\\): ${each}`));

export const LOG_PLACES: readonly LogPlace[] = [
  { line: '| pCardData NULL |', titles: rows('CardAcquireContext Negative', 'pCardData NULL') },
  { line: '| dwFlags other than 0 / 1', titles: rows('CardAcquireContext Negative', 'dwFlags 2', 'dwFlags 0xFFFFFFFF') },
  { line: '| version below minimum, 0 included', titles: rows('CardAcquireContext Negative', 'version 0', 'version 3') },
  { line: '| pbAtr NULL; cbAtr 0, 2', titles: rows('CardAcquireContext Negative', 'pbAtr NULL', 'cbAtr 0', 'cbAtr 2$', 'cbAtr 34', 'cbAtr 4096') },
  { line: '| pwszCardName NULL |', titles: rows('CardAcquireContext Negative', 'pwszCardName NULL') },
  { line: '| ATR content invalid', titles: rows('CardAcquireContext Negative', 'an ATR of ff', 'an ATR of 0') },
  {
    line: '| pfnCspAlloc, ReAlloc or Free NULL',
    titles: rows('CardAcquireContext Negative', 'pfnCspAlloc NULL', 'pfnCspReAlloc NULL', 'pfnCspFree NULL'),
  },
  {
    line: '| cache callbacks or pfnCspGetDHAgreement NULL',
    titles: rows('CardAcquireContext Positive', 'cache callbacks NULL', 'pfnCspGetDHAgreement NULL'),
  },
  { line: '| hScard 0 (or hSCardCtx 0)', titles: rows('CardAcquireContext Negative', 'hScard 0', 'hSCardCtx 0') },
  { line: '**CardDeleteContext(', titles: rows('CardDeleteContext Negative', 'a context that is none') },
  {
    line: '**CardQueryCapabilities(',
    titles: [...rows('CardQueryCapabilities Positive', 'version 0'), ...rows('CardQueryCapabilities Negative', 'NULL', 'version 2$', 'version 257')],
  },
  {
    line: '**CardQueryFreeSpace(',
    titles: [
      ...rows('CardQueryFreeSpace Positive', 'version 0', 'version 1'),
      ...rows('CardQueryFreeSpace Negative', 'NULL', 'flags', 'version 2$', 'version 255'),
    ],
  },
  {
    line: '**CardQueryKeySizes(',
    titles: rows(
      'CardQueryKeySizes Negative',
      'NULL',
      'flags',
      'undefined key specification',
      'defined and not on the card',
      'version 2$',
      'version 65537',
    ),
  },
  { line: '| read-only card | UNSUPPORTED_FEATURE', titles: [/^CardCreateContainer is SCARD_E_UNSUPPORTED_FEATURE/, /^CardCreateContainerEx is/] },
  {
    line: '**CardGetContainerInfo(',
    titles: [
      ...rows('CardGetContainerInfo Negative', 'NULL', 'flags', 'version 2$', 'version 257', 'index 24', 'an empty container'),
      /OutOfMem: .*GetContainerInfo.*SCARD_E_NO_MEMORY/,
    ],
  },
  {
    line: '**CardAuthenticatePin(',
    titles: [
      ...rows('CardAuthenticatePin Positive', 'user'),
      ...rows('CardAuthenticatePin Negative', 'pbPin NULL', 'cbPin 0', 'cbPin 1', 'cbPin 9', 'cbPin 65536'),
    ],
  },
  {
    line: '| user id "user" or "admin" |',
    titles: rows('CardAuthenticatePin Negative', 'user name null', 'user name $', 'user name anonymous', 'user name User', 'user name xxx'),
  },
  {
    line: '**CardAuthenticateEx(',
    titles: [
      ...rows('CardAuthenticateEx Positive', 'ROLE_USER'),
      ...rows('CardAuthenticateEx Negative', 'PinId 8', 'an undefined flag', 'pbPinData NULL', 'a wrong length'),
    ],
  },
  { line: '| pbPinData NULL (text) or cbPinData 0 (kit)', titles: rows('CardAuthenticateEx Negative', 'cbPinData 0') },
  {
    line: '**CardDeauthenticateEx(',
    titles: [...rows('CardDeauthenticateEx Positive', 'all roles'), ...rows('CardDeauthenticateEx Negative', 'flags')],
  },
  { line: '**CardGetChallenge(', titles: [/NonRepeatingChallenge: 300 challenges, all new, of whole blocks/] },
  { line: '| not supported | UNSUPPORTED_FEATURE [CK]', titles: rows('CardChangeAuthenticatorEx Negative', 'a way that the card has not') },
  {
    line: '| CardReadFile(dir i opt, file i',
    titles: [
      ...rows('CardReadFile Positive', '/cardid', 'mscp/cmapfile'),
      ...rows('CardReadFile Negative', 'file NULL', 'file empty', 'flags', 'directory missing', 'a file for a directory'),
      ...rows('CardReadFile Negative', 'file missing', 'a directory for a file'),
    ],
  },
  {
    line: '| CardEnumFiles(dir i opt',
    titles: rows('CardEnumFiles Negative', 'flags', 'name too long', 'directory missing', 'an empty directory'),
  },
  {
    line: '| CardGetFileInfo(dir i opt',
    titles: rows('CardGetFileInfo Negative', 'structure NULL', 'file NULL', 'file empty', 'version 2', 'directory missing', 'file missing'),
  },
  { line: 'Kit: fails when names differ only by case', titles: [/FileName: names that differ by case are one/] },
  {
    line: 'Input `pbData` is the hash, natural order',
    titles: [/^CardSignData Positive$/, ...rows('CardSignData Negative', 'pInfo NULL', 'pbData NULL')],
  },
  { line: '| version not 1 or 2 (kit: 65538)', titles: rows('CardSignData Negative', 'version 65538', 'version 0') },
  { line: '| version against flags |', titles: rows('CardSignData Positive', 'version 2 without padding information') },
  {
    line: '| PADDING_INFO_PRESENT clear |',
    titles: rows('CardSignData Negative', 'ALG_ID 0x10000000', 'a real hash that can not be signed'),
  },
  { line: "Kit's positive matrix", titles: [/^MD2$/, /^MD4$/, /^MD5$/, /^SHA1$/, /^SHA256$/, /^SHA384$/, /^SHA512$/] },
  {
    line: '| NULL pCardData / wszProperty / pbData',
    titles: ['CardGetProperty Negative', 'CardGetContainerProperty Negative'].flatMap((kit) =>
      rows(kit, 'name null', 'name $', 'name No Such Property', 'name Free Spac', 'pbData NULL'),
    ),
  },
  {
    line: '| unknown/unsupported property |',
    titles: [...rows('CardSetProperty Negative', 'an unknown property'), ...rows('CardGetContainerProperty Negative', 'name No Such Property')],
  },
  { line: '| buffer too small |', titles: rows('CardGetProperty Negative', 'a buffer too small') },
  {
    line: '| read-only property set (FREE_SPACE',
    titles: rows(
      'CardSetProperty Negative',
      ...['Free Space', 'Capabilities', 'Key Sizes', 'PIN List', 'Authenticated State', 'Key Import Support', 'Algorithms', 'Padding Schemes'].map(
        (name) => `read-only property ${name}`,
      ),
      'read-only property Chaining Modes',
    ),
  },
  {
    line: '| set without the right |',
    titles: [
      ...rows('CardSetProperty Negative', 'Card Identifier without authentication', 'Card Identifier by the user'),
      ...rows('CardSetContainerProperty Negative', 'without authentication'),
    ],
  },
  {
    line: '| container missing |',
    titles: [...rows('CardGetContainerProperty Negative', 'container missing'), ...rows('CardSetContainerProperty Negative', 'container missing')],
  },
];
