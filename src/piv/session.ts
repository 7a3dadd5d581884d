import type { CardTransaction } from '../channel/types.ts';
import { type Bytes, concat, copy, EMPTY, equal, wipe } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { findTlv, readSingle, readTlvs } from '../codec/tlv.ts';
import { encodeCommand, parseResponse, statusName } from '../iso7816/index.ts';
import { OTHER_AIDS, PIV_AID, PIV_PIX } from './aid.ts';
import { Answers } from './answers.ts';
import { type CardInterface, contactlessHint, interfaceOf } from './contactless.ts';
import { CardError, type CardReason, reasonOf } from './errors.ts';
import type { ManagementAlgorithmRow } from './algorithms.ts';
import { type Feature, type Profile, profileOf, type Version } from './profile.ts';

export interface SendOptions {
  readonly data?: Bytes;
  /** True when an answer body is expected: Le is then the largest, and channel/ cuts it to what reader and card carry. */
  readonly answer?: boolean;
  /** True when data or answer hold a secret: the command and the raw response are wiped. */
  readonly secret?: boolean;
  readonly onWaiting?: (() => void) | undefined;
}

export interface Answer {
  readonly data: Bytes;
  readonly sw: number;
}

/** Application property template of the SELECT answer (SP 800-73-4 part 2, table 3), read leniently. */
export interface ApplicationProperties {
  readonly aid: Bytes | undefined;
  readonly label: string | undefined;
  /** Algorithm identifiers of AC; empty when the card lists none. */
  readonly algorithms: readonly number[];
}

/**
 * The PIV application on one card. It outlives transactions: {@link PivSession.attach} hands it each new one. The commands are
 * functions in this folder that take the session; here stand selection, sending and what earlier answers taught.
 */
export class PivSession {
  profile: Profile;
  application: ApplicationProperties = { aid: undefined, label: undefined, algorithms: [] };
  /** Reference of the PIN that guards the application: 80, or 00 by the discovery object; undefined until asked. */
  pinReference: number | undefined;
  /** Algorithm of key 9B once the card has told. */
  managementAlgorithm: ManagementAlgorithmRow | undefined;
  /** True between a 9000 to VERIFY and whatever ends it, as far as the host knows. */
  pinVerified = false;
  /** True until the verified PIN was used up by a private key operation. */
  pinFresh = false;
  managementAuthenticated = false;
  /** True once a command was sent that may have verified a PIN or a finger, until the card has surely forgotten it. */
  pinTouched = false;
  /** Likewise for key 9B: the card may hold it authenticated although no answer told so. */
  managementTouched = false;
  /** How often GET METADATA was refused as an unknown instruction before it was ever answered. */
  metadataRefusals = 0;
  /** Result of the first VERIFY with P1 = FF: whether the card knows it. */
  verifyLogout: boolean | undefined;
  /** True when every algorithm of 9B was asked for and the answers told none. */
  managementUnknown = false;

  #transaction: CardTransaction;
  #selected = false;
  /** Undefined: every question goes to the card. */
  #answers: Answers | undefined;

  /** How the card is read: as the caller says, else by its answer to reset. */
  readonly interface: CardInterface;

  private constructor(transaction: CardTransaction, cardInterface: CardInterface | undefined) {
    this.#transaction = transaction;
    this.interface = cardInterface ?? interfaceOf(transaction.atr);
    this.profile = profileOf(undefined, transaction.atr);
  }

  /** Selects PIV and learns what it is: two exchanges. @throws CardError `not-piv`; ChannelError */
  static async open(transaction: CardTransaction, options: { readonly interface?: CardInterface } = {}): Promise<PivSession> {
    const session = new PivSession(transaction, options.interface);
    await session.#select();
    await session.#identify();
    return session;
  }

  get transaction(): CardTransaction {
    return this.#transaction;
  }

  /**
   * Adopts a new transaction. After an interruption, or when we ourselves had to leave PIV, the application is selected again and
   * everything known of the security state is dropped. Answers whether the card may have changed meanwhile.
   */
  async attach(transaction: CardTransaction): Promise<boolean> {
    this.#transaction = transaction;
    const changed = transaction.interrupted;
    if (changed) {
      this.#selected = false;
      this.#answers?.clear();
    }
    // How many tries are left is asked anew in each transaction: the last one must never be spent on an old answer.
    this.forgetTries();
    this.forgetSecurityState();
    if (!this.#selected) {
      await this.#select();
      if (changed) {
        this.pinReference = undefined;
        this.managementAlgorithm = undefined;
        this.managementUnknown = false;
        this.verifyLogout = undefined;
        await this.#identify();
      }
    }
    return changed;
  }

  forgetSecurityState(): void {
    this.pinVerified = false;
    this.pinFresh = false;
    this.managementAuthenticated = false;
  }

  /** PIV has to be selected again before the next command. */
  markDeselected(): void {
    this.#selected = false;
    this.forgetSecurityState();
  }

  /** As {@link markDeselected}, after what surely ended every security state of the card. */
  markCleared(): void {
    this.pinTouched = this.managementTouched = false;
    this.markDeselected();
  }

  /** @throws CardError `unsupported` before anything is sent */
  require(feature: Feature): void {
    if (!this.profile.features.has(feature)) throw new CardError('unsupported', `this card has no ${feature}`);
  }

  /** Selects PIV unless it is: for a command that goes to the card past this session. @throws ChannelError, CardError `not-piv` */
  async select(): Promise<void> {
    if (!this.#selected) await this.#select();
  }

  /** The card was found not to have what its version promises: it is not asked for it again. */
  lacks(feature: Feature): void {
    const features = new Set(this.profile.features);
    features.delete(feature);
    this.profile = { ...this.profile, features };
  }

  /**
   * From here on no question is put twice whose answer can't have changed ({@link ask}). For whoever owns the card: what another session
   * writes in the same transaction is not seen until {@link forgetAnswers}.
   */
  remember(): void {
    this.#answers ??= new Answers();
  }

  /** Somebody else may have written: every question goes to the card again. */
  forgetAnswers(): void {
    this.#answers?.clear();
  }

  /** A PIN may have reached the card past {@link send}, or in another transaction. */
  forgetTries(): void {
    this.#answers?.forgetTries();
  }

  /** A command that changes nothing, as {@link send}; `sent` is false when an earlier answer served. */
  async ask(
    ins: number,
    p1: number,
    p2: number,
    options: Pick<SendOptions, 'data' | 'answer' | 'secret'> = {},
  ): Promise<Answer & { readonly sent: boolean }> {
    const { data = EMPTY } = options;
    const known = this.#selected ? this.#answers?.find(ins, p1, p2, data) : undefined;
    if (known !== undefined) return { ...known, sent: false };
    const answer = await this.send(ins, p1, p2, options);
    this.#answers?.keep(ins, p1, p2, data, answer);
    return { ...answer, sent: true };
  }

  /** One command; the answer whatever its status word. Selects PIV first when needed. @throws ChannelError, CardError `bad-answer` */
  async send(ins: number, p1: number, p2: number, options: SendOptions = {}): Promise<Answer> {
    if (!this.#selected) await this.#select();
    return this.#exchange(ins, p1, p2, options);
  }

  /** One command that has to end in 9000. @throws CardError by the status word; ChannelError */
  async command(ins: number, p1: number, p2: number, options: SendOptions = {}): Promise<Bytes> {
    const answer = await this.send(ins, p1, p2, options);
    if (answer.sw !== 0x9000) throw this.refusal(answer.sw, ins, p1, p2);
    return answer.data;
  }

  /** The error of a refused command; `reason` where the command gives the status word a meaning of its own, `tag` of the object it was about. */
  refusal(sw: number, ins: number, p1: number, p2: number, reason: CardReason = reasonOf(sw), retriesLeft?: number, tag?: number): CardError {
    const contactless = this.interface === 'contactless' ? contactlessHint(sw, ins, p2, tag) : undefined;
    return new CardError(reason, `INS ${ins.toString(16)} answered ${statusName(sw)}`, { sw, cla: 0, ins, p1, p2, retriesLeft, contactless });
  }

  /** Reads an answer's bytes by `body`; malformed ones become `bad-answer`. */
  parse<T>(ins: number, body: () => T): T {
    try {
      return body();
    } catch (cause) {
      if (cause instanceof CodecError) throw new CardError('bad-answer', `INS ${ins.toString(16)} answered malformed data`, { cla: 0, ins, cause });
      throw cause;
    }
  }

  /**
   * Selects some other application and so ends the security state, but for the Global PIN's. Answers false when the card has none of those we
   * know: SELECT of an unknown AID leaves PIV as it is (SP 800-73-4 part 2, 3.1.1).
   */
  async selectAnother(): Promise<boolean> {
    for (const aid of OTHER_AIDS) {
      const { sw } = await this.#exchange(0xa4, 0x04, 0x00, { data: aid, answer: true });
      if (sw === 0x9000 || sw >>> 8 === 0x61) {
        this.markCleared();
        return true;
      }
    }
    return false;
  }

  async #exchange(ins: number, p1: number, p2: number, options: SendOptions): Promise<Answer> {
    const data = options.data ?? EMPTY;
    // The extended form carries what it can; channel/ turns it into short APDUs where reader or card takes no other.
    const form = data.length > 255 || options.answer === true ? 'extended' : 'short';
    const command = encodeCommand({ cla: 0, ins, p1, p2, data, ne: options.answer === true ? 65536 : 0 }, form);
    this.#answers?.sending(ins, p1, p2, data);
    try {
      const { onWaiting } = options;
      const response = await this.#transaction.transmit(command, onWaiting === undefined ? {} : { onWaiting });
      if (response.length < 2) throw new CardError('bad-answer', `an answer of ${response.length} bytes`, { cla: 0, ins, p1, p2 });
      const { data: body, sw } = parseResponse(response);
      const kept = copy(body);
      if (options.secret === true) wipe(response);
      return { data: kept, sw };
    } catch (error) {
      // Whatever the card did with it: nothing that we believed of its state holds any more.
      if (!(error instanceof CardError)) {
        this.#selected = false;
        this.#answers?.clear();
        this.forgetSecurityState();
      }
      throw error;
    } finally {
      if (options.secret === true) wipe(command);
    }
  }

  async #select(): Promise<void> {
    const { data, sw } = await this.#exchange(0xa4, 0x04, 0x00, { data: PIV_AID, answer: true });
    if (sw !== 0x9000) throw this.refusal(sw, 0xa4, 0x04, 0x00, 'not-piv');
    this.application = this.parse(0xa4, () => parseApplicationProperties(data));
    const { aid } = this.application;
    const known = aid === undefined || equal(aid.subarray(0, 9), PIV_AID.subarray(0, 9)) || equal(aid.subarray(0, 4), PIV_PIX);
    if (!known) throw new CardError('not-piv', 'the card selected another application', { cla: 0, ins: 0xa4, p1: 0x04, p2: 0x00 });
    this.#selected = true;
    this.forgetSecurityState();
  }

  /** GET VERSION (Yubico, INS FD): three bytes, or any refusal on a plain PIV card. */
  async #identify(): Promise<void> {
    const { data, sw } = await this.#exchange(0xfd, 0x00, 0x00, { answer: true });
    const [major, minor, patch] = data;
    const version: Version | undefined =
      sw === 0x9000 && data.length === 3 && major !== undefined && minor !== undefined && patch !== undefined ? [major, minor, patch] : undefined;
    this.profile = profileOf(version, this.#transaction.atr, this.application.label);
  }
}

/**
 * Tag 61 with 4F, 50, AC inside; an empty answer is taken as well, since SELECT itself succeeded. Yubico puts the PIX alone into 4F.
 * @throws CodecError
 */
export function parseApplicationProperties(data: Bytes): ApplicationProperties {
  if (data.length === 0) return { aid: undefined, label: undefined, algorithms: [] };
  const fields = readTlvs(readSingle(data, 0x61));
  const label = findTlv(fields, 0x50);
  const algorithms = fields
    .filter((field) => field.tag === 0xac)
    .flatMap((field) => readTlvs(field.value))
    .filter((field) => field.tag === 0x80)
    .flatMap((field) => Array.from(field.value));
  const aid = findTlv(fields, 0x4f);
  return {
    aid: aid === undefined ? undefined : concat(aid),
    label: label === undefined ? undefined : String.fromCharCode(...label.subarray(0, 64)),
    algorithms,
  };
}
