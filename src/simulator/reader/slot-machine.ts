import { type Bytes, concat, EMPTY, equal, wipe } from '../../codec/index.ts';
import type { SimulatedCard } from '../smart-card.ts';
import { type AtrFacts, readAtr } from './atr.ts';
import { FEATURE } from './descriptor.ts';
import { type CardContacts, type Level, ExtendedApduLevel, ShortApduLevel } from './exchange-level.ts';
import type { JournalCommand } from './journal.ts';
import { type Answer, type HostMessage, type IccStatus, PC_TO_RDR, RDR_TO_PC, SLOT_ERROR, answerType, failed } from './messages.ts';
import { errorDetectionCode } from './t1-card.ts';
import { enterPin, readPinOperation } from './secure.ts';
import type { SlotSurroundings } from './surroundings.ts';
import { T0Card } from './t0-card.ts';
import { TpduLevel } from './tpdu-level.ts';
import {
  type Parameters,
  acceptParameters,
  blockWaitingTimeMs,
  dataRate,
  defaultParameters,
  fiDiOf,
  parametersOf,
  sameSpeed,
  startFiDi,
} from './parameters.ts';
import { answersAt } from './voltage.ts';

/** An I-block of T=1 with the prologue that the host gave, its length set right. */
function t1Block(prologue: Bytes, inf: Bytes, crc: boolean): Bytes {
  const block = concat(prologue, inf);
  block[2] = inf.length;
  return concat(block, errorDetectionCode(block, crc));
}

/** A reader that leaves T=0's status bytes to the host, and drops Le of commands with data. */
function withT0Status(card: CardContacts): CardContacts {
  const t0 = new T0Card(card);
  return (apdu) => t0.exchange(apdu.length > 5 + (apdu[4] ?? 0) ? apdu.slice(0, -1) : apdu);
}

/** Whether the reader keeps to the speed that it was told. A whole bit/s either way is the same speed. */
function keepsSpeed(parameters: Parameters, { dataRates, descriptor }: SlotSurroundings): boolean {
  const rate = dataRate(fiDiOf(parameters), descriptor.dwDefaultClock);
  return dataRates === null || dataRates.some((one) => Math.abs(one - rate) <= 1);
}

/** One card position: its card, its power, its parameters, and the commands that concern it (CCID 1.1, 6.1). */
export class SlotMachine {
  readonly #surroundings: SlotSurroundings;
  #card: SimulatedCard | null = null;
  #powered: { readonly atr: AtrFacts; readonly level: Level } | null = null;
  #parameters: Parameters = defaultParameters(0);
  #clockStopped = false;
  #running: JournalCommand | null = null;
  /** When the last command was done. */
  #lastMs = 0;
  /** Powered twice by a reader that can't: the card answers nothing more. */
  #lost = false;
  readonly #beganMs: number;
  /** Which of the escapes came that a PIN pad wants first. */
  readonly #setUp = new Set<number>();
  /** The escape that a defective reader wants before it powers a card has come. */
  #cured = false;
  /** A card that speaks no T=0 is mute to a reader at APDU level whose parameters nobody set. */
  #parametersSet = false;
  /** The card does one thing at a time, also when the reader has given up waiting for the last one. */
  #cardIdle: Promise<void> = Promise.resolve();

  constructor(surroundings: SlotSurroundings) {
    this.#surroundings = surroundings;
    this.#beganMs = surroundings.t1.clock.nowMs();
  }

  get card(): SimulatedCard | null {
    return this.#card;
  }

  get bmICCStatus(): IccStatus {
    return this.#card === null ? 2 : this.#powered === null ? 1 : 0;
  }

  insert(card: SimulatedCard): void {
    this.remove();
    this.#card = card;
    const { dwFeatures, bVoltageSupport } = this.#surroundings.descriptor;
    if ((dwFeatures & FEATURE.AUTO_ACTIVATION) !== 0 && answersAt(card, bVoltageSupport, 0)) this.#activate(card);
  }

  remove(): void {
    this.powerOff();
    this.#card = null;
  }

  powerOff(): void {
    if (this.#powered !== null) this.#card?.reset('off');
    this.#powered = null;
    this.#parameters = defaultParameters(0);
  }

  /** Carries out one command. Never rejects. */
  async run(message: HostMessage, entry: JournalCommand): Promise<Answer> {
    try {
      return await this.#run(message, entry);
    } finally {
      this.#lastMs = this.#surroundings.t1.clock.nowMs();
    }
  }

  async #run(message: HostMessage, entry: JournalCommand): Promise<Answer> {
    const { bMessageType } = message;
    const type = answerType(bMessageType);
    const slotStatus: Answer = { bMessageType: RDR_TO_PC.SlotStatus, byte9: this.#clockStopped ? 1 : 0 };
    switch (bMessageType) {
      case PC_TO_RDR.IccPowerOn:
        return this.#powerOn(message);
      case PC_TO_RDR.IccPowerOff:
        this.powerOff();
        return slotStatus;
      case PC_TO_RDR.GetSlotStatus:
        return slotStatus;
      case PC_TO_RDR.XfrBlock:
        return this.#transfer(message, entry);
      case PC_TO_RDR.Secure:
        return this.#secure(message, entry);
      case PC_TO_RDR.GetParameters:
        return this.#card === null ? failed(type, SLOT_ERROR.ICC_MUTE) : this.#parametersAnswer();
      case PC_TO_RDR.ResetParameters:
        if (this.#card === null) return failed(type, SLOT_ERROR.ICC_MUTE);
        this.#parameters = defaultParameters(this.#parameters.bProtocolNum);
        return this.#parametersAnswer();
      case PC_TO_RDR.SetParameters: {
        if (this.#card === null) return failed(type, SLOT_ERROR.ICC_MUTE);
        const accepted = acceptParameters(message.byte7, message.abData, this.#surroundings.descriptor.dwProtocols);
        if (typeof accepted === 'number') return failed(type, accepted);
        const { level } = this.#powered ?? {};
        const selects = this.#doesPps && level instanceof TpduLevel;
        if (selects && !level.select(accepted.bProtocolNum, fiDiOf(accepted))) return failed(type, SLOT_ERROR.ICC_PROTOCOL_NOT_SUPPORTED);
        this.#parameters = accepted;
        this.#parametersSet = true;
        return this.#parametersAnswer();
      }
      case PC_TO_RDR.Escape: {
        const wanted = this.#surroundings.defects.powerOnNeedsEscape?.abData;
        if (wanted !== undefined && equal(message.abData, Uint8Array.from(wanted))) {
          this.#cured = true;
          return { bMessageType: type };
        }
        const setup = this.#surroundings.defects.pinPadNeedsEscapes;
        const at = setup?.escapes.findIndex((each) => equal(message.abData, Uint8Array.from(each))) ?? -1;
        if (setup !== undefined && at >= 0) {
          if (this.#surroundings.t1.clock.nowMs() - this.#beganMs < setup.afterMs) return failed(type, SLOT_ERROR.HW_ERROR);
          this.#setUp.add(at);
          return { bMessageType: type };
        }
        const abData = this.#surroundings.escape(message.abData);
        return abData === null ? failed(type, SLOT_ERROR.CMD_NOT_SUPPORTED) : { bMessageType: type, abData };
      }
      case PC_TO_RDR.IccClock:
        if (message.byte7 > 1) return failed(type, SLOT_ERROR.BAD_BYTE_7);
        this.#clockStopped = message.byte7 === 1;
        return { bMessageType: type, byte9: message.byte7 };
      case PC_TO_RDR.T0APDU:
        return slotStatus;
      case PC_TO_RDR.SetDataRateAndClockFrequency:
        return message.abData.length === 8 ? { bMessageType: type, abData: message.abData } : failed(type, SLOT_ERROR.BAD_LENGTH);
      default:
        return failed(type, SLOT_ERROR.CMD_NOT_SUPPORTED);
    }
  }

  #parametersAnswer(): Answer {
    return { bMessageType: RDR_TO_PC.Parameters, byte9: this.#parameters.bProtocolNum, abData: this.#parameters.abProtocolDataStructure };
  }

  #powerOn({ bMessageType, byte7, abData }: HostMessage): Answer {
    const type = answerType(bMessageType);
    const { bVoltageSupport, dwFeatures } = this.#surroundings.descriptor;
    if (abData.length > 0) return failed(type, SLOT_ERROR.BAD_LENGTH);
    const automatic = (dwFeatures & (FEATURE.AUTO_VOLTAGE | FEATURE.AUTO_ACTIVATION)) !== 0;
    if (byte7 > 3 || (byte7 === 0 ? !automatic : ((bVoltageSupport >> (byte7 - 1)) & 1) === 0)) return failed(type, SLOT_ERROR.BAD_BYTE_7);
    if (this.#card === null) return failed(type, SLOT_ERROR.ICC_MUTE);
    const { powerOnNeedsOff, powerOnNeedsEscape } = this.#surroundings.defects;
    this.#lost = powerOnNeedsOff === true && this.#powered !== null;
    if (powerOnNeedsEscape !== undefined && !this.#cured) return failed(type, powerOnNeedsEscape.bError);
    if (!answersAt(this.#card, bVoltageSupport, byte7)) {
      this.powerOff();
      return failed(type, SLOT_ERROR.ICC_MUTE);
    }
    this.#activate(this.#card);
    return { bMessageType: type, abData: this.#card.atr };
  }

  #activate(card: SimulatedCard): void {
    card.reset(this.#powered === null ? 'cold' : 'warm');
    const atr = readAtr(card.atr);
    const { dwFeatures } = this.#surroundings.descriptor;
    const automatic = (dwFeatures & (FEATURE.AUTO_PARAMETERS | FEATURE.AUTO_NEGOTIATION)) !== 0;
    this.#parameters = automatic ? parametersOf(atr, this.#doesPps) : defaultParameters(atr.protocols[0] ?? 0);
    this.#parametersSet = automatic;
    const level = this.#level(card, atr);
    this.#powered = { atr, level };
    if (automatic && this.#doesPps && level instanceof TpduLevel) level.select(this.#parameters.bProtocolNum, fiDiOf(this.#parameters));
  }

  /** The reader itself does PPS, by its parameters (dwFeatures 0x80) or by its own negotiation (0x40). */
  get #doesPps(): boolean {
    return (this.#surroundings.descriptor.dwFeatures & (FEATURE.AUTO_PPS | FEATURE.AUTO_NEGOTIATION)) !== 0;
  }

  #inTune(fiDi: number): boolean {
    return keepsSpeed(this.#parameters, this.#surroundings) && sameSpeed(fiDi, fiDiOf(this.#parameters));
  }

  #level(card: SimulatedCard, atr: AtrFacts): Level {
    const { dwFeatures, dwMaxCCIDMessageLength: maxMessageBytes } = this.#surroundings.descriptor;
    const contacts: CardContacts = (apdu) => this.#toCard(card, apdu);
    if ((dwFeatures & FEATURE.EXTENDED_APDU) !== 0)
      return new ExtendedApduLevel(contacts, maxMessageBytes, this.#surroundings.defects.noExtendedApdu ?? false);
    if ((dwFeatures & FEATURE.SHORT_APDU) !== 0)
      return new ShortApduLevel(this.#surroundings.passesT0Status && atr.protocols[0] === 0 ? withT0Status(contacts) : contacts, maxMessageBytes);
    if ((dwFeatures & FEATURE.TPDU) === 0) return { exchange: async () => ({ bError: SLOT_ERROR.CMD_NOT_SUPPORTED }) };
    return new TpduLevel(
      contacts,
      atr,
      {
        bProtocolNum: () => this.#parameters.bProtocolNum,
        inTune: (fiDi) => this.#inTune(fiDi),
        timeIsUp: (bBWI, signal) => this.#timeIsUp(bBWI, signal),
      },
      {
        t1: { ...this.#surroundings.t1, breaksOnIfs: this.#surroundings.defects.breaksOnIfsd ?? false, ifsc: atr.ifsc, crc: atr.crc },
        takesEnvelope: this.#surroundings.takesEnvelope,
        ppsAnswer: this.#surroundings.ppsAnswer,
        maxMessageBytes: this.#surroundings.defects.takesMessageBytes ?? maxMessageBytes,
      },
    );
  }

  async #timeIsUp(bBWI: number, signal: AbortSignal): Promise<void> {
    const { holdsWaitingTime, descriptor, t1 } = this.#surroundings;
    const ms = blockWaitingTimeMs(this.#parameters, descriptor.dwDefaultClock);
    if (!holdsWaitingTime) return new Promise(() => {});
    await t1.clock.sleep(bBWI * ms, signal).catch(() => new Promise(() => {}));
  }

  async #transfer(message: HostMessage, entry: JournalCommand): Promise<Answer> {
    const type = answerType(message.bMessageType);
    if (this.#powered === null) return failed(type, SLOT_ERROR.ICC_MUTE);
    const { atr, level } = this.#powered;
    if (this.#lost) return failed(type, SLOT_ERROR.ICC_MUTE);
    if (!(level instanceof TpduLevel)) {
      if (!this.#parametersSet && !atr.protocols.includes(0)) return failed(type, SLOT_ERROR.ICC_MUTE);
      if (!this.#doesPps && !this.#inTune(startFiDi(atr))) return failed(type, SLOT_ERROR.ICC_MUTE);
    }
    this.#running = entry;
    const done = await level.exchange(message.abData, message.byte8 | (message.byte9 << 8), message.byte7);
    if ('bError' in done) return failed(type, done.bError);
    return { bMessageType: type, abData: done.abData, byte9: done.bChainParameter };
  }

  /** PIN entry on the reader: what the pad gives goes to the card as an XfrBlock would, and no further. */
  async #secure(message: HostMessage, entry: JournalCommand): Promise<Answer> {
    const type = answerType(message.bMessageType);
    const { bPINSupport } = this.#surroundings.descriptor;
    if (bPINSupport === 0) return failed(type, SLOT_ERROR.CMD_NOT_SUPPORTED);
    const powered = this.#powered;
    if (powered === null) return failed(type, SLOT_ERROR.ICC_MUTE);
    if (message.byte8 !== 0 || message.byte9 !== 0) return failed(type, SLOT_ERROR.BAD_LEVEL_PARAMETER);
    const { keyHeldMs, pinPadNeedsEscapes } = this.#surroundings.defects;
    if (this.#setUp.size < (pinPadNeedsEscapes?.escapes.length ?? 0)) return failed(type, SLOT_ERROR.HW_ERROR);
    if (keyHeldMs !== undefined && this.#surroundings.t1.clock.nowMs() - this.#lastMs < keyHeldMs) return failed(type, SLOT_ERROR.HW_ERROR);
    const operation = readPinOperation(message.abData, bPINSupport, this.#surroundings.defects);
    if (typeof operation === 'number') return failed(type, operation);
    const entered = await enterPin(operation, this.#surroundings.pinPad);
    if ('bError' in entered) return failed(type, entered.bError);
    if ('sw' in entered) return { bMessageType: type, abData: Uint8Array.of(entered.sw >> 8, entered.sw & 0xff) };
    this.#running = entry;
    const inBlock = powered.level instanceof TpduLevel && this.#parameters.bProtocolNum === 1;
    const sent = inBlock ? t1Block(operation.bTeoPrologue, entered.apdu, powered.atr.crc) : entered.apdu;
    const done = await powered.level.exchange(sent, 0, message.byte7);
    wipe(entered.apdu, sent);
    if ('bError' in done) return failed(type, done.bError);
    return { bMessageType: type, abData: done.abData, byte9: done.bChainParameter };
  }

  async #toCard(card: SimulatedCard, apdu: Bytes): Promise<Bytes> {
    const before = this.#cardIdle;
    let release = (): void => {};
    this.#cardIdle = new Promise((resolve) => (release = resolve));
    await before;
    try {
      const entry = this.#running === null ? null : this.#surroundings.journal.apdu(this.#running, apdu);
      const answer = await card.transmit(apdu);
      if (entry !== null && answer.length >= 2) entry.sw = ((answer[answer.length - 2] ?? 0) << 8) | (answer[answer.length - 1] ?? 0);
      return answer;
    } catch {
      return EMPTY;
    } finally {
      release();
    }
  }
}
