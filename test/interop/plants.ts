import type { PivProfileName } from '../../src/simulator/card/index.ts';
import type { CardOrder } from './orders.ts';
import type { Tool } from './table.ts';

/*
 * Cards that are wrong in one way, and the steps that must see it, with what tool or judge says then: a step that fails for another cause has
 * seen nothing.
 */

export interface Plant {
  readonly tool: Tool;
  readonly name: string;
  /** The card that the steps expect. */
  readonly profile: PivProfileName;
  readonly order: Partial<CardOrder>;
  /** True: the steps before run on this card, then on another one; the first comes back, and files are those of the second. */
  readonly stranger?: boolean;
  /** Steps that make what the others use, and pass. */
  readonly after?: readonly string[];
  readonly fails: Readonly<Record<string, RegExp>>;
}

/** Status words instead of answers, by the beginning of a command as hexadecimal: the card never sees it. */
const answering = (sw: string, ...beginnings: readonly string[]): Partial<CardOrder> => ({
  spoiled: Object.fromEntries(beginnings.map((beginning) => [beginning, sw])),
});

/** Everything that writes, but GENERATE and RESET, is answered with success and not done. */
const FORGETS = answering('9000', '00db', '10db', '00fe', '10fe', '00ff', '00fa', '0024', '002c');

const DOES_NOT_VERIFY = /expected false to be true/;
const OTHER_CERTIFICATE = /^expected '-----BEGIN ?CERTIFICATE-----/;
const OTHER_KEY = /^expected '-----BEGIN ?PUBLIC ?KEY-----/;
// A cipher text may also be no number below the other key's modulus.
const NO_PLAIN_TEXT = /CKR_ENCRYPTED_DATA_INVALID|CKR_DATA_INVALID|Decrypt failed|Wrong padding|expected '.*' to be 'what the card signs/s;
const NOT_REFUSED = /was not refused/;
const REQUEST_FAILS = /self-signature verify failure/;
const OTHER_SERIAL = /to contain '[0-9A-F]+/;

const SIGNATURES = Object.fromEntries(
  ['RSA-PKCS', 'SHA256-RSA-PKCS', 'RSA-PSS', 'ECDSA on 9e', 'ECDSA on 9c with context login'].map((name) => [`sign ${name}`, DOES_NOT_VERIFY]),
);

const openSc = { tool: 'OpenSC', profile: 'government' } as const;
const ykcs11 = { tool: 'ykcs11', profile: 'yubikey-5.4' } as const;
const pivTool = { tool: 'yubico-piv-tool', profile: 'yubikey-5.4' } as const;
const ykman = { tool: 'ykman', profile: 'yubikey-5.7' } as const;

const STRANGER = { name: "somebody else's card", order: {}, stranger: true } as const;
const WRONG_SIGNATURES = { name: 'wrong signatures', order: { defects: ['bad-signature'] } } as const;
const CHANGED_CERTIFICATES = { name: 'changed certificates', order: { defects: ['garbled-certificate'] } } as const;
const NO_PUBLIC_KEY = { name: 'no public key from GENERATE', order: { defects: ['empty-generate'] } } as const;

const openScPlants: readonly Plant[] = [
  {
    ...openSc,
    name: 'another make of card',
    order: { profile: 'yubikey-4', image: undefined },
    fails: { 'opensc-tool -a': /expected '3b:f8:13/ },
  },
  {
    ...openSc,
    name: 'no PIV application',
    order: answering('6a82', '00a4'),
    fails: {
      'opensc-tool -n': /Unsupported card/,
      'piv-tool -n': /cannot be handled/,
      'pkcs15-tool --dump': /cannot be handled/,
      'pkcs11-tool -L': /token not recognized/,
      'pkcs11-tool -M': /CKR_TOKEN_NOT_PRESENT/,
    },
  },
  {
    ...openSc,
    ...STRANGER,
    fails: {
      ...SIGNATURES,
      'pkcs15-tool -c': OTHER_SERIAL,
      'pkcs15-tool --list-public-keys': OTHER_KEY,
      'pkcs15-tool --read-certificate': OTHER_CERTIFICATE,
      'pkcs11-tool -O': OTHER_SERIAL,
      'pkcs11-tool --login -O': OTHER_SERIAL,
      'decrypt RSA-PKCS': NO_PLAIN_TEXT,
      'decrypt OAEP': NO_PLAIN_TEXT,
      'pkcs15-crypt --sign': DOES_NOT_VERIFY,
      'pkcs15-crypt --decipher': NO_PLAIN_TEXT,
      'ssh-keygen -D': /^expected 'ssh-rsa .* to contain 'ssh-rsa /,
    },
  },
  {
    ...openSc,
    ...WRONG_SIGNATURES,
    fails: { ...SIGNATURES, 'pkcs15-crypt --sign': DOES_NOT_VERIFY, 'pkcs11-tool --test --login': /ERR: verification failed/ },
  },
  { ...openSc, ...CHANGED_CERTIFICATES, fails: { 'pkcs15-tool --read-certificate': OTHER_CERTIFICATE } },
  {
    ...openSc,
    name: 'any PIN taken',
    order: answering('9000', '0020'),
    fails: { 'pkcs15-tool --verify-pin': NOT_REFUSED, 'pkcs11-tool --login -O': NOT_REFUSED },
  },
  { ...openSc, name: 'keys not made', order: answering('9000', '0047'), fails: { 'piv-tool -G': /to not deeply equal/ } },
  {
    ...openSc,
    name: 'writes forgotten',
    order: answering('9000', '00db', '10db'),
    after: ['piv-tool -G'],
    fails: { 'piv-tool -C': OTHER_CERTIFICATE },
  },
  { ...openSc, name: 'no authentication', order: answering('9000', '0087039b'), fails: { 'piv-tool -A M:9B:03': /admin_mode failed/ } },
  {
    ...openSc,
    profile: 'yubikey-5.7',
    name: 'no AES authentication',
    order: answering('9000', '00870a9b'),
    fails: { 'piv-tool -A M:9B:0A': /admin_mode failed/ },
  },
];

const ykcs11Plants: readonly Plant[] = [
  {
    ...ykcs11,
    name: 'another version',
    order: { profile: 'yubikey-4', image: undefined },
    fails: { '-L': /firmware version +: 4\.37/ },
  },
  { ...ykcs11, ...STRANGER, fails: { '-O': OTHER_SERIAL, '--login -O': OTHER_SERIAL } },
  { ...ykcs11, ...WRONG_SIGNATURES, fails: { '--test --login': /ERR: verification failed/ } },
];

const pivToolPlants: readonly Plant[] = [
  {
    ...pivTool,
    name: 'another version',
    order: { profile: 'yubikey-4' },
    fails: { status: /Version:\t4\.3\.7/, version: /version 4\.3\.7 found/ },
  },
  {
    ...pivTool,
    name: 'writes forgotten',
    order: FORGETS,
    after: ['generate'],
    fails: {
      'set-chuid': /CHUID:\tNo data available/,
      'set-ccc': /CCC:\tNo data available/,
      'import-certificate': /Failed fetching certificate/,
      'import-key': /Failed signing/,
      'change-pin and back': NOT_REFUSED,
      'change-puk': NOT_REFUSED,
      'set-mgm-key': NOT_REFUSED,
      'pin-retries': /PIN tries left:\t3/,
      'block PUK': NOT_REFUSED,
      'unblock-pin': /Pin code blocked/,
    },
  },
  {
    ...pivTool,
    name: 'resets forgotten',
    order: answering('9000', '00fb'),
    after: ['block PIN', 'block PUK'],
    fails: { 'reset refused while the PUK is open': NOT_REFUSED, reset: /PIN tries left:\t0/ },
  },
  { ...pivTool, ...NO_PUBLIC_KEY, fails: { generate: /Public-Key: \(0 bit\)/ } },
  {
    ...pivTool,
    name: 'PINs not counted',
    order: { defects: ['uncounted-pin'] },
    fails: { 'verify-pin': /expected '.*3 tries left/, 'block PIN': NOT_REFUSED },
  },
  {
    ...pivTool,
    ...WRONG_SIGNATURES,
    after: ['generate', 'import-certificate'],
    fails: { sign: DOES_NOT_VERIFY, 'test-signature': /Failed RSA verification/, 'import-key': DOES_NOT_VERIFY },
  },
  { ...pivTool, ...CHANGED_CERTIFICATES, after: ['generate'], fails: { 'import-certificate': OTHER_CERTIFICATE } },
  {
    ...pivTool,
    ...STRANGER,
    after: ['generate', 'import-certificate'],
    fails: {
      sign: DOES_NOT_VERIFY,
      'test-signature': /Failed RSA verification/,
      // The cipher text may be no number below the other key's modulus.
      'test-decipher': /Failed unwrapping PKCS1 envelope|Failed performing|RSA decrypt failed/,
      attest: OTHER_KEY,
    },
  },
];

const NO_MANAGEMENT = /Authentication with management key failed/;

const ykmanPlants: readonly Plant[] = [
  { ...ykman, name: 'another version', order: { profile: 'yubikey-5.4' }, fails: { info: /PIV version: 5\.4\.3/ } },
  { ...ykman, ...NO_PUBLIC_KEY, fails: { 'keys generate': /n must be >= 3/ } },
  {
    ...ykman,
    ...WRONG_SIGNATURES,
    after: ['keys generate', 'certificates generate'],
    fails: {
      request: REQUEST_FAILS,
      export: /certificate signature failure/,
      'import --verify': /not tied to the private key/,
      'key import': REQUEST_FAILS,
    },
  },
  { ...ykman, ...CHANGED_CERTIFICATES, after: ['keys generate'], fails: { 'import --verify': OTHER_CERTIFICATE } },
  { ...ykman, ...STRANGER, after: ['keys generate'], fails: { request: REQUEST_FAILS, attest: OTHER_KEY } },
  {
    ...ykman,
    name: 'writes forgotten',
    order: FORGETS,
    after: ['keys generate'],
    fails: {
      'certificates generate': /expected 'PIV version.* to contain 'Slot 9a/s,
      'key import': /Request generation failed/,
      'objects generate CHUID and CCC': /CHUID:\s+No data available/,
      'objects export': /No data found/,
      'change-pin': NOT_REFUSED,
      'change-puk': NOT_REFUSED,
      'change-management-key to 3DES': NO_MANAGEMENT,
      'to AES-256': NO_MANAGEMENT,
      'to AES-128': NO_MANAGEMENT,
      'PIN-protected': /to match \/protected by PIN\//,
    },
  },
  { ...ykman, name: 'unblocking forgotten', order: answering('9000', '002c'), fails: { 'unblock-pin': /PIN tries remaining: 0/ } },
  // PUT DATA of seven octets, which is an empty object.
  { ...ykman, name: 'deletions forgotten', order: answering('9000', '00db3fff000007'), fails: { 'certificate delete': NOT_REFUSED } },
  {
    ...ykman,
    name: 'AES-192 keys of 9B forgotten',
    order: answering('9000', '00ffffff00001b0a9b18'),
    after: ['to AES-128'],
    fails: { back: NO_MANAGEMENT },
  },
  { ...ykman, name: 'resets forgotten', order: answering('9000', '00fb'), fails: { reset: /PIN tries remaining: 0/ } },
];

export const plants: readonly Plant[] = [...openScPlants, ...ykcs11Plants, ...pivToolPlants, ...ykmanPlants];
