import { type Bytes, EMPTY, fromHex, toHex } from '../../../src/codec/index.ts';
import { type ControlRequest, type TransferOptions, type UsbCloseReason, UsbError, type UsbPort } from '../../../src/usb/index.ts';

/** One scripted step: what must go out, or what comes in. */
export type Step =
  | { readonly out: string }
  | { readonly in: string }
  | { readonly fails: UsbError; readonly at: 'in' | 'out' }
  | { readonly control: string }
  | { readonly clears: string };

/** A port that plays a script, in order, and fails on anything else and on leftovers. Hex with blanks; '#' starts a note. */
export class ScriptPort implements UsbPort {
  readonly packetBytes: number;
  readonly hasInterruptIn = false;
  readonly interfaceNumber = 2;
  readonly configurationDescriptor: Bytes = EMPTY;
  readonly closed: Promise<UsbCloseReason> = new Promise(() => undefined);
  /** Lengths of the reads that were asked for. */
  readonly asked: number[] = [];
  readonly #steps: Step[];
  readonly #waiting: { readonly resolve: (data: Bytes) => void; readonly reject: (error: Error) => void }[] = [];

  constructor(steps: readonly Step[], packetBytes = 64) {
    this.#steps = [...steps];
    this.packetBytes = packetBytes;
  }

  /** @throws Error when steps are left */
  end(): void {
    if (this.#steps.length > 0) throw new Error(`${this.#steps.length} steps were not played, first ${JSON.stringify(this.#steps[0])}`);
  }

  bulkOut(data: Bytes): Promise<void> {
    const step = this.#steps.shift();
    if (step !== undefined && 'fails' in step && step.at === 'out') return Promise.reject(step.fails);
    const expected = step !== undefined && 'out' in step ? toHex(fromHex(step.out)) : JSON.stringify(step);
    if (expected !== toHex(data)) return Promise.reject(new Error(`script says ${expected}, sent was ${toHex(data)}`));
    this.#feed();
    return Promise.resolve();
  }

  bulkIn(maxBytes: number, options: TransferOptions = {}): Promise<Bytes> {
    this.asked.push(maxBytes);
    if (maxBytes % this.packetBytes !== 0) return Promise.reject(new UsbError('babble', 'a read that is no whole number of packets'));
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(new UsbError('aborted', 'aborted'));
      };
      const entry = {
        resolve: (data: Bytes): void => {
          options.signal?.removeEventListener('abort', onAbort);
          resolve(data);
        },
        reject: (error: Error): void => {
          options.signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      this.#waiting.push(entry);
      options.signal?.addEventListener('abort', onAbort, { once: true });
      this.#feed();
    });
  }

  interruptIn(): Promise<Bytes> {
    return Promise.reject(new UsbError('no-endpoint', 'none'));
  }

  controlIn(): Promise<Bytes> {
    return Promise.reject(new UsbError('stall', 'none'));
  }

  controlOut(request: ControlRequest): Promise<void> {
    const step = this.#steps.shift();
    const got = [request.type, request.recipient, request.bRequest, request.wValue, request.wIndex].join(' ');
    return step !== undefined && 'control' in step && step.control === got
      ? Promise.resolve()
      : Promise.reject(new Error(`script says ${JSON.stringify(step)}, control was ${got}`));
  }

  clearHalt(endpoint: string): Promise<void> {
    const step = this.#steps.shift();
    if (step === undefined || !('clears' in step) || step.clears !== endpoint)
      throw new Error(`script says ${JSON.stringify(step)}, cleared was ${endpoint}`);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #feed(): void {
    for (;;) {
      const [step] = this.#steps;
      const [reader] = this.#waiting;
      if (step === undefined || reader === undefined) return;
      if ('in' in step) reader.resolve(fromHex(step.in));
      else if ('fails' in step && step.at === 'in') reader.reject(step.fails);
      else return;
      this.#steps.shift();
      this.#waiting.shift();
    }
  }
}
