/*
 * What a card can do and where it deviates, as rows with version intervals. The version is the answer to Yubico's GET VERSION (INS FD);
 * a card that does not answer it is a plain PIV card. Sources: Yubico's PIV documentation and yubikit (fact sheet, sections 7 and 9).
 */

export type Version = readonly [major: number, minor: number, patch: number];

/** Half-open: from <= version < to. */
interface Interval {
  readonly from?: Version;
  readonly to?: Version;
}

export type Feature =
  | 'metadata'
  | 'serial'
  | 'attestation'
  | 'import-key'
  | 'move-key'
  | 'pin-policy'
  | 'set-management-key'
  | 'management-aes'
  | 'p384'
  | 'rsa-generation'
  | 'rsa-3072-4096'
  | 'container-map'
  | 'touch-cached'
  | 'curve25519'
  | 'set-retries'
  | 'reset';

const FEATURES: readonly ({ readonly feature: Feature } & Interval)[] = [
  { feature: 'metadata', from: [5, 3, 0] },
  { feature: 'serial', from: [5, 0, 3] },
  { feature: 'attestation', from: [4, 3, 0] },
  { feature: 'import-key' },
  { feature: 'move-key', from: [5, 7, 0] },
  { feature: 'pin-policy', from: [4, 0, 0] },
  { feature: 'set-management-key' },
  { feature: 'management-aes', from: [5, 4, 2] },
  { feature: 'p384', from: [4, 0, 0] },
  // Firmware 4.2.0 to 4.3.4 makes weak RSA keys (CVE-2017-15361): generation is refused on the host.
  { feature: 'rsa-generation', to: [4, 2, 0] },
  { feature: 'rsa-generation', from: [4, 3, 5] },
  { feature: 'rsa-3072-4096', from: [5, 7, 0] },
  { feature: 'container-map' },
  { feature: 'touch-cached', from: [4, 3, 0] },
  { feature: 'curve25519', from: [5, 7, 0] },
  { feature: 'set-retries' },
  { feature: 'reset' },
];

export type Quirk =
  /** The empty VERIFY never answers 9000, so it tells tries but not whether the PIN is verified. */
  | 'empty-verify-hides-state'
  /** The empty VERIFY costs a try or answers nonsense: never sent. */
  | 'empty-verify-unreliable'
  /** Tries left come as 63 XX with the whole second byte. */
  | 'retries-63xx'
  /** A PIN counts in Unicode code points, a PUK takes 00..7F only. */
  | 'pin-counts-code-points'
  /** Smaller objects than later firmware. */
  | 'small-objects';

const QUIRKS: readonly ({
  readonly quirk: Quirk;
  /** ASCII found in the historical bytes, any case. */ readonly historical?: string;
  readonly plain?: true;
} & Interval)[] = [
  { quirk: 'empty-verify-hides-state', to: [4, 3, 2] },
  { quirk: 'retries-63xx', to: [1, 0, 5] },
  { quirk: 'small-objects', to: [4, 0, 0] },
  { quirk: 'pin-counts-code-points', from: [5, 7, 0] },
  { quirk: 'empty-verify-unreliable', historical: 'PIVKEY', plain: true },
];

/** The features and quirks of one card. */
export interface Profile {
  /** Undefined on a plain PIV card. */
  readonly version: Version | undefined;
  readonly features: ReadonlySet<Feature>;
  readonly quirks: ReadonlySet<Quirk>;
  /** Bytes of PIN that make sense, before padding. */
  readonly pinDigitsOnly: boolean;
  readonly pukMinBytes: number;
  /** Largest content of one data object (inside 53), in bytes; undefined = the capacity of the standard's table. */
  readonly maxObjectBytes: number | undefined;
  /** Name for a person. */
  readonly cardName: string;
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

function inside(version: Version, row: Interval): boolean {
  return (row.from === undefined || compare(version, row.from) >= 0) && (row.to === undefined || compare(version, row.to) < 0);
}

/** Printable ASCII of the ATR, where brands leave their name. */
function asciiOf(atr: Uint8Array): string {
  return String.fromCharCode(...Array.from(atr, (octet) => (octet >= 0x20 && octet < 0x7f ? octet : 0x2e)));
}

/**
 * The rows that apply. `label` is the application label of the SELECT answer (tag 50): other makers answer GET VERSION with a Yubico
 * number, so the name comes from the label or the ATR and never from the version alone.
 */
export function profileOf(version: Version | undefined, atr: Uint8Array, label?: string): Profile {
  const historical = asciiOf(atr).toUpperCase();
  const plain = version === undefined;
  const features = new Set(plain ? [] : FEATURES.filter((row) => inside(version, row)).map((row) => row.feature));
  const quirks = new Set(
    QUIRKS.filter(
      (row) =>
        (plain ? row.plain === true : row.plain !== true && inside(version, row)) &&
        (row.historical === undefined || historical.includes(row.historical)),
    ).map((row) => row.quirk),
  );
  const number = version?.join('.') ?? '';
  const brand = historical.includes('YUBIKEY') ? 'YubiKey' : undefined;
  const named = label !== undefined && /^[\x20-\x7e]{1,40}$/.test(label) ? label : undefined;
  return {
    version,
    features,
    quirks,
    pinDigitsOnly: plain,
    pukMinBytes: plain ? 8 : 6,
    maxObjectBytes: plain ? undefined : quirks.has('small-objects') ? 2039 : 3052,
    cardName: brand !== undefined && !plain ? `${brand} ${number} (PIV)` : (named ?? (plain ? 'PIV card' : `PIV card ${number}`)),
  };
}
