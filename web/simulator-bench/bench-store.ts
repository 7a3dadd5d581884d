/** The cards that the bench offers. */
export type BenchProfile = 'nist' | 'yubikey-5.7';

export const BENCH_PROFILES: readonly BenchProfile[] = ['nist', 'yubikey-5.7'];

/** How the bench stands. */
export interface BenchState {
  /** False until the person asks for the simulated reader. */
  readonly on: boolean;
  readonly plugged: boolean;
  readonly inserted: boolean;
  readonly profile: BenchProfile;
}

export const FIRST_STATE: BenchState = { on: false, plugged: true, inserted: true, profile: 'yubikey-5.7' };

const STATE = 'web-minidriver.bench';
const cardKey = (profile: BenchProfile): string => `web-minidriver.bench.card.${profile}`;

/** What of Web Storage the bench uses; a page's localStorage, or what stands for it. */
export type BenchStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Keeps the bench and its cards from visit to visit. A storage that refuses (private windows, full) makes the bench forgetful, no more. */
export class BenchStore {
  readonly #storage: BenchStorage;

  constructor(storage: BenchStorage) {
    this.#storage = storage;
  }

  state(): BenchState {
    const kept = this.#read(STATE);
    if (typeof kept !== 'object' || kept === null) return FIRST_STATE;
    const { on, plugged, inserted, profile } = kept as Readonly<Record<string, unknown>>;
    const known = BENCH_PROFILES.find((name) => name === profile);
    if (typeof on !== 'boolean' || typeof plugged !== 'boolean' || typeof inserted !== 'boolean' || known === undefined) return FIRST_STATE;
    return { on, plugged, inserted, profile: known };
  }

  saveState(state: BenchState): void {
    this.#write(STATE, state);
  }

  /** What a card saved of itself, or undefined. The card judges it. */
  card(profile: BenchProfile): unknown {
    return this.#read(cardKey(profile));
  }

  saveCard(profile: BenchProfile, image: unknown): void {
    this.#write(cardKey(profile), image);
  }

  forgetCard(profile: BenchProfile): void {
    try {
      this.#storage.removeItem(cardKey(profile));
    } catch {
      // Nothing was kept then.
    }
  }

  /** True for the storage keys of a change that another page of ours made. */
  static concerns(key: string | null): boolean {
    return key === null || key.startsWith(STATE);
  }

  #read(key: string): unknown {
    try {
      return JSON.parse(this.#storage.getItem(key) ?? 'null') ?? undefined;
    } catch {
      return undefined;
    }
  }

  #write(key: string, value: unknown): void {
    try {
      this.#storage.setItem(key, JSON.stringify(value));
    } catch {
      // The card goes on in memory.
    }
  }
}
