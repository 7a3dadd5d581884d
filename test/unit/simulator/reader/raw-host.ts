import { type Bytes, bytes, concat, toHex } from '../../../../src/codec/index.ts';
import { READER_ENDPOINTS, type SimulatedReader } from '../../../../src/simulator/reader/index.ts';
import type { TransferResult } from '../../../../src/simulator/usb/index.ts';

/** A host without a driver: bytes out, bytes in. */
export class RawHost {
  readonly reader: SimulatedReader;
  #bSeq = 0;

  constructor(reader: SimulatedReader) {
    this.reader = reader;
    reader.device.plug();
  }

  in(lengthBytes = 65600, address: number = READER_ENDPOINTS.bulkIn): Promise<TransferResult> {
    return new Promise((resolve) => this.reader.device.submitIn(address, lengthBytes, resolve));
  }

  out(data: Bytes): Promise<TransferResult> {
    return new Promise((resolve) => this.reader.device.submitOut(READER_ENDPOINTS.bulkOut, data, resolve));
  }

  /** A message with the next bSeq. */
  message(bMessageType: number, abData: readonly number[] | Bytes = [], bytes7to9: readonly number[] = [0, 0, 0], bSlot = 0): Bytes {
    const body = bytes(abData);
    const length = [body.length & 0xff, (body.length >> 8) & 0xff, (body.length >> 16) & 0xff, 0];
    return concat(bytes([bMessageType, ...length, bSlot, this.#bSeq++ & 0xff, ...bytes7to9]), body);
  }

  /** One command and one answer, in hexadecimal. */
  async command(...parts: Parameters<RawHost['message']>): Promise<string> {
    const answer = this.in();
    await this.out(this.message(...parts));
    return toHex((await answer).data);
  }
}
