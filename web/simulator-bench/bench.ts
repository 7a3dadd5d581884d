import { BenchUsb } from './bench-usb.ts';
import { type BenchProfile, type BenchState, type BenchStorage, BenchStore } from './bench-store.ts';
import type { Simulated } from './simulated.ts';

/**
 * The simulated reader of the pages: unplugged and unloaded until somebody asks for it, then kept over reloads. `usb` is what the
 * elements get beside the browser's own.
 */
export class Bench {
  readonly usb: BenchUsb;
  readonly #store: BenchStore;
  readonly #listeners = new Set<() => void>();
  #state: BenchState;
  #simulated: Promise<Simulated> | undefined;

  constructor(storage: BenchStorage) {
    this.#store = new BenchStore(storage);
    this.#state = this.#store.state();
    this.usb = new BenchUsb(() => (this.#state.on ? this.#setUp().then(({ usb }) => usb) : undefined));
  }

  get state(): BenchState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Fetches the simulator of a bench that is in use, before somebody waits for it. */
  async prepare(): Promise<void> {
    if (this.#state.on) await this.usb.getDevices();
  }

  /** Sets the bench up: reader plugged in, card inserted. Resolves when the reader can be found. */
  async start(): Promise<void> {
    this.#become({ on: true, plugged: true, inserted: true });
    await this.#setUp();
  }

  async setPlugged(plugged: boolean): Promise<void> {
    const simulated = await this.#setUp();
    if (plugged) simulated.plug();
    else simulated.unplug();
    this.#become({ plugged });
  }

  async setInserted(inserted: boolean): Promise<void> {
    const simulated = await this.#setUp();
    if (inserted) simulated.insert(this.#state.profile);
    else simulated.remove();
    this.#become({ inserted });
  }

  /** Another card; each keeps what is on it. */
  async setProfile(profile: BenchProfile): Promise<void> {
    const simulated = await this.#setUp();
    this.#become({ profile });
    if (this.#state.inserted) simulated.insert(profile);
  }

  /** Throws the card away and takes a new one. */
  async reset(): Promise<void> {
    const simulated = await this.#setUp();
    this.#store.forgetCard(this.#state.profile);
    if (this.#state.inserted) simulated.insert(this.#state.profile);
  }

  /** Takes up what another page of ours changed in the storage. */
  async follow(key: string | null): Promise<void> {
    if (!BenchStore.concerns(key)) return;
    const [before, now] = [this.#state, this.#store.state()];
    this.#state = now;
    if (!now.on) return this.#tell();
    const simulated = await this.#setUp();
    if (now.plugged !== before.plugged) {
      if (now.plugged) simulated.plug();
      else simulated.unplug();
    }
    if (now.inserted) simulated.insert(now.profile);
    else simulated.remove();
    this.#tell();
  }

  /** The page goes. */
  async closePage(): Promise<void> {
    (await this.#simulated)?.closePage();
  }

  #setUp(): Promise<Simulated> {
    if (this.#simulated === undefined) {
      const simulated = import('./simulated.ts').then(({ setUpSimulated }) => {
        const made = setUpSimulated(this.#store);
        if (this.#state.inserted) made.insert(this.#state.profile);
        if (this.#state.plugged) made.plug();
        return made;
      });
      // A part that did not load can be asked for again.
      simulated.catch(() => (this.#simulated = undefined));
      this.#simulated = simulated;
      // Whoever watches for readers hears of the first one too.
      void this.usb.getDevices();
    }
    return this.#simulated;
  }

  #become(change: Partial<BenchState>): void {
    this.#state = { ...this.#state, ...change };
    this.#store.saveState(this.#state);
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
