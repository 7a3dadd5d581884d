/** The right to claim one reader, among the pages of one origin. */
export interface Lease {
  /** Fires when another page of ours asks for the reader; may have fired before the lease is there. */
  readonly asked: AbortSignal;
  release(): void;
}

/** When a claimed reader is given back, so that other pages and programs get it. */
export interface ReleasePolicy {
  /** A reader without transaction and without somebody who watches its slots is given back after this time. Infinity = never. */
  readonly idleMs: number;
  /** Asks the other pages of ours for the reader and waits a short time for it; answers in any case, the claim itself decides. */
  lease(key: string): Promise<Lease>;
  /** Calls back when the page goes away; returns the unsubscriber. */
  onHide(listener: () => void): () => void;
}

/** Keeps a reader until it is closed: scripts and tests. */
export const keepClaimed: ReleasePolicy = {
  idleMs: Number.POSITIVE_INFINITY,
  lease: () => Promise.resolve({ asked: new AbortController().signal, release: () => undefined }),
  onHide: () => () => undefined,
};

/** The part of `navigator.locks` that is used (Web Locks API, 3.2). */
export interface LockManagerLike {
  request(name: string, options: { readonly signal: AbortSignal }, callback: () => Promise<void>): Promise<unknown>;
}

/** The part of a BroadcastChannel that is used. */
export interface BroadcastLike {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  removeEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

export interface PageReleaseParts {
  readonly locks?: LockManagerLike | undefined;
  readonly broadcast?: BroadcastLike | undefined;
  /** The window; in a worker nothing tells that the page goes, and the browser closes the device itself. */
  readonly page?:
    { addEventListener(type: 'pagehide', listener: () => void): void; removeEventListener(type: 'pagehide', listener: () => void): void } | undefined;
  readonly idleMs?: number;
  /** How long another page of ours may take to give the reader back. */
  readonly waitMs?: number;
}

const IDLE_MS = 120_000;
const WAIT_MS = 3000;
const ASK_AGAIN_MS = 500;

/**
 * The policy of a page: one Web Lock a reader, held while it is claimed; a page that wants it says so on a BroadcastChannel and the
 * holder gives it back after its transaction.
 */
export function pageReleasePolicy(parts: PageReleaseParts): ReleasePolicy {
  const { locks, broadcast, page } = parts;
  return {
    idleMs: parts.idleMs ?? IDLE_MS,
    lease: async (key) => {
      const asked = new AbortController();
      const name = `web-minidriver ${key}`;
      // Heard from here on: who asks while we wait ourselves stands behind us, and would be overheard by everybody.
      const onMessage = (event: { readonly data: unknown }): void => {
        if (typeof event.data === 'object' && event.data !== null && 'wants' in event.data && event.data.wants === name) asked.abort();
      };
      broadcast?.addEventListener('message', onMessage);
      let give: () => void = () => undefined;
      if (locks !== undefined) {
        const ask = (): void => broadcast?.postMessage({ wants: name });
        ask();
        // Again and again: whoever gets the lock before us may not have listened yet.
        const asking = setInterval(ask, ASK_AGAIN_MS);
        const held = new Promise<void>((resolve) => {
          give = resolve;
        });
        await new Promise<void>((resolve) => {
          const patience = AbortSignal.timeout(parts.waitMs ?? WAIT_MS);
          const callback = (): Promise<void> => {
            resolve();
            return held;
          };
          // Not getting the lock in time is no failure: the claim tells who holds the reader.
          locks.request(name, { signal: patience }, callback).catch(() => resolve());
        });
        clearInterval(asking);
      }
      return {
        asked: asked.signal,
        release: () => {
          broadcast?.removeEventListener('message', onMessage);
          give();
        },
      };
    },
    onHide: (listener) => {
      page?.addEventListener('pagehide', listener);
      return () => page?.removeEventListener('pagehide', listener);
    },
  };
}
