import { ChannelError } from '../../channel/errors.ts';
import { CardEdgeError, type CardEdgeReason } from '../../minidriver/index.ts';
import { CardError } from '../../piv/errors.ts';
import { type PublicKey, samePublicKey } from '../../crypto/public-key.ts';
import type { CertificateSummary, PlaceSummary } from '../card-summary.ts';
import type { ProblemCardState } from '../problem.ts';
import type { CardBalance } from './state.ts';

/** Refusals that come before the command that changes the card. */
const NOT_BEGUN: ReadonlySet<CardEdgeReason> = new Set([
  'no-management-key',
  'management-key-refused',
  'no-challenge',
  'no-such-container',
  'too-large',
  'bad-parameter',
]);

/** The error and its causes from the top down. */
function* causes(error: unknown): Generator {
  for (let at: unknown = error, depth = 0; at !== undefined && at !== null && depth < 8; depth++) {
    yield at;
    at = at instanceof Error ? at.cause : undefined;
  }
}

/** True when a command of the failed step may have reached the card without an answer that tells what it did. */
export function outcomeUnknown(error: unknown): boolean {
  for (const each of causes(error)) if (each instanceof ChannelError) return each.outcome === 'unknown';
  return false;
}

/** Status words that say that nothing was done: memory unchanged (64xx), security (66xx), checking errors (67xx to 6Exx) (ISO 7816-4, 5.6). */
const saysNotDone = (sw: number): boolean => [0x64, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e].includes(sw >>> 8);

/** True when the card or the reader says that no key was made. Taken at its word only where the card can't be looked at again. */
function saidNotDone(error: unknown): boolean {
  for (const each of causes(error)) {
    if (each instanceof ChannelError) return each.outcome === 'not-sent';
    if (each instanceof CardError) return each.sw !== undefined && saysNotDone(each.sw);
  }
  return false;
}

/** True when the step failed before its first command that changes anything. */
function notBegun(error: unknown): boolean {
  for (const each of causes(error)) if (each instanceof CardEdgeError) return NOT_BEGUN.has(each.reason);
  return false;
}

/** Keeps account of what an enrollment changed on the card; never says more than is known. */
export class Ledger {
  #place: PlaceSummary | undefined;
  #key: CardBalance['key'] = 'unchanged';
  #certificate: CardBalance['certificate'] = 'unchanged';
  #lost: CertificateSummary | undefined;
  #resumable = false;
  #administered = false;
  /** True while a PIN is with the card. */
  #pinOut = false;
  #provisioning = false;
  /** What stood in the place before the step that was begun last. */
  #keyBefore: PublicKey | undefined;
  /** True when the card itself said that the step of unknown outcome did nothing. */
  #presumed = false;
  #certificateBefore: CardBalance['certificate'] = 'unchanged';
  /** SHA-256 of the certificate that is being written, hexadecimal. */
  #writing: string | undefined;

  /** A new enrollment in this place; what an earlier one changed is its own story. */
  open(place: PlaceSummary): void {
    this.reset();
    this.#place = place;
    this.#resumable = place.hasKey && place.keyType !== undefined;
  }

  /** Nothing was begun. */
  reset(): void {
    this.#place = this.#lost = this.#keyBefore = this.#writing = undefined;
    this.#key = 'unchanged';
    this.#certificate = 'unchanged';
    this.#resumable = this.#administered = this.#pinOut = this.#provisioning = this.#presumed = false;
  }

  get changed(): boolean {
    return this.#key !== 'unchanged' || this.#certificate !== 'unchanged';
  }

  /** True when the key in the place was made by this enrollment. */
  get keyReplaced(): boolean {
    return this.#key === 'replaced';
  }

  /** The administration key is proven, or may be: commands that change the card can follow. */
  administered(): void {
    this.#administered = true;
  }

  /** A new transaction: nothing is proven any more. */
  restarted(): void {
    this.#administered = false;
  }

  /** Runs `present`, which gives a PIN to the card. */
  async pin<T>(present: () => Promise<T>): Promise<T> {
    this.#pinOut = true;
    const result = await present();
    this.#pinOut = false;
    return result;
  }

  /** The card has judged the PIN: it was counted, and by how much is known. */
  pinAnswered(): void {
    this.#pinOut = false;
  }

  async provision<T>(write: () => Promise<T>): Promise<T> {
    this.#provisioning = true;
    const result = await write();
    this.#provisioning = false;
    return result;
  }

  /** Runs `make`, which replaces the key `before` of the place. */
  async makeKey<T>(before: PublicKey | undefined, make: () => Promise<T>): Promise<T> {
    this.#keyBefore = before;
    this.#certificateBefore = this.#certificate;
    this.#key = 'unknown';
    this.#certificate = this.#hasCertificate ? 'unknown' : this.#certificateBefore;
    try {
      const made = await make();
      this.#replaced();
      return made;
    } catch (error) {
      if (!this.#administered || notBegun(error)) this.#untouched();
      else {
        this.#resumable = false;
        this.#presumed = saidNotDone(error);
      }
      throw error;
    }
  }

  #replaced(): void {
    this.#key = 'replaced';
    this.#certificate = this.#hasCertificate ? 'stale' : 'unchanged';
    this.#lost = this.#place?.certificate;
    this.#resumable = false;
  }

  #untouched(): void {
    this.#key = 'unchanged';
    this.#certificate = this.#certificateBefore;
    this.#resumable = this.#place?.hasKey === true && this.#place.keyType !== undefined;
  }

  /** The place after the key was made. A card that tells its public keys lets the request be made again. */
  keyMade(place: PlaceSummary, tellsKeys: boolean): void {
    this.#place = place;
    this.#resumable = tellsKeys && place.keyType !== undefined;
  }

  /** Runs `write`, which replaces the certificate of the place by the one with this fingerprint. */
  async writeCertificate(fingerprintSha256: string, write: () => Promise<void>): Promise<void> {
    const before = this.#certificate;
    this.#certificateBefore = before;
    this.#writing = fingerprintSha256;
    this.#certificate = 'unknown';
    try {
      await write();
      this.#certificate = 'replaced';
    } catch (error) {
      // Writing takes several commands: one that was refused or not sent may have had others before it.
      if (!this.#administered || notBegun(error)) this.#certificate = before;
      throw error;
    }
  }

  certificateWritten(place: PlaceSummary): void {
    this.#place = place;
  }

  /** The place whose state is not known; undefined when all is known. */
  get inDoubt(): PlaceSummary | undefined {
    return this.#key === 'unknown' || this.#certificate === 'unknown' ? this.#place : undefined;
  }

  /** What was found when the place was looked at again after a step of unknown outcome. */
  settle(found: PlaceSummary, publicKey: PublicKey | undefined, tellsKeys: boolean): void {
    if (this.#key === 'unknown' && tellsKeys) {
      const before = this.#keyBefore;
      if (publicKey === undefined ? !found.hasKey && this.#place?.hasKey !== true : before !== undefined && samePublicKey(before, publicKey))
        this.#untouched();
      else if (publicKey !== undefined && (before !== undefined || this.#place?.hasKey !== true)) {
        this.#replaced();
        this.keyMade(found, tellsKeys);
      }
    }
    if (this.#certificate !== 'unknown' || this.#key === 'unknown') return;
    const stored = found.certificate?.fingerprintSha256;
    if (stored !== undefined && stored === this.#writing) {
      this.#certificate = 'replaced';
      this.#place = found;
    } else if (stored === this.#place?.certificate?.fingerprintSha256 && found.hasCertificate === this.#hasCertificate)
      this.#certificate = this.#certificateBefore;
  }

  /** Nothing more can be found out: what the card said is believed. */
  conclude(): void {
    if (this.#key === 'unknown' && this.#presumed) this.#untouched();
    this.#presumed = false;
  }

  balance(): CardBalance {
    return {
      key: this.#key,
      certificate: this.#certificate,
      resumable: this.#resumable,
      ...(this.#place === undefined ? {} : { place: this.#place }),
      ...(this.#lost === undefined ? {} : { lostCertificate: this.#lost }),
    };
  }

  /** The card's state after `error` in one key; undefined where the error itself says it best. */
  cardState(error: unknown): ProblemCardState | undefined {
    if (this.#pinOut && outcomeUnknown(error)) return 'pin-count-unknown';
    if (this.#certificate === 'replaced') return 'enrolled';
    if (this.#key === 'unknown') return 'key-unknown';
    if (this.#certificate === 'unknown') return 'certificate-unknown';
    if (this.#key === 'replaced') return this.#certificate === 'stale' ? 'key-replaced-certificate-stale' : 'key-made-certificate-missing';
    // What was cut has changed nothing, unless it was the card's identity that was being written.
    return outcomeUnknown(error) && !(this.#provisioning && this.#administered) && !this.#pinOut ? 'unchanged' : undefined;
  }

  get #hasCertificate(): boolean {
    return this.#place?.hasCertificate === true;
  }
}
