import type { Bytes } from '../codec/bytes.ts';
import {
  CcidError,
  type CcidSlot,
  dataRates,
  type ExchangeOptions,
  hasFeature,
  ICC_MUTE,
  ifsdBytes,
  setParameters,
  supportedProtocols,
  XFR_PARITY_ERROR,
} from '../ccid/index.ts';
import { type Atr, DEFAULT_TA1, Iso7816Error, parseAtr, SHORT_NC_MAX } from '../iso7816/index.ts';
import {
  acceptPps,
  chooseProtocol,
  encodePps,
  ppsWaitMs,
  type ProtocolChoice,
  T0Exchange,
  type T1Event,
  type T1Failure,
  T1Machine,
  type T1Step,
  type WaitingTimes,
  waitingTimes,
  withCardQuirks,
} from '../iso7816/tpdu.ts';
import {
  type ApduCarrier,
  type CarrierOptions,
  EXTENDED_ANSWER_BYTES,
  EXTENDED_COMMAND_BYTES,
  SHORT_ANSWER_BYTES,
  readAtr,
  secureByReader,
  SHORT_COMMAND_BYTES,
} from './apdu-carrier.ts';
import { ChannelError, type ChannelReason } from './errors.ts';

/**
 * TPDU level: the host chooses protocol and speed, and does T=0 or T=1 (CCID 1.1, 3.2.1). `powerOn` resets the card once more where
 * it refused PPS: it then stays with its defaults (ISO/IEC 7816-3, 9.3).
 * @throws ChannelError, CcidError, UsbError, Iso7816Error
 */
export async function tpduCarrier(
  slot: CcidSlot,
  received: Bytes,
  powerOn: () => Promise<Bytes>,
  options: ExchangeOptions = {},
): Promise<ApduCarrier> {
  const atr = withCardQuirks(parseAtr(received));
  const choice = await choose(slot, atr, options);
  let { ta1 } = choice;
  // Readers with their own negotiation get neither PPS nor parameters, those with automatic PPS only the parameters (CCID 1.1, 5.1).
  if (!hasFeature(slot.ccid, 'autoNegotiation')) {
    if (choice.pps && !hasFeature(slot.ccid, 'autoPps')) {
      const request = encodePps(choice.protocol, choice.ta1);
      try {
        ta1 = acceptPps(request, await slot.xfrBlock(request, { ...options, bounded: true, timeoutMs: ppsWaitMs(slot.ccid.dwDefaultClock) }));
      } catch (error) {
        if (choice.protocol !== atr.protocols[0] || !(error instanceof Iso7816Error || error instanceof CcidError)) throw error;
        // Ends here too where the caller gave up: nothing is sent then.
        await slot.iccPowerOff(options);
        await powerOn();
        ta1 = DEFAULT_TA1;
      }
    }
    await setParameters(slot, choice.protocol, parameters(atr, choice.protocol, ta1), options);
  }
  const times = waitingTimes(atr, choice.protocol, ta1, slot.ccid.dwDefaultClock);
  return choice.protocol === 0 ? t0Carrier(slot, received, atr, times) : t1Carrier(slot, received, atr, times, options);
}

/**
 * Protocol parameters for a reader at APDU level that does not find them itself. It does PPS itself, or stays with the default speed.
 * An ATR that can't be decoded leaves it as it is. @throws CcidError, UsbError, Iso7816Error
 */
export async function configureApduReader(slot: CcidSlot, received: Bytes, options: ExchangeOptions = {}): Promise<void> {
  const read = readAtr(received);
  if (read === undefined) return;
  const atr = withCardQuirks(read);
  const { protocol, ta1 } = await choose(slot, atr, options);
  await setParameters(slot, protocol, parameters(atr, protocol, hasFeature(slot.ccid, 'autoPps') ? ta1 : DEFAULT_TA1), options);
}

async function choose(slot: CcidSlot, atr: Atr, { signal }: ExchangeOptions): Promise<ProtocolChoice> {
  const { ccid, effects } = slot;
  const { t0, t1 } = supportedProtocols(ccid);
  if (hasFeature(ccid, 'autoNegotiation')) {
    // The reader has come to terms with the card by its own means, whatever the ATR says of speeds: the first protocol that both have.
    const offered = atr.specificMode === undefined ? atr.protocols : [atr.specificMode.protocol];
    const protocol = offered.find((each) => (each === 0 && t0) || (each === 1 && t1));
    if (protocol === undefined) throw new Iso7816Error('unsupported', 'card and reader share no protocol');
    return { protocol: protocol === 0 ? 0 : 1, ta1: atr.ta1, pps: false };
  }
  const own = slot.bSlot > 0 ? effects.laterSlotsDataRates : undefined;
  return chooseProtocol(atr, (t0 ? 1 : 0) | (t1 ? 2 : 0), {
    clockKhz: ccid.dwDefaultClock,
    // The descriptor and its table are about slot 0 then.
    maxDataRate: own === undefined ? ccid.dwMaxDataRate : Math.max(...own),
    dataRates: own ?? (await dataRates(slot, signal)),
  });
}

/** abProtocolDataStructure (CCID 1.1, 6.1.7). */
function parameters(atr: Atr, protocol: 0 | 1, ta1: number): Bytes {
  const convention = atr.convention === 'inverse' ? 2 : 0;
  const clockStop = atr.clockStop ?? 0;
  if (protocol === 0) return Uint8Array.of(ta1, convention, atr.extraGuardTime, atr.waitingInteger, clockStop);
  const { ifsc, bwi, cwi, edc } = atr.t1;
  return Uint8Array.of(ta1, 0x10 | convention | (edc === 'crc' ? 1 : 0), atr.extraGuardTime, (bwi << 4) | cwi, clockStop, Math.min(254, ifsc), 0);
}

/** CLA INS P1 P2 P3. */
const T0_HEADER_BYTES = 5;

function t0Carrier(slot: CcidSlot, received: Bytes, atr: Atr, times: WaitingTimes): ApduCarrier {
  // An extended APDU goes by ENVELOPE (ISO/IEC 7816-3, 12.2.7). Few cards know it, so a command is chained unless the card says that it
  // takes extended length and does not say that it takes chaining; form 'extended' asks for it from cards that say nothing.
  const { chaining, extendedLength } = atr.capabilities;
  const cardTakesExtended = extendedLength === true && chaining === true ? undefined : extendedLength;
  return {
    atr: received,
    protocol: 'T=0',
    limits: {
      shortCommandBytes: Math.min(SHORT_COMMAND_BYTES, slot.blockBytes),
      extendedCommandBytes: cardTakesExtended === true ? EXTENDED_COMMAND_BYTES : 0,
      answerBytes: Math.min(SHORT_ANSWER_BYTES, slot.blockBytes),
    },
    readerExtendedBytes: EXTENDED_COMMAND_BYTES,
    cardTakesExtended,
    wrongLeIsFinal: true,
    secure: secureByReader,
    exchange: async (apdu, options) => {
      const machine = new T0Exchange(apdu, Math.min(SHORT_NC_MAX, slot.blockBytes - T0_HEADER_BYTES));
      let sent = false;
      try {
        for (let tpdu = machine.start(); ;) {
          const step = machine.next(await slot.xfrBlock(tpdu, { ...options, timeoutMs: times.exchangeMs, waitingMs: times.waitingMs }));
          sent = true;
          if ('done' in step) return step.done;
          tpdu = step.send;
        }
      } catch (error) {
        throw sent ? CcidError.reached(error) : error;
      } finally {
        machine.wipe();
      }
    },
  };
}

async function t1Carrier(slot: CcidSlot, received: Bytes, atr: Atr, times: WaitingTimes, setUp: ExchangeOptions): Promise<ApduCarrier> {
  const { edc, ifsc } = atr.t1;
  // NAD, PCB, LEN and the check bytes share the message with the information field.
  const room = Math.max(1, slot.blockBytes - (edc === 'crc' ? 5 : 4));
  const machine = new T1Machine({ ifsc: Math.min(ifsc, room), edc });
  // Sent to readers with automatic IFSD as well: a repeated S(IFS) is harmless, and the machine learns what the card accepted.
  if (slot.effects.noIfsdRequest !== true)
    await run(
      slot,
      machine,
      machine.announceIfsd(Math.min(slot.effects.ifsdBytes ?? ifsdBytes(slot.ccid), room)),
      { ...setUp, bounded: true },
      times,
    );
  const cardTakesExtended = atr.capabilities.extendedLength;
  return {
    atr: received,
    protocol: 'T=1',
    limits: {
      shortCommandBytes: SHORT_COMMAND_BYTES,
      extendedCommandBytes: cardTakesExtended === true ? EXTENDED_COMMAND_BYTES : 0,
      answerBytes: EXTENDED_ANSWER_BYTES,
    },
    readerExtendedBytes: EXTENDED_COMMAND_BYTES,
    cardTakesExtended,
    exchange: (apdu, options) => run(slot, machine, machine.begin(apdu), options, times),
    secure: async (lengthBytes, send, options) => {
      const prologue = machine.beginHidden(lengthBytes);
      if (prologue === undefined) throw new ChannelError('too-long', 'not-sent', 'PIN entry takes one block');
      let event: T1Event;
      try {
        const answer = await send(prologue);
        // The person's answer, or two status bytes of the reader's own: no block went to the card.
        if (typeof answer === 'string' || answer.abData.length === 2) {
          machine.withdraw();
          return answer;
        }
        event = answer.abData;
      } catch (error) {
        event = cardEvent(error);
      }
      return { abData: await run(slot, machine, machine.receive(event), options, times) };
    },
  };
}

const T1_REASONS: Readonly<Record<T1Failure, ChannelReason>> = {
  resynchronised: 'transport',
  mute: 'card-mute',
  aborted: 'protocol',
  'too-long': 'too-long',
  endless: 'too-many-exchanges',
  hidden: 'transport',
  ended: 'card-mute',
};

/** Moves blocks until the machine is done. After a failure of the reader it can't go on: only a reset of the card helps. */
async function run(
  slot: CcidSlot,
  machine: T1Machine,
  first: T1Step,
  options: CarrierOptions & { readonly bounded?: boolean },
  { exchangeMs, waitingMs }: WaitingTimes,
): Promise<Bytes> {
  for (let step = first; ;) {
    if ('done' in step) return step.done;
    if ('failed' in step) throw new ChannelError(T1_REASONS[step.failed], step.outcome, `T=1: ${step.failed}`);
    if (step.waiting) options.onWaiting?.();
    const bBWI = step.waiting ? step.waitFactor : 0;
    let event: T1Event;
    try {
      const timeoutMs = exchangeMs + waitingMs * (step.waitFactor - 1);
      event = await slot.xfrBlock(step.send, { ...options, timeoutMs, waitingMs, bBWI });
    } catch (error) {
      event = cardEvent(error);
    }
    step = machine.receive(event);
  }
}

/** What the card did to a block is the protocol's own business; what the reader did is not, and is thrown on. */
function cardEvent(error: unknown): T1Event {
  const bError = error instanceof CcidError && error.reason !== 'no-card' ? error.bError : undefined;
  if (bError === XFR_PARITY_ERROR) return 'parity';
  if (bError === ICC_MUTE) return 'timeout';
  // A block that the reader refused is lost for the exchange it belongs to: the card may be at work.
  throw CcidError.reached(error);
}
