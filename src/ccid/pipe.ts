import { type Bytes, EMPTY, wipe } from '../codec/bytes.ts';
import { type Clock, systemClock } from '../codec/clock.ts';
import { noTrace, type Trace } from '../codec/trace.ts';
import { within } from '../codec/within.ts';
import { Lock, UsbError, type UsbPort, type UsbReason } from '../usb/index.ts';
import { CcidError } from './errors.ts';
import {
  answerOf,
  type CcidCommand,
  type CcidResponse,
  COMMAND_OK,
  encodeMessage,
  HEADER_BYTES,
  parseHeader,
  RDR_to_PC,
  type ResponseName,
  TIME_EXTENSION,
} from './messages.ts';

export interface ExchangeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called for each time extension the reader asks for. */
  readonly onWaiting?: (() => void) | undefined;
  /** Nothing is computed for this answer: time extensions come to an end, whatever the message. */
  readonly bounded?: boolean | undefined;
  /** What the multiplier of a time extension counts: BWT or WWT, in milliseconds. The whole time-out where it is not known. */
  readonly waitingMs?: number | undefined;
}

export interface PipeParts {
  readonly port: UsbPort;
  readonly clock?: Clock | undefined;
  readonly trace?: Trace | undefined;
}

/** Bytes that answer nothing we asked, before the reader is given up: the longest answer of an earlier owner, and a few more. */
const MAX_STALE_BYTES = 70_000;
/** How long the answer may take to come after a read that failed. */
const REREAD_MS = 1000;
/** How long an endpoint may take to be cleared; nothing else is served meanwhile. */
const CLEAR_MS = 3000;
/** Empty transfers in a row: some readers close a message with one, some send stray ones. */
const MAX_EMPTY = 16;
/** The longest answer APDU is 65538 bytes; a hostile dwLength must not reserve more. */
const MAX_MESSAGE_BYTES = HEADER_BYTES + 65_600;
/** A card that computes asks once a second. A reader that asks faster than this over a long time is broken. */
const EXTENSION_BURST = 1000;
const EXTENSION_PERIOD_MS = 10;
/** Only what a card computes, a person types or a vendor does may take any time. */
const UNLIMITED: ReadonlySet<CcidCommand['name']> = new Set(['XfrBlock', 'Secure', 'Escape']);
const MOST_EXTENSIONS = 60;

/** What ended an exchange early. */
const TIMED_OUT: unique symbol = Symbol('timed out');
const FINISHED: unique symbol = Symbol('finished');

/**
 * One command, one answer over the bulk pair of one interface (CCID 1.1, 3.2 and 6). A message is one bulk transfer, dwLength is
 * the authority on its length. Commands queue; bSeq counts per interface.
 */
export class CcidPipe {
  readonly port: UsbPort;
  readonly #clock: Clock;
  readonly #trace: Trace;
  readonly #lock = new Lock();
  #bSeq: number;
  /** A message whose rest was not read because its caller gave up; it is finished and dropped first. */
  #partial: { readonly bytes: Bytes; have: number } | undefined;

  constructor(parts: PipeParts) {
    this.port = parts.port;
    this.#clock = parts.clock ?? systemClock;
    this.#trace = parts.trace ?? noTrace;
    // Not the same for every owner: an answer to an earlier one must not look like one to us.
    this.#bSeq = Math.trunc(this.#clock.nowMs()) & 0xff;
  }

  /** Goes on half the circle away: a run of old answers, which counts by one, can't pass for the last one of ours and the next. */
  leap(): void {
    this.#bSeq = (this.#bSeq + 128) & 0xff;
  }

  /**
   * Sends a command and reads its answer, which may say that it failed. Time extensions renew the time-out without limit.
   * @throws CcidError `timeout`, `aborted`, `bad-message`, `truncated`, `too-long`; UsbError
   */
  exchange(command: CcidCommand, timeoutMs: number, options: ExchangeOptions = {}): Promise<CcidResponse> {
    return this.#run(command, timeoutMs, options);
  }

  /**
   * Both halves of an abort, with one bSeq (CCID 1.1, 5.3.1 and 6.1.13). Where the control half is refused the other one is not sent: a
   * reader that got only one of them fails everything. @throws UsbError, CcidError
   */
  abort(bSlot: number, timeoutMs: number): Promise<CcidResponse> {
    return this.#run({ name: 'Abort', bSlot }, timeoutMs, {}, async (bSeq, signal) => {
      const request = {
        type: 'class',
        recipient: 'interface',
        bRequest: 0x01,
        wValue: (bSeq << 8) | bSlot,
        wIndex: this.port.interfaceNumber,
      } as const;
      await this.port.controlOut(request, EMPTY, { signal });
    });
  }

  async #run(
    command: CcidCommand,
    timeoutMs: number,
    options: ExchangeOptions,
    before?: (bSeq: number, signal: AbortSignal) => Promise<void>,
  ): Promise<CcidResponse> {
    const message = `PC_to_RDR_${command.name}`;
    const aborted = (reachedCard: boolean, cause: unknown): CcidError =>
      new CcidError('aborted', `${message} aborted`, { message, reachedCard, cause });
    const release = await this.#lock.acquire(options.signal).catch((error: unknown) => {
      throw aborted(false, error);
    });
    const cancel = new AbortController();
    const onAbort = (): void => cancel.abort();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const deadline: Deadline = { atMs: this.#clock.nowMs() + timeoutMs, spanMs: timeoutMs, failed: undefined };
    void this.#watch(deadline, cancel);
    const bSeq = this.#bSeq;
    this.#bSeq = (bSeq + 1) & 0xff;
    const out = encodeMessage(command, bSeq);
    try {
      await before?.(bSeq, cancel.signal);
      this.#trace({ layer: 'ccid', kind: 'command', message, bSlot: command.bSlot, bSeq, dwLength: out.length - HEADER_BYTES });
      // The read is queued first: the answer is then fetched without another turn through the browser.
      const early = this.#read(deadline, cancel.signal);
      early.catch(() => undefined);
      await this.port.bulkOut(out, { signal: cancel.signal });
      return await this.#answer(command, bSeq, timeoutMs, deadline, cancel.signal, early, options);
    } catch (error) {
      if (cancel.signal.aborted) {
        if (cancel.signal.reason === TIMED_OUT)
          throw (
            deadline.failed ?? new CcidError('timeout', `${message}: no answer within ${Math.ceil(deadline.spanMs)} ms`, { message, cause: error })
          );
        throw aborted(true, error);
      }
      await this.#recover(error);
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', onAbort);
      // Ends the watch; a read that is still pending goes to the next exchange.
      cancel.abort(FINISHED);
      wipe(out);
      release();
    }
  }

  async #answer(
    command: CcidCommand,
    bSeq: number,
    timeoutMs: number,
    deadline: Deadline,
    signal: AbortSignal,
    early: Promise<Bytes>,
    { onWaiting, bounded, waitingMs }: ExchangeOptions,
  ): Promise<CcidResponse> {
    const expected = RDR_to_PC[answerOf(command.name)];
    const message = `PC_to_RDR_${command.name}`;
    const startMs = this.#clock.nowMs();
    let first: Promise<Bytes> | undefined = early;
    for (let staleBytes = 0, extensions = 0; ;) {
      const got: Incoming = await this.#receive(deadline, signal, first);
      first = undefined;
      const { header } = got;
      if (header === undefined || header.bSlot !== command.bSlot || header.bSeq !== bSeq) {
        staleBytes += got.lengthBytes;
        if (staleBytes > MAX_STALE_BYTES) throw new CcidError('bad-message', `${message}: ${staleBytes} bytes answer something else`, { message });
        continue;
      }
      const facts = { message, bStatus: header.bStatus, bError: header.bError };
      if (got.fault !== undefined) throw new CcidError(got.fault, `answer to ${message} of ${header.dwLength} bytes: ${got.fault}`, facts);
      this.#trace({
        layer: 'ccid',
        kind: 'response',
        message: responseName(header.bMessageType),
        bSlot: header.bSlot,
        bSeq,
        dwLength: header.dwLength,
        bStatus: header.bStatus,
        bError: header.bError,
      });
      if (header.bmCommandStatus === TIME_EXTENSION) {
        const nowMs = this.#clock.nowMs();
        if (
          ++extensions - EXTENSION_BURST > (nowMs - startMs) / EXTENSION_PERIOD_MS ||
          (extensions > MOST_EXTENSIONS && (bounded === true || !UNLIMITED.has(command.name)))
        )
          throw new CcidError('timeout', `${message}: time extensions without end`, facts);
        // bError multiplies BWT or WWT; zero is seen and means one (CCID 1.1, 6.2.6).
        deadline.spanMs = timeoutMs + (waitingMs ?? timeoutMs) * Math.max(0, header.bError - 1);
        deadline.atMs = nowMs + deadline.spanMs;
        deadline.failed = undefined;
        onWaiting?.();
        continue;
      }
      if (header.bmCommandStatus > TIME_EXTENSION || (header.bmCommandStatus === COMMAND_OK && header.bMessageType !== expected)) {
        throw new CcidError('bad-message', `${message}: answered by ${responseName(header.bMessageType)}`, facts);
      }
      return { ...header, abData: got.abData };
    }
  }

  /** Bytes to ask for next: one packet while the length is unknown, then the rest in whole packets. Less would be babble. */
  #wanted(): number {
    const packet = this.port.packetBytes;
    const partial = this.#partial;
    return partial === undefined ? packet : Math.ceil((partial.bytes.length - partial.have) / packet) * packet;
  }

  /**
   * One IN transfer. One that fails is tried once more in an exchange, for a short while: the answer may still be there.
   * @throws UsbError, that of the first one where the second brought nothing
   */
  async #read(deadline: Deadline, signal: AbortSignal): Promise<Bytes> {
    try {
      return await this.port.bulkIn(this.#wanted(), { signal });
    } catch (error) {
      if (!(error instanceof UsbError) || !REREAD.has(error.reason) || deadline.failed !== undefined) throw error;
      deadline.failed = error;
      await this.#recover(error);
      return await within(this.#clock, REREAD_MS, (soon) => this.port.bulkIn(this.#wanted(), { signal: soon }), signal).catch(() => {
        throw error;
      });
    }
  }

  async #receive(deadline: Deadline, signal: AbortSignal, early: Promise<Bytes> | undefined): Promise<Incoming> {
    let chunk = early;
    let lengthBytes = 0;
    for (let empty = 0; ;) {
      const data = await (chunk ?? this.#read(deadline, signal));
      chunk = undefined;
      lengthBytes += data.length;
      if (data.length === 0) {
        if (++empty > MAX_EMPTY) throw new CcidError('bad-message', 'only empty transfers');
        continue;
      }
      empty = 0;
      if (this.#partial === undefined) {
        const header = data.length < HEADER_BYTES ? undefined : parseHeader(data);
        if (header === undefined || !RESPONSES.has(header.bMessageType)) return { header, fault: 'bad-message', abData: EMPTY, lengthBytes };
        if (header.dwLength > MAX_MESSAGE_BYTES - HEADER_BYTES) return { header, fault: 'too-long', abData: EMPTY, lengthBytes };
        this.#partial = { bytes: new Uint8Array(HEADER_BYTES + header.dwLength), have: 0 };
      }
      const partial: { readonly bytes: Bytes; have: number } = this.#partial;
      const { bytes } = partial;
      // Bytes beyond dwLength are seen behind good messages (GemPC Twin, AU9540, R502): they are dropped.
      bytes.set(data.length > bytes.length - partial.have ? data.subarray(0, bytes.length - partial.have) : data, partial.have);
      partial.have += data.length;
      const complete = partial.have >= bytes.length;
      // A transfer that ends inside a packet ends the message.
      if (!complete && data.length % this.port.packetBytes === 0) continue;
      this.#partial = undefined;
      const header = parseHeader(bytes);
      return { header, fault: complete ? undefined : 'truncated', abData: bytes.subarray(HEADER_BYTES), lengthBytes };
    }
  }

  /** Makes the endpoint usable again after a stall or an overflow. */
  async #recover(error: unknown): Promise<void> {
    if (!(error instanceof UsbError) || (error.reason !== 'stall' && error.reason !== 'babble')) return;
    this.#partial = undefined;
    for (const endpoint of ['bulk-in', 'bulk-out'] as const)
      await within(this.#clock, CLEAR_MS, (signal) => this.port.clearHalt(endpoint, { signal })).catch(() => undefined);
  }

  async #watch(deadline: { readonly atMs: number }, cancel: AbortController): Promise<void> {
    try {
      for (let leftMs = deadline.atMs - this.#clock.nowMs(); leftMs > 0; leftMs = deadline.atMs - this.#clock.nowMs())
        await this.#clock.sleep(leftMs, cancel.signal);
      cancel.abort(TIMED_OUT);
    } catch {
      // The exchange ended first.
    }
  }
}

interface Incoming {
  readonly header: ReturnType<typeof parseHeader> | undefined;
  readonly fault: 'bad-message' | 'too-long' | 'truncated' | undefined;
  readonly abData: Bytes;
  /** What came over the bus for it. */
  readonly lengthBytes: number;
}

/** When an exchange ends without an answer. */
interface Deadline {
  atMs: number;
  /** How long nothing came then. */
  spanMs: number;
  /** The read that failed, and was tried once more. */
  failed: UsbError | undefined;
}

/** After these the answer may still be in the reader. */
const REREAD: ReadonlySet<string> = new Set<UsbReason>(['stall', 'babble', 'transfer-failed']);

const RESPONSES: ReadonlySet<number> = new Set(Object.values(RDR_to_PC));

function responseName(bMessageType: number): string {
  const known = (Object.keys(RDR_to_PC) as ResponseName[]).find((name) => RDR_to_PC[name] === bMessageType);
  return known === undefined ? 'an unknown message' : `RDR_to_PC_${known}`;
}
