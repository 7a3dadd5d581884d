import { CcidError, type CcidInterface, CcidPipe, CcidSlot, effectsOf, type IccStatus, type SlotWatch, type SlotWatchParts } from '../ccid/index.ts';
import { noTrace } from '../codec/trace.ts';
import { type UsbDevice, UsbError, type UsbPort } from '../usb/index.ts';
import { ReaderSlot } from './card-slot.ts';
import type { DriverContext } from './driver-context.ts';
import { ChannelError } from './errors.ts';
import type { Lease } from './release-policy.ts';
import type { SlotSession } from './slot-session.ts';
import type { ChannelCloseReason, OpenReader } from './types.ts';

/** One claimed CCID interface and the slots behind it. */
interface Claim {
  readonly port: UsbPort;
  readonly slots: readonly ReaderSlot[];
  readonly toWatch: SlotWatchParts;
  watch: SlotWatch | undefined;
}

/**
 * One reader while somebody has it open. Between transactions the claim may be given back (idle, another page, the page goes);
 * the next use claims again, and cards are then powered anew.
 */
export class ReaderSession implements SlotSession {
  readonly slots: readonly ReaderSlot[];
  readonly closed: Promise<ChannelCloseReason>;
  readonly usb: UsbDevice;
  readonly #interfaces: readonly { readonly ccid: CcidInterface; readonly slots: readonly ReaderSlot[] }[];
  readonly #context: DriverContext;
  #resolveClosed: (reason: ChannelCloseReason) => void = () => undefined;
  #ended: ChannelCloseReason | undefined;
  #claims: readonly Claim[] = [];
  #lease: Lease | undefined;
  #opens = 0;
  #idle: AbortController | undefined;
  #forgetHide: () => void = () => undefined;

  constructor(usb: UsbDevice, interfaces: readonly CcidInterface[], context: DriverContext) {
    this.usb = usb;
    this.#context = context;
    let index = 0;
    this.#interfaces = interfaces.map((ccid) => ({
      ccid,
      slots: Array.from({ length: ccid.ccid.bMaxSlotIndex + 1 }, (_, bSlot) => new ReaderSlot(this, index++, bSlot, context)),
    }));
    this.slots = this.#interfaces.flatMap((each) => each.slots);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** @throws UsbError, CcidError */
  async open(signal: AbortSignal | undefined): Promise<OpenReader> {
    this.#opens++;
    try {
      await this.exclusive(() => Promise.resolve(), signal);
    } catch (error) {
      await this.#giveUp();
      throw error;
    }
    let open = true;
    return {
      // Slots of interfaces that somebody else holds can't be used.
      slots: this.slots.filter((slot) => slot.ccid !== undefined),
      closed: this.closed,
      close: async () => {
        if (!open) return;
        open = false;
        await this.#giveUp();
      },
    };
  }

  /**
   * Runs `job` alone on the whole device, claimed. Everything that talks to the reader goes through here.
   * @throws UsbError `aborted` before its turn, and what the claim throws
   */
  async exclusive<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#idle?.abort();
    const release = await this.usb.exchangeLock.acquire(signal);
    try {
      await this.#claim(signal);
      return await job();
    } finally {
      release();
      this.#startIdle();
    }
  }

  /** The last means against a reader that does not answer: gives it back and takes it again. Wants the device alone. @throws as the claim */
  async reclaim(): Promise<void> {
    await this.#unclaim(false);
    await this.#claim();
  }

  /** Starts or stops following the slots, by whether somebody wants to know. */
  updateWatch(): void {
    for (const claim of this.#claims) {
      if (claim.slots.some((slot) => slot.watched)) void this.#watch(claim);
      else claim.watch?.stop();
    }
  }

  async #watch(claim: Claim): Promise<void> {
    // Loaded with the first card or listener.
    const { SlotWatch } = await import('../ccid/slot-watch.ts');
    claim.watch ??= new SlotWatch(claim.toWatch);
    if (this.#claims.includes(claim) && claim.slots.some((slot) => slot.watched)) claim.watch.start();
  }

  /** Somebody began to listen: claims again if the reader was given back meanwhile. */
  wake(): void {
    this.updateWatch();
    if (this.#claims.length === 0 && this.#ended === undefined && this.#opens > 0)
      void this.exclusive(() => Promise.resolve()).catch(() => undefined);
  }

  async #giveUp(): Promise<void> {
    if (--this.#opens > 0 || this.#ended !== undefined) return;
    const busy = !this.usb.exchangeLock.idle;
    const closing = this.usb.exchangeLock.run(async () => {
      if (this.#opens > 0) return;
      await this.#unclaim(true);
      this.end('closed');
    });
    // Waiting inside one's own transaction would never end; the reader is given back after it.
    if (!busy) await closing;
  }

  /** Ends the session and all channels on it. */
  end(reason: ChannelCloseReason): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#idle?.abort();
    for (const slot of this.slots) slot.end(reason);
    void this.#unclaim(false);
    this.#resolveClosed(reason);
  }

  async #claim(signal?: AbortSignal): Promise<void> {
    if (this.#ended === 'unplugged') throw new UsbError('unplugged', 'the reader was unplugged');
    if (this.#ended !== undefined) throw new ChannelError('closed', 'not-sent', 'the reader is closed');
    if (this.#claims.length > 0) return;
    const lease = await this.#context.release.lease(leaseKey(this.usb.device));
    this.#lease = lease;
    const claims: Claim[] = [];
    let failure: unknown;
    for (const { ccid, slots } of this.#interfaces) {
      try {
        claims.push(await this.#claimInterface(ccid, slots, signal));
      } catch (error) {
        failure ??= error;
      }
    }
    this.#claims = claims;
    if (claims.length === 0) {
      lease.release();
      this.#lease = undefined;
      throw failure instanceof Error ? failure : new UsbError('no-interface', 'the device has no CCID interface', { cause: failure });
    }
    this.#forgetHide = this.#context.release.onHide(() => {
      void this.#unclaim(false);
    });
    const giveBack = (): void => {
      void this.usb.exchangeLock.run(() => (this.#lease === lease ? this.#unclaim(true) : Promise.resolve()));
    };
    if (lease.asked.aborted) giveBack();
    else lease.asked.addEventListener('abort', giveBack);
    this.updateWatch();
  }

  async #claimInterface(ccid: CcidInterface, slots: readonly ReaderSlot[], signal: AbortSignal | undefined): Promise<Claim> {
    const { clock, trace, timeouts, quirks, pollMs } = this.#context;
    const ofReader = effectsOf(await quirks(this.usb.device));
    if (ofReader.refused === true) throw new CcidError('old-firmware', 'firmware with known bugs');
    const [first] = this.#interfaces;
    const follows = ofReader.laterInterfacesFollow === true && ccid !== first?.ccid;
    const effects = follows ? { ...ofReader, powerOffFirst: true } : ofReader;
    if (trace !== noTrace) this.#context.bodies ??= await import('./trace-body.ts');
    if (ccid.setting.bInterfaceProtocol !== 0)
      throw new CcidError('unsupported-interface', `interface protocol ${ccid.setting.bInterfaceProtocol}: ICCD`);
    const port = await this.usb.openPort(ccid.setting);
    try {
      if (effects.openDelayMs !== undefined)
        await clock.sleep(effects.openDelayMs, signal).catch((cause: unknown) => {
          throw new UsbError('aborted', 'the opening was given up', { cause });
        });
      const pipe = new CcidPipe({ port, clock, trace });
      // A reader may have 256 slots: once it was silent the others are not waited for.
      let answers = true;
      for (const slot of slots) {
        const presenceOf = follows ? first?.slots[slot.bSlot]?.ccid : undefined;
        const ccidSlot = new CcidSlot({ pipe, bSlot: slot.bSlot, ccid: ccid.ccid, effects, timeouts, clock, presenceOf });
        // The first command also finds what an earlier user left in the pipe, and drops it.
        const status = answers
          ? await ccidSlot.getSlotStatus({ signal }, effects.openTimeoutFactor).catch((error: unknown) => {
              answers = !(error instanceof CcidError && error.reason === 'timeout');
              // Power-on finds out more, and helps some readers. One that is gone can't be opened.
              const goesOn = error instanceof CcidError || (error instanceof UsbError && (error.reason === 'stall' || error.reason === 'babble'));
              if (goesOn && signal?.aborted !== true) return undefined;
              throw error;
            })
          : undefined;
        slot.attach(ccidSlot, status);
        pipe.leap();
      }
    } catch (error) {
      for (const slot of slots) slot.detach();
      await port.close();
      throw error;
    }
    void port.closed.then((reason) => {
      if (reason !== 'closed') this.end(reason);
    });
    const toWatch: SlotWatchParts = {
      port,
      slotCount: slots.length,
      pollMs,
      clock,
      trace,
      ask: async (bSlot, signal) => {
        const status = async (): Promise<IccStatus | undefined> => slots[bSlot]?.ccid?.getSlotStatus({ signal });
        if (this.usb.exchangeLock.idle) return this.usb.exchangeLock.run(status, signal);
        // A transaction may last: a card that is taken out while it waits for a person is noticed between its commands.
        return this.slots.find((slot) => slot.current !== undefined)?.current?.between(status);
      },
      onStatus: (bSlot, status, changed) => slots[bSlot]?.onStatus(status, changed),
    };
    return { port, slots, toWatch, watch: undefined };
  }

  /** Gives the claim back. `powerOff` wants the exchange lock held; without it whatever runs fails. */
  async #unclaim(powerOff: boolean): Promise<void> {
    const claims = this.#claims;
    const lease = this.#lease;
    this.#claims = [];
    this.#lease = undefined;
    this.#forgetHide();
    for (const { port, slots, watch } of claims) {
      watch?.stop();
      for (const slot of slots) {
        if (powerOff) await slot.powerOff();
        slot.detach();
      }
      await port.close();
    }
    lease?.release();
  }

  #startIdle(): void {
    const { clock, release } = this.#context;
    this.#idle?.abort();
    if (!Number.isFinite(release.idleMs) || this.#ended !== undefined || this.#claims.length === 0) return;
    const idle = new AbortController();
    this.#idle = idle;
    clock.sleep(release.idleMs, idle.signal).then(
      () => {
        if (this.slots.some((slot) => slot.hasListeners)) this.#startIdle();
        else void this.usb.exchangeLock.run(() => (idle.signal.aborted ? Promise.resolve() : this.#unclaim(true)));
      },
      () => undefined,
    );
  }
}

function leaseKey(device: USBDevice): string {
  return `${device.vendorId.toString(16)}:${device.productId.toString(16)}:${device.serialNumber ?? ''}`;
}
