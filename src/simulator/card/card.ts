import { type Bytes, concat, copy, EMPTY } from '../../codec/bytes.ts';
import { type Clock, systemClock } from '../../codec/clock.ts';
import { CodecError } from '../../codec/errors.ts';
import { type RandomSource, systemRandom } from '../../codec/random.ts';
import { writeTlv } from '../../codec/tlv.ts';
import type { PersistentCard } from '../smart-card.ts';
import { cipherLengths } from './algorithms.ts';
import { type CommandApdu, parseCommand, Refusal, refuse, response, SW } from './apdu.ts';
import { generalAuthenticate } from './authenticate.ts';
import { contactlessAtr, isFreeWithoutContacts } from './contactless.ts';
import { type CardContext, type CardDefect, type CommandHandler, newSession, type Session, type SimulatedFingerprint } from './context.ts';
import { generateKeyPair } from './generate.ts';
import { type CardMemory, restoreMemory, saveMemory } from './memory.ts';
import { checkMemory } from './memory-rules.ts';
import { getData, putData } from './objects.ts';
import { changeReferenceData, resetRetryCounter, verify } from './pins.ts';
import { PIV_AID, type PivProfile, pivProfiles, type PivProfileName, withExtendedLength } from './profiles.ts';
import { coreRsa, type GenerateRsa, type RsaEngine, webCryptoGenerateRsa } from './rsa-engine.ts';
import { factoryManagementKey, factoryMemory, vendorCommands } from './yubikey.ts';

export interface PivCardOptions {
  readonly profile: PivProfileName;
  /** What `save()` gave: the card goes on where it was. Must come from the same profile. */
  readonly image?: unknown;
  readonly random?: RandomSource;
  /** Serial number of a new card, 0..2^32-1. */
  readonly serial?: number;
  /** Cipher of a new card's management key, by algorithm identifier; the profile's own otherwise. */
  readonly managementAlgorithm?: number;
  /** Symmetric card authentication key 9E of a new card. */
  readonly symmetricCardKey?: { readonly algorithm: number; readonly key: Bytes };
  /** Overrides the profile: whether extended length is taken, with the answer to reset that says so. */
  readonly extendedLength?: boolean;
  readonly engine?: RsaEngine;
  readonly generateRsa?: GenerateRsa;
  readonly clock?: Clock;
  /** How long the simulated finger takes to touch where a key asks for it, in milliseconds; 0 by default. */
  readonly touchWaitMs?: number;
  readonly defects?: readonly CardDefect[];
  /** A fingerprint reader on the card, as a YubiKey Bio has one. */
  readonly fingerprint?: SimulatedFingerprint;
  /** True: the card lies on a contactless reader, without the virtual contact interface. */
  readonly contactless?: boolean;
}

const SELECT = 0xa4;
const GET_RESPONSE = 0xc0;
const GENERAL_AUTHENTICATE = 0x87;

/** Interindustry commands. */
const COMMANDS: ReadonlyMap<number, CommandHandler> = new Map([
  [0x20, verify],
  [0x24, changeReferenceData],
  [0x2c, resetRetryCounter],
  [0x47, generateKeyPair],
  [GENERAL_AUTHENTICATE, generalAuthenticate],
  [0xcb, getData],
  [0xdb, putData],
]);

/** Instructions whose data may come in a chain (SP 800-73-4 part 2, table 2; INS FE by Yubico). */
const CHAINABLE: readonly number[] = [0x47, 0x87, 0xdb, 0xfe];

class PivCard implements PersistentCard {
  readonly atr: Bytes;
  readonly extendedLength: boolean;
  readonly #profile: PivProfile;
  readonly #memory: CardMemory;
  readonly #options: PivCardOptions;
  readonly #listeners = new Set<() => void>();
  #session: Session = newSession();
  #selected = false;
  /** Parts of a command chain so far, under their header. */
  #chain: { readonly header: string; data: Bytes } | undefined;
  /** What GET RESPONSE still has to bring. */
  #rest: Bytes = EMPTY;

  constructor(profile: PivProfile, memory: CardMemory, options: PivCardOptions) {
    this.#profile = profile;
    this.#memory = memory;
    this.#options = options;
    this.atr = options.contactless === true ? contactlessAtr(profile.atr) : profile.atr;
    this.extendedLength = profile.extendedLength;
  }

  reset(_kind: 'cold' | 'warm' | 'off'): void {
    this.#session = newSession();
    this.#selected = false;
    this.#chain = undefined;
    this.#rest = EMPTY;
  }

  save(): unknown {
    return saveMemory(this.#memory);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async transmit(command: Bytes): Promise<Bytes> {
    const session = this.#session;
    try {
      const apdu = parseCommand(command);
      if (apdu.extended && !this.extendedLength) return response(SW.wrongLength);
      const whole = this.#collect(apdu);
      if (whole === undefined) return response(SW.done);
      if (whole.ins === GET_RESPONSE) return this.#getResponse(whole);
      this.#rest = EMPTY;
      const data = await this.#run(whole);
      // Power went while the command worked: nobody is there to take the answer, and nothing of it may stay.
      if (session !== this.#session) return response(SW.noPreciseDiagnosis);
      return this.#deliver(data, apdu.le ?? (apdu.extended ? 65536 : 256));
    } catch (error) {
      return response(error instanceof Refusal ? error.sw : SW.noPreciseDiagnosis);
    }
  }

  /** Command chaining (ISO/IEC 7816-4, 5.3.3): undefined while parts are missing. A command with another header ends a chain without effect. */
  #collect(apdu: CommandApdu): CommandApdu | undefined {
    const header = `${apdu.ins} ${apdu.p1} ${apdu.p2}`;
    const begun = this.#chain?.header === header ? this.#chain.data : EMPTY;
    this.#chain = undefined;
    if ((apdu.cla & 0x0c) !== 0 && (apdu.cla & 0xe0) === 0) refuse(SW.secureMessagingNotSupported);
    if ((apdu.cla & ~0x10) !== 0) refuse(SW.claNotSupported);
    const more = (apdu.cla & 0x10) !== 0;
    if (more && !CHAINABLE.includes(apdu.ins)) refuse(SW.chainingNotSupported);
    const data = concat(begun, apdu.data);
    if (data.length > this.#profile.commandBytes) refuse(SW.wrongLength);
    if (more) {
      this.#chain = { header, data };
      this.#rest = EMPTY;
      return undefined;
    }
    return { ...apdu, data };
  }

  /** The first `le` bytes, and 61xx for what is left (ISO/IEC 7816-4, 5.3.4). */
  #deliver(data: Bytes, le: number): Bytes {
    this.#rest = data.slice(le);
    const sw = this.#rest.length === 0 ? SW.done : 0x6100 | (this.#rest.length > 255 ? 0 : this.#rest.length);
    return response(sw, data.subarray(0, le));
  }

  #getResponse({ p1, p2, le }: CommandApdu): Bytes {
    if (p1 !== 0 || p2 !== 0) refuse(SW.wrongP1P2);
    if (this.#rest.length === 0) refuse(SW.conditionsOfUse);
    return this.#deliver(this.#rest, le ?? 256);
  }

  async #run(command: CommandApdu): Promise<Bytes> {
    const session = this.#session;
    if (command.ins !== GENERAL_AUTHENTICATE) session.pending = undefined;
    const usesPin = command.ins === GENERAL_AUTHENTICATE && command.p2 !== 0x9b;
    if (this.#profile.pinAlways === 'next-command' && !usesPin) session.pinFresh = false;
    if (command.ins === SELECT) return this.#select(command);
    if (!this.#selected) return refuse(SW.insNotSupported);
    if (this.#options.contactless === true && this.#profile.contactsFor === 'standard' && !isFreeWithoutContacts(command))
      return refuse(SW.securityStatus);
    const vendor = vendorCommands.get(command.ins);
    const offered = vendor !== undefined && this.#profile.vendorCommands.includes(vendor.feature) ? vendor.run : undefined;
    const handler = COMMANDS.get(command.ins) ?? offered ?? refuse(SW.insNotSupported);
    return handler(this.#context(session), command);
  }

  /** 00 A4 04 00 Lc AID: the whole identifier or its beginning. An unknown one leaves everything as it was (SP 800-73-4 part 2, 3.1.1). */
  #select({ p1, p2, data }: CommandApdu): Bytes {
    if (p1 !== 0x04 || p2 !== 0x00) refuse(SW.wrongP1P2);
    const begins = (aid: Bytes, shortest: number): boolean =>
      data.length >= shortest && data.length <= aid.length && data.every((octet, i) => octet === aid[i]);
    if (begins(PIV_AID, this.#profile.shortestAid)) {
      this.#selected = true;
      return this.#profile.propertyTemplate;
    }
    const other = this.#profile.otherAids.find((aid) => begins(aid, aid.length));
    if (other === undefined) return refuse(SW.notFound);
    // Every security status indicator of PIV goes; the Global PIN's is the whole card's and stays (SP 800-73-5 part 2, 3.1.1).
    const { globalPinVerified } = this.#session;
    Object.assign(this.#session, newSession(), { globalPinVerified });
    this.#selected = false;
    return writeTlv(0x6f, writeTlv(0x84, other));
  }

  #context(session: Session): CardContext {
    const options = this.#options;
    return {
      profile: this.#profile,
      memory: this.#memory,
      session,
      random: options.random ?? systemRandom,
      clock: options.clock ?? systemClock,
      engine: options.engine ?? coreRsa,
      generateRsa: options.generateRsa ?? webCryptoGenerateRsa,
      touchWaitMs: options.touchWaitMs ?? 0,
      defects: new Set(options.defects),
      fingerprint: options.fingerprint,
      alive: () => session === this.#session,
      commit: () => this.#listeners.forEach((listener) => listener()),
    };
  }
}

/**
 * A simulated PIV card (SP 800-73-4/-5) with real keys. PIN 123456, PUK 12345678 and the well-known management key on a new card.
 * @throws CodecError `bad-value` for an image of another profile or a damaged one, or for options no such card can have
 */
export function createPivCard(options: PivCardOptions): PersistentCard {
  const base = pivProfiles[options.profile];
  const profile = withExtendedLength(base, options.extendedLength ?? base.extendedLength);
  const { image, symmetricCardKey: symmetric } = options;
  if (image !== undefined) {
    const restored = restoreMemory(image, profile.name);
    checkMemory(restored, profile);
    return new PivCard(profile, restored, options);
  }
  const algorithm = options.managementAlgorithm ?? profile.managementAlgorithm;
  const serial = options.serial ?? 0x01000000;
  if (!profile.managementAlgorithms.includes(algorithm)) throw new CodecError('bad-value', 'this card has no such management key');
  if (!Number.isInteger(serial) || serial < 0 || serial > 0xffffffff) throw new CodecError('bad-value', 'a serial number has four bytes');
  if (symmetric !== undefined && cipherLengths(symmetric.algorithm)?.keyBytes !== symmetric.key.length)
    throw new CodecError('bad-value', 'key and cipher do not fit');
  const memory = factoryMemory(profile, options.random ?? systemRandom, serial, algorithm);
  memory.management = factoryManagementKey(algorithm);
  if (symmetric !== undefined) memory.symmetricCardKey = { algorithm: symmetric.algorithm, key: copy(symmetric.key) };
  return new PivCard(profile, memory, options);
}
