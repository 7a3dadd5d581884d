import { type Bytes, concat, copy } from '../../codec/bytes.ts';
import { fromHex } from '../../codec/hex.ts';
import { writeTlv } from '../../codec/tlv.ts';
import { ALG } from './algorithms.ts';

/** Which card is simulated. */
export type PivProfileName = 'nist' | 'government' | 'look-alike' | 'yubikey-4' | 'yubikey-5.4' | 'yubikey-5.7';

/** Yubico's commands beyond the standard, by what a firmware has. */
export type VendorCommand = 'version' | 'serial' | 'metadata' | 'attest' | 'set-retries' | 'reset' | 'import' | 'set-management-key' | 'move';

/** Everything in which the simulated cards differ; the card's code asks these rows and never the profile's name. */
export interface PivProfile {
  readonly name: PivProfileName;
  readonly atr: Bytes;
  readonly extendedLength: boolean;
  /** Answer to SELECT, the application property template (SP 800-73-4 part 2, 3.1.1). */
  readonly propertyTemplate: Bytes;
  /** Shortest application identifier that selects by its beginning, in bytes. */
  readonly shortestAid: number;
  /** Other applications that SELECT finds; choosing one ends PIV's security state. */
  readonly otherAids: readonly Bytes[];
  /** Firmware as INS FD tells it; empty where there is none. */
  readonly firmware: Bytes;
  readonly vendorCommands: readonly VendorCommand[];
  readonly keyAlgorithms: readonly number[];
  readonly managementAlgorithms: readonly number[];
  readonly managementAlgorithm: number;
  /** Largest value inside tag 53 by object tag, in bytes; undefined = no such object. */
  objectLimit(tag: number): number | undefined;
  /** Sum of all object values, in bytes. */
  readonly memoryBytes: number;
  /** Largest reassembled command data, in bytes. */
  readonly commandBytes: number;
  /** Objects that need the PIN. */
  readonly pinObjects: readonly number[];
  /** True when a PIN-protected object that is absent answers 6A82 even without the PIN. */
  readonly emptyProtectedTellsAbsent: boolean;
  /** PIN and PUK rules: `digits` by the standard, `utf8` by newer firmware, `any` by older. */
  readonly pinRule: 'digits' | 'utf8' | 'any';
  readonly retries: number;
  /** How long a verification serves a PIN-always key: only the very next command, or one use. */
  readonly pinAlways: 'next-command' | 'one-use';
  /** True when CHANGE REFERENCE DATA leaves the PIN verified. */
  readonly changeVerifies: boolean;
  /** True when ECDH is only done in 9D and the retired slots (SP 800-73-4 part 2, 3.2.4). */
  readonly strictKeyUse: boolean;
  /** PIN usage policy in the discovery object; undefined = the card has no such object. */
  readonly discovery: readonly [number, number] | undefined;
  /** Slots that hold keys at all besides the four of the standard: retired ones from 82 up to this reference. */
  readonly lastRetired: number;
  /** What is kept back where the card is read without contacts: what the standard says, or nothing. */
  readonly contactsFor: 'standard' | 'nothing';
  /** Whether CHUID and CCC are on the card from the beginning. */
  readonly issued: boolean;
}

const AID = fromHex('a000000308000010000100');

/** Containers and their least capacity, in bytes (SP 800-73-4 part 1, table 7); retired certificates are added below. */
const CONTAINERS: Readonly<Record<number, number>> = {
  0x5fc107: 170,
  0x5fc102: 2881,
  0x5fc105: 1857,
  0x5fc103: 4006,
  0x5fc106: 1336,
  0x5fc108: 12710,
  0x5fc101: 1857,
  0x5fc10a: 1857,
  0x5fc10b: 1857,
  0x5fc109: 245,
  0x7e: 19,
  0x5fc10c: 128,
  0x5fc121: 7106,
  0x7f61: 65,
  0x5fc122: 2471,
  0x5fc123: 12,
};

/** Tags and lengths of the fields inside, which the capacities of the standard leave out. */
const FIELD_HEADS = 64;

function nistObjectLimit(tag: number): number | undefined {
  const capacity = tag >= 0x5fc10d && tag <= 0x5fc120 ? 1895 : CONTAINERS[tag];
  return capacity === undefined ? undefined : capacity + FIELD_HEADS;
}

/** Any tag of three octets 5Fxxxx and the two short ones, about 3 kB each. */
function yubicoObjectLimit(tag: number): number | undefined {
  return tag === 0x7e || tag === 0x7f61 || tag >> 16 === 0x5f ? 3052 : undefined;
}

/** T=1 only, IFSC 254; historical bytes: card capabilities without extended length, pre-issuing data "PIV". */
function plainAtr(extendedLength: boolean): Bytes {
  const body = fromHex(`89 81 31 fe 45 80 73c021${extendedLength ? 'c0' : '80'} 63504956`);
  const check = body.reduce((sum, octet) => sum ^ octet, 0);
  return concat(Uint8Array.of(0x3b), body, Uint8Array.of(check));
}

const NIST_TEMPLATE = writeTlv(
  0x61,
  writeTlv(0x4f, AID),
  writeTlv(0x79, writeTlv(0x4f, AID.subarray(0, 5))),
  writeTlv(0x50, new TextEncoder().encode('Simulated PIV card')),
  writeTlv(0xac, fromHex('800107 800105 800111 800114 060100')),
);

const nist: PivProfile = {
  name: 'nist',
  atr: plainAtr(false),
  extendedLength: false,
  propertyTemplate: NIST_TEMPLATE,
  shortestAid: 9,
  otherAids: [fromHex('a000000151000000')],
  firmware: fromHex(''),
  vendorCommands: [],
  keyAlgorithms: [ALG.rsa2048, ALG.rsa3072, ALG.p256, ALG.p384],
  managementAlgorithms: [ALG.tripleDes, ALG.aes128, ALG.aes192, ALG.aes256],
  managementAlgorithm: ALG.tripleDes,
  objectLimit: nistObjectLimit,
  memoryBytes: 80_000,
  commandBytes: 16_384,
  pinObjects: [0x5fc103, 0x5fc108, 0x5fc109, 0x5fc121, 0x5fc123],
  emptyProtectedTellsAbsent: false,
  pinRule: 'digits',
  retries: 5,
  pinAlways: 'next-command',
  changeVerifies: true,
  strictKeyUse: true,
  discovery: [0x40, 0x00],
  lastRetired: 0x95,
  contactsFor: 'standard',
  issued: true,
};

const yubikey57: PivProfile = {
  name: 'yubikey-5.7',
  atr: fromHex('3bfd1300008131fe158073c021c057597562694b657940'),
  extendedLength: true,
  propertyTemplate: fromHex('61114f0600001000010079074f05a000000308'),
  shortestAid: 5,
  otherAids: [fromHex('a000000151000000')],
  firmware: Uint8Array.of(5, 7, 1),
  vendorCommands: ['version', 'serial', 'metadata', 'attest', 'set-retries', 'reset', 'import', 'set-management-key', 'move'],
  keyAlgorithms: [ALG.rsa2048, ALG.rsa3072, ALG.rsa4096, ALG.p256, ALG.p384, ALG.ed25519, ALG.x25519],
  managementAlgorithms: [ALG.tripleDes, ALG.aes128, ALG.aes192, ALG.aes256],
  managementAlgorithm: ALG.aes192,
  objectLimit: yubicoObjectLimit,
  memoryBytes: 51_200,
  commandBytes: 3_072,
  pinObjects: [0x5fc103, 0x5fc108, 0x5fc109, 0x5fc121],
  emptyProtectedTellsAbsent: true,
  pinRule: 'utf8',
  retries: 3,
  pinAlways: 'one-use',
  changeVerifies: false,
  strictKeyUse: false,
  discovery: [0x40, 0x00],
  lastRetired: 0x95,
  contactsFor: 'nothing',
  issued: false,
};

const yubikey54: PivProfile = {
  ...yubikey57,
  name: 'yubikey-5.4',
  firmware: Uint8Array.of(5, 4, 3),
  vendorCommands: yubikey57.vendorCommands.filter((command) => command !== 'move'),
  keyAlgorithms: [ALG.rsa2048, ALG.p256, ALG.p384],
  managementAlgorithm: ALG.tripleDes,
  pinRule: 'any',
};

/**
 * Before metadata, serial number and AES management keys; attestation is there. It takes extended length, which its answer to reset does not
 * tell: Yubico's ykman sends nothing else from version 4.0 on.
 */
const yubikey4: PivProfile = {
  ...yubikey54,
  name: 'yubikey-4',
  atr: fromHex('3bf81300008131fe15597562696b657934d4'),
  firmware: Uint8Array.of(4, 3, 7),
  vendorCommands: ['version', 'attest', 'set-retries', 'reset', 'import', 'set-management-key'],
  managementAlgorithms: [ALG.tripleDes],
  discovery: undefined,
};

/**
 * A plain government card: nothing but the standard, and not all of that. RSA-2048 and P-256 alone, two retired slots, six tries, upper
 * retired objects refused with 6A81.
 */
const government: PivProfile = {
  ...nist,
  name: 'government',
  propertyTemplate: writeTlv(0x61, writeTlv(0x4f, AID), writeTlv(0x79, writeTlv(0x4f, AID.subarray(0, 5)))),
  keyAlgorithms: [ALG.rsa2048, ALG.p256],
  managementAlgorithms: [ALG.tripleDes],
  objectLimit: (tag) => (tag >= 0x5fc10f && tag <= 0x5fc120 ? undefined : nistObjectLimit(tag)),
  retries: 6,
  discovery: [0x40, 0x10],
  lastRetired: 0x83,
};

/** A card of another maker that answers GET VERSION with a Yubico number and has few of the commands that the number promises. */
const lookAlike: PivProfile = {
  ...yubikey54,
  name: 'look-alike',
  atr: plainAtr(false),
  extendedLength: false,
  propertyTemplate: writeTlv(
    0x61,
    writeTlv(0x4f, AID),
    writeTlv(0x79, writeTlv(0x4f, AID.subarray(0, 5))),
    writeTlv(0x50, new TextEncoder().encode('PIV look-alike')),
  ),
  firmware: Uint8Array.of(5, 4, 0),
  vendorCommands: ['version', 'import', 'set-management-key'],
  managementAlgorithms: [ALG.tripleDes],
  retries: 5,
  discovery: undefined,
};

/** The profiles by name. */
export const pivProfiles: Readonly<Record<PivProfileName, PivProfile>> = {
  nist,
  government,
  'look-alike': lookAlike,
  'yubikey-4': yubikey4,
  'yubikey-5.4': yubikey54,
  'yubikey-5.7': yubikey57,
};

/** Card capabilities in compact TLV (ISO/IEC 7816-4, 12.1.2.2): 73, two octets, and in the third the bit that says extended length. */
const CAPABILITIES = [0x73, 0xc0, 0x21];
const EXTENDED_LENGTH = 0x40;

/** The answer to reset with the bit turned, and its check octet with it; as it is where the card tells no capabilities. */
function tellingExtendedLength(atr: Bytes): Bytes {
  const out = copy(atr);
  const at = out.findIndex((_, i) => CAPABILITIES.every((octet, k) => out[i + k] === octet)) + CAPABILITIES.length;
  if (at < CAPABILITIES.length) return out;
  for (const turned of [at, out.length - 1]) out[turned] = (out[turned] ?? 0) ^ EXTENDED_LENGTH;
  return out;
}

/** A profile with or without extended length: buffer and answer to reset change together. */
export function withExtendedLength(profile: PivProfile, extendedLength: boolean): PivProfile {
  if (profile.extendedLength === extendedLength) return profile;
  return { ...profile, extendedLength, atr: tellingExtendedLength(profile.atr) };
}

/** Full application identifier (SP 800-73-4 part 1, 2.2). */
export const PIV_AID: Bytes = AID;
