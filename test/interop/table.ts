import { type PivProfileName, pivProfiles } from '../../src/simulator/card/index.ts';

/*
 * What each card tool does on each simulated card: the tests beside this file run from these rows, works and refusals alike. Every step runs
 * on every profile, `--test --login` too: without the delay of acknowledgements (lab.ts) a command takes a few milliseconds, and no step is
 * long.
 */

export type Tool = 'OpenSC' | 'ykcs11' | 'yubico-piv-tool' | 'ykman';

/** Why a step cannot be done, and what the tool, or the judge of its output, says then. */
export interface Refused {
  readonly refused: string;
  readonly says: RegExp;
}

export type Cell = 'works' | Refused;

export interface Row {
  readonly tool: Tool;
  readonly step: string;
  /** The item of the list of runs that a good PIV card passes, in its words; undefined for a step beyond that list. */
  readonly item: string | undefined;
  readonly cells: Readonly<Record<PivProfileName, Cell>>;
}

export const profiles = Object.keys(pivProfiles) as PivProfileName[];

type Cells = Readonly<Partial<Record<PivProfileName, Cell>>>;

function plain(refused: string, says: RegExp): Cells {
  return { nist: { refused, says }, government: { refused, says } };
}

const NO_VERSION = "the tool gives up on a card that does not answer Yubico's GET VERSION";

/** What holds for all steps of a tool. */
const TOOLS: Readonly<Record<Tool, Cells>> = {
  OpenSC: {},
  ykcs11: plain(NO_VERSION, /\(empty\)|No slot with a token was found/),
  'yubico-piv-tool': plain(NO_VERSION, /Failed to connect to yubikey/),
  ykman: {
    ...plain(NO_VERSION, /not enabled or not available on this YubiKey/),
    'look-alike': { refused: 'from version 4.0 on the tool sends extended APDUs, and this card takes none', says: /SW=0x6700/ },
  },
};

function rows(tool: Tool, ...list: readonly (readonly [step: string, cells?: Cells, item?: string | null])[]): readonly Row[] {
  return list.map(([step, cells = {}, item = step]) => {
    const all = Object.fromEntries(profiles.map((name) => [name, cells[name] ?? TOOLS[tool][name] ?? 'works']));
    return { tool, step, item: item ?? undefined, cells: all as Record<PivProfileName, Cell> };
  });
}

const AES_KEY: Cell = { refused: "the card's management key is AES-192", says: /admin_mode failed/ };
const DES_KEY: Cell = { refused: "the card's management key is 3DES", says: /admin_mode failed/ };
const ECDSA = 'ECDSA on 9e and on 9c with context login';
const DECRYPT = 'decrypt RSA-PKCS and OAEP';

const openSc = rows(
  'OpenSC',
  ['opensc-tool -a'],
  ['opensc-tool -n', {}, '-n'],
  ['piv-tool -n'],
  ['piv-tool -A M:9B:03', { 'yubikey-5.7': AES_KEY }, '-A M:9B:03'],
  ['piv-tool -A M:9B:0A', { nist: DES_KEY, government: DES_KEY, 'look-alike': DES_KEY, 'yubikey-4': DES_KEY, 'yubikey-5.4': DES_KEY }, null],
  ['pkcs15-tool --dump'],
  ['pkcs15-tool -c', {}, '-c'],
  ['pkcs15-tool --list-public-keys', {}, '--list-public-keys'],
  ['pkcs15-tool --read-certificate', {}, '--read-certificate'],
  ['pkcs15-tool --verify-pin', {}, '--verify-pin'],
  ['pkcs11-tool -L'],
  ['pkcs11-tool -O', {}, '-O'],
  ['pkcs11-tool -M', {}, '-M'],
  ['pkcs11-tool --login -O', {}, '--login -O'],
  ['sign RSA-PKCS'],
  ['sign SHA256-RSA-PKCS', {}, 'SHA256-RSA-PKCS'],
  ['sign RSA-PSS', {}, 'RSA-PSS'],
  ['sign ECDSA on 9e', {}, ECDSA],
  ['sign ECDSA on 9c with context login', {}, ECDSA],
  ['decrypt RSA-PKCS', {}, DECRYPT],
  ['decrypt OAEP', {}, DECRYPT],
  [
    'pkcs11-tool --test --login',
    {
      'yubikey-5.7': {
        refused: 'for random numbers OpenSC asks 9B for a 3DES challenge, which a card with an AES management key does not give; all else passes',
        says: /^1 errors$[\s\S]*ERR: C_GenerateRandom failed: CKR_FUNCTION_NOT_SUPPORTED/m,
      },
    },
    '--test --login ("No errors")',
  ],
  ['pkcs15-crypt --sign', {}, 'pkcs15-crypt'],
  ['pkcs15-crypt --decipher', {}, 'pkcs15-crypt'],
  ['ssh-keygen -D'],
  // The tool fails with OpenSSL 3 after the card has made the key, and gives a length as exit code when it has written a certificate.
  ['piv-tool -G', {}, null],
  ['piv-tool -C', {}, null],
);

const ykcs11 = rows('ykcs11', ['-L'], ['-O'], ['--login -O'], ['--test --login', {}, '--test --login ("No errors")']);

const noCommand = (command: string, says: RegExp): Cells => ({ 'look-alike': { refused: `the card has no command to ${command}`, says } });

const yubicoPivTool = rows(
  'yubico-piv-tool',
  ['status'],
  ['version'],
  ['set-chuid'],
  ['set-ccc'],
  ['generate'],
  ['verify-pin', {}, 'verify-pin (wrong: counter; right)'],
  ['change-pin and back'],
  ['change-puk'],
  ['unblock-pin'],
  ['import-key', {}, 'import-key (RSA-2048, P-256, P-384; pin-policy)'],
  ['import-certificate'],
  ['sign', {}, 'sign (checked with OpenSSL)'],
  ['test-signature'],
  ['test-decipher'],
  ['attest', noCommand('attest', /Failed to attest/), 'attest (refused for an imported key)'],
  // The tool knows 3DES alone, so the 5.7 card, which comes with an AES key, is ordered with a 3DES one.
  ['set-mgm-key', {}, 'set-mgm-key 3DES and old key then refused'],
  ['pin-retries', noCommand('set the numbers of tries', /Failed changing pin retries/)],
  ['block PIN'],
  ['reset refused while the PUK is open'],
  ['block PUK'],
  ['reset', noCommand('reset', /Reset failed/)],
);

const OLD: Cells = { 'yubikey-4': { refused: 'the firmware has no AES', says: /requires YubiKey 5\.4\.0/ } };

const ykman = rows(
  'ykman',
  ['info'],
  ['keys generate', {}, 'per slot 9a 9c 9d 9e: keys generate'],
  ['certificates generate'],
  ['request'],
  ['export'],
  ['import --verify'],
  ['key import'],
  ['certificate delete'],
  ['objects generate CHUID and CCC'],
  ['objects export', {}, 'export'],
  ['change-pin'],
  ['change-puk'],
  ['unblock-pin'],
  ['change-management-key to 3DES'],
  ['to AES-256', OLD, 'AES-256'],
  ['to AES-128', OLD, null],
  ['back'],
  ['PIN-protected'],
  ['attest'],
  ['reset'],
);

export const table: readonly Row[] = [...openSc, ...ykcs11, ...yubicoPivTool, ...ykman];
