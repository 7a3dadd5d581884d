import { type Bytes, EMPTY, concat } from '../../codec/index.ts';
import type { TransferFaultKind } from './transfer-faults.ts';

/** How a transfer ended, in USB terms. 'failed' is noise on the wire, 'cancelled' and 'disconnected' are the host's doing and the cable's. */
export type TransferStatus = 'completed' | 'stall' | 'babble' | 'failed' | 'cancelled' | 'disconnected';

export interface TransferResult {
  readonly status: TransferStatus;
  /** Data of an IN transfer; empty for OUT and for every status but 'completed'. */
  readonly data: Bytes;
  /** Bytes moved, in either direction. */
  readonly actualBytes: number;
}

export interface TransferHandle {
  /** Ends a pending transfer with 'cancelled'; answers whether it was still pending. */
  cancel(): boolean;
}

interface Pending {
  readonly lengthBytes: number;
  readonly complete: (result: TransferResult) => void;
  got: Bytes[];
  gotBytes: number;
  /** The device has something for it. */
  met: boolean;
}

/** A transfer that moved nothing. */
export const ended = (status: TransferStatus): TransferResult => ({ status, data: EMPTY, actualBytes: 0 });

/**
 * The IN side of one endpoint: packets wait for transfers, transfers wait for packets. A transfer ends with a short packet or
 * when it is full (USB 2.0, 5.8.3); a packet that does not fit is babble (8.7.4), after which the endpoint is halted, as host
 * controllers leave it.
 */
export class InPipe {
  readonly #packetBytes: number;
  #packets: Bytes[] = [];
  #pending: Pending[] = [];
  #halted = false;
  readonly #meets: () => TransferFaultKind | null;

  /** `meets` is asked once for each transfer, when there is something for it: how that goes wrong. */
  constructor(packetBytes: number, meets: () => TransferFaultKind | null = () => null) {
    this.#packetBytes = packetBytes;
    this.#meets = meets;
  }

  /** Packets that no transfer has taken yet. */
  get waitingPackets(): number {
    return this.#packets.length;
  }

  get pendingTransfers(): number {
    return this.#pending.length;
  }

  /** One message cut into packets; a whole number of packets is closed by an empty one when `zeroLengthPacket`. */
  push(message: Bytes, zeroLengthPacket: boolean): void {
    for (let at = 0; at < message.length; at += this.#packetBytes) this.#packets.push(message.slice(at, at + this.#packetBytes));
    if (message.length % this.#packetBytes === 0 && (zeroLengthPacket || message.length === 0)) this.#packets.push(EMPTY);
    this.#drain();
  }

  /** One packet as it is, whatever its size: for a device that babbles. */
  pushPacket(packet: Bytes): void {
    this.#packets.push(packet);
    this.#drain();
  }

  /** Halts the endpoint: every transfer ends in a stall until {@link clearHalt}. */
  halt(): void {
    this.#halted = true;
    this.#packets = [];
    this.#drain();
  }

  clearHalt(): void {
    this.#halted = false;
  }

  /** Forgets what the device had to say. */
  flush(): void {
    this.#packets = [];
  }

  /** Ends every pending transfer. */
  end(status: TransferStatus): void {
    for (const transfer of this.#pending.splice(0)) transfer.complete(ended(status));
  }

  submit(lengthBytes: number, complete: (result: TransferResult) => void): TransferHandle {
    const transfer: Pending = { lengthBytes, complete, got: [], gotBytes: 0, met: false };
    this.#pending.push(transfer);
    this.#drain();
    return {
      cancel: () => {
        const at = this.#pending.indexOf(transfer);
        if (at < 0) return false;
        this.#pending.splice(at, 1);
        complete(ended('cancelled'));
        return true;
      },
    };
  }

  #drain(): void {
    for (;;) {
      const transfer = this.#pending[0];
      if (transfer === undefined) return;
      if (this.#halted) {
        this.#pending.shift();
        transfer.complete(ended('stall'));
        continue;
      }
      if (this.#packets.length === 0) return;
      if (!transfer.met) {
        transfer.met = true;
        const kind = this.#meets();
        if (kind !== null) this.#suffer(transfer, kind);
        // What befell it may have ended it, or emptied the pipe.
        if (kind !== null || this.#pending[0] !== transfer) continue;
      }
      const packet = this.#packets.shift();
      if (packet === undefined) return;
      if (packet.length > this.#packetBytes || transfer.gotBytes + packet.length > transfer.lengthBytes) {
        this.#pending.shift();
        this.#halted = true;
        this.#packets = [];
        transfer.complete(ended('babble'));
        continue;
      }
      transfer.got.push(packet);
      transfer.gotBytes += packet.length;
      if (packet.length === this.#packetBytes && transfer.gotBytes < transfer.lengthBytes) continue;
      this.#pending.shift();
      transfer.complete({ status: 'completed', data: concat(...transfer.got), actualBytes: transfer.gotBytes });
    }
  }

  #suffer(transfer: Pending, kind: TransferFaultKind): void {
    if (kind !== 'noise' && kind !== 'stall-and-go-on') this.#packets = [];
    if (kind === 'silence') {
      // It goes on waiting, for what the device says later.
      transfer.met = false;
      return;
    }
    if (kind !== 'noise') this.#halted = true;
    this.#pending.shift();
    transfer.complete(ended(kind === 'noise' ? 'failed' : kind === 'babble' ? 'babble' : 'stall'));
  }
}
