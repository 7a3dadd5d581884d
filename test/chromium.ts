import { type Browser, type BrowserContext, chromium } from 'playwright';

/** The distribution's Chromium: the only browser that anything here starts. */
export const CHROMIUM = '/usr/bin/chromium';

/** Quiet, and without the network of its own. Everything runs as root in a container, where the sandbox can't. */
export const FLAGS: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface ProfileOptions {
  /** Beside {@link FLAGS}. */
  readonly args?: readonly string[];
  /** A screen to show the browser on; headless without. */
  readonly display?: string;
  /** As people have it: no automation flag, extensions and apps allowed, the window's own size. */
  readonly ordinary?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Chromium with a profile folder: one context that keeps what it is told. */
export function launchProfile(profile: string, { args = [], display, ordinary = false, env = {} }: ProfileOptions = {}): Promise<BrowserContext> {
  const screen = display === undefined ? {} : { DISPLAY: display };
  return chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    // Playwright's own headless mode is another program: the flag is passed to this one.
    headless: false,
    args: [...(display === undefined ? ['--headless'] : []), ...FLAGS, ...args],
    ...(ordinary ? { ignoreDefaultArgs: ['--enable-automation', '--disable-extensions'], viewport: null } : {}),
    env: { ...process.env, ...env, ...screen },
  });
}

/** Chromium without a profile, headless. */
export function launchBrowser(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: [...FLAGS, ...args] });
}
