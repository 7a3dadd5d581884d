import type { UsbDevice } from '../usb/index.ts';

/** What a slot needs of the session of its reader. */
export interface SlotSession {
  readonly usb: UsbDevice;
  readonly ended: boolean;
  /** Runs `job` alone on the whole device, claimed. */
  exclusive<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** The last means against a reader that does not answer: gives it back and takes it again. Wants the device alone. */
  reclaim(): Promise<void>;
  /** Starts or stops following the slots, by whether somebody wants to know. */
  updateWatch(): void;
  /** Somebody began to listen: claims again if the reader was given back meanwhile. */
  wake(): void;
}
