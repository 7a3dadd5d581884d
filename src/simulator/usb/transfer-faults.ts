import { FaultQueue, type FaultTimes } from './fault-queue.ts';

/** What goes wrong with one transfer, whatever message it is a part of. */
export type TransferFaultKind =
  /** The endpoint halts; what the device was about to send or to take is lost. */
  | 'stall'
  /** The endpoint halts; the device sends the same when the host has cleared that. As `stall` for what goes out. */
  | 'stall-and-go-on'
  /** The device sends more than the host asked for. As `stall` for what goes out. */
  | 'babble'
  /** Noise on the wire until the host controller gives the transfer up. The device sends the same to the next one. */
  | 'noise'
  /** The transfer never ends; what the device was about to send or to take is lost. */
  | 'silence'
  /** The device is pulled. */
  | 'unplug';

export const TRANSFER_FAULT_KINDS: readonly TransferFaultKind[] = ['stall', 'stall-and-go-on', 'babble', 'noise', 'silence', 'unplug'];

/** When a fault of transfers is over: after one or two of them, when a host claims the interface anew, or never. */
export type TransferFaultEnd = 'once' | 'twice' | 'claim' | 'never';

export const TRANSFER_FAULT_ENDS: readonly TransferFaultEnd[] = ['once', 'twice', 'claim', 'never'];

/** A fault to come. IN transfers are counted when the device has something for them: one that waits for nothing is no moment. */
export interface TransferFault extends FaultTimes {
  readonly kind: TransferFaultKind;
  /** Address of the endpoint; 0 = the control pipe. */
  readonly address: number;
  /** On the control pipe: counts and strikes only this bRequest. */
  readonly bRequest?: number;
  readonly until?: TransferFaultEnd;
  /** `noise` and `silence` of what goes out: the device has taken it all the same, only the host does not learn so. */
  readonly taken?: boolean;
}

/** The endpoint is halted after it. */
export const halts = (kind: TransferFaultKind): boolean => kind === 'stall' || kind === 'stall-and-go-on' || kind === 'babble';

/** The faults of one device's transfers, and how many transfers there were. */
export class TransferFaults {
  readonly #queue = new FaultQueue<TransferFault>();
  readonly #transfers = new Map<number, number>();

  /** Several may wait; the first planted strikes first. */
  plant(fault: TransferFault): void {
    this.#queue.plant(fault);
  }

  clear(): void {
    this.#queue.clear();
  }

  /** How often transfers suffered since the faults were cleared. */
  get struck(): number {
    return this.#queue.strikes;
  }

  /** Transfers that there have been on an endpoint, as faults count them. */
  transfersAt(address: number): number {
    return this.#transfers.get(address) ?? 0;
  }

  /** Counts a transfer; answers the fault that strikes it. */
  arrived(address: number, bRequest?: number): TransferFault | null {
    this.#transfers.set(address, this.transfersAt(address) + 1);
    return this.#queue.arrived((fault) => fault.address === address && (fault.bRequest === undefined || fault.bRequest === bRequest));
  }

  /** A host took the interface anew. */
  claimed(): void {
    this.#queue.end('claim');
  }
}
