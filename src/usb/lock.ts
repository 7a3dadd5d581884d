import { UsbError } from './errors.ts';

/** Exclusive use in order of asking. Nothing is held by a caller that was aborted while waiting. */
export class Lock {
  readonly #waiting: (() => void)[] = [];
  #held = false;

  /** True while nobody holds it and nobody waits. */
  get idle(): boolean {
    return !this.#held;
  }

  /** Takes the lock; the answer gives it back, once. @throws UsbError `aborted` */
  acquire(signal?: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const refuse = (): void => {
        const at = this.#waiting.indexOf(enter);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(new UsbError('aborted', 'aborted while waiting for the device', { cause: signal?.reason }));
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', refuse);
        this.#held = true;
        let released = false;
        resolve(() => {
          if (released) return;
          released = true;
          const next = this.#waiting.shift();
          if (next === undefined) this.#held = false;
          else next();
        });
      };
      if (signal?.aborted === true) {
        refuse();
        return;
      }
      signal?.addEventListener('abort', refuse, { once: true });
      if (this.#held) this.#waiting.push(enter);
      else enter();
    });
  }

  /** Runs `job` alone. @throws UsbError `aborted` when the signal fires before its turn. */
  async run<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const release = await this.acquire(signal);
    try {
      return await job();
    } finally {
      release();
    }
  }
}
