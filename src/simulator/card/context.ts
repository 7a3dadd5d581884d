import type { Bytes } from '../../codec/bytes.ts';
import type { Clock } from '../../codec/clock.ts';
import type { RandomSource } from '../../codec/random.ts';
import type { CommandApdu } from './apdu.ts';
import type { CardMemory } from './memory.ts';
import type { PivProfile } from './profiles.ts';
import type { GenerateRsa, RsaEngine } from './rsa-engine.ts';

/**
 * Faults of a card, for tests that must catch them: a signature with one bit turned, a GENERATE answer without the key, a stored
 * certificate read back with one bit turned, wrong PINs that are not counted, any PIN accepted, an empty VERIFY that counts a try; metadata that
 * are refused for some keys, name an unknown algorithm for others and are cut off for the PIN; a version of two octets; an attestation
 * certificate whose lengths are not the shortest; no key pair made in slot 95; no management key but a 3DES one taken.
 */
export type CardDefect =
  | 'bad-signature'
  | 'empty-generate'
  | 'garbled-certificate'
  | 'uncounted-pin'
  | 'counting-empty-verify'
  | 'metadata-by-halves'
  | 'odd-version'
  | 'odd-attestation'
  | 'slot-95-not-generable'
  | 'management-3des-only';

/** A fingerprint reader on the card. */
export interface SimulatedFingerprint {
  readonly enrolled: boolean;
  /** Whether the finger that is laid on is an enrolled one. */
  finger(): boolean | Promise<boolean>;
}

/** What is gone when power is cut or the card is reset. */
export interface Session {
  pinVerified: boolean;
  /** Of the Global PIN, which belongs to the whole card. */
  globalPinVerified: boolean;
  /** A PIN-always key may be used: set by VERIFY, taken away as the profile says. */
  pinFresh: boolean;
  adminAuthenticated: boolean;
  /** What the second step of an authentication with 9B must bring. */
  pending: { readonly kind: 'external' | 'mutual'; readonly expected: Bytes } | undefined;
  touchedAtMs: number | undefined;
  /** An enrolled finger was shown; fresh until a key that wants one for each use is used. */
  fingerVerified: boolean;
  fingerFresh: boolean;
  temporaryPin: Bytes | undefined;
}

export function newSession(): Session {
  return {
    pinVerified: false,
    globalPinVerified: false,
    pinFresh: false,
    adminAuthenticated: false,
    pending: undefined,
    touchedAtMs: undefined,
    fingerVerified: false,
    fingerFresh: false,
    temporaryPin: undefined,
  };
}

/** What a command works on. */
export interface CardContext {
  readonly profile: PivProfile;
  readonly memory: CardMemory;
  readonly session: Session;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly engine: RsaEngine;
  readonly generateRsa: GenerateRsa;
  /** How long the simulated finger takes to touch, in milliseconds. */
  readonly touchWaitMs: number;
  readonly defects: ReadonlySet<CardDefect>;
  /** Undefined on a card without fingerprint reader. */
  readonly fingerprint: SimulatedFingerprint | undefined;
  /** True until power or reset ended the session in which the command began: after each wait, before each write. */
  alive(): boolean;
  /** Tells that the non-volatile memory has changed. */
  commit(): void;
}

/** One command's work: answers the data for 9000. @throws Refusal for every other status word */
export type CommandHandler = (card: CardContext, command: CommandApdu) => Bytes | Promise<Bytes>;
