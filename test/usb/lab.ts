import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright';
import { launchProfile } from '../chromium.ts';
import { Bus } from './bus.ts';
import { shimLibrary } from './shim.ts';

/**
 * Origin of every Isolated Web App here. In developer mode an id of the proxy kind may be chosen freely: 35 octets in base32,
 * the last three 00 00 02.
 */
export const IWA_ORIGIN: string = `isolated-app://${'a'.repeat(51)}aaaac`;

/** A device that an origin may use without the chooser. A stored permission needs a serial number. */
export interface Grant {
  readonly vendorId: number;
  readonly productId: number;
  readonly serialNumber: string;
}

export interface LabOptions {
  /** Permissions by origin, there from the first start. */
  readonly grants?: Readonly<Record<string, readonly Grant[]>>;
  /** Screen to show the browser on, for the real device chooser; headless without. */
  readonly display?: string;
  readonly args?: readonly string[];
}

export interface Lab {
  readonly bus: Bus;
  readonly context: BrowserContext;
  /** Installs the Isolated Web App that `proxyOrigin` serves, and opens a page of it. */
  installIwa(proxyOrigin: string): Promise<void>;
  open(url: string): Promise<Page>;
  close(): Promise<void>;
}

/** Chromium keeps WebUSB permissions in the profile's preferences. */
function seedGrants(profile: string, grants: Readonly<Record<string, readonly Grant[]>>): void {
  const exceptions: Record<string, unknown> = {};
  for (const [origin, devices] of Object.entries(grants)) {
    const objects = devices.map((device) => ({
      name: 'reader',
      'vendor-id': device.vendorId,
      'product-id': device.productId,
      'serial-number': device.serialNumber,
    }));
    exceptions[`${origin},*`] = { last_modified: '13400000000000000', setting: { 'chosen-objects': objects } };
  }
  mkdirSync(path.join(profile, 'Default'), { recursive: true });
  writeFileSync(
    path.join(profile, 'Default', 'Preferences'),
    JSON.stringify({ profile: { content_settings: { exceptions: { usb_chooser_data: exceptions } } } }),
  );
}

/** A bus in a folder of its own. */
export async function startBus(): Promise<Bus & AsyncDisposable> {
  const folder = mkdtempSync(path.join(tmpdir(), 'wm-bus-'));
  const bus = await Bus.open(folder);
  return Object.assign(bus, {
    [Symbol.asyncDispose]: async () => {
      bus.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

/** The distribution's Chromium with a fresh profile on an emulated USB bus. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const folder = mkdtempSync(path.join(tmpdir(), 'wm-lab-'));
  const profile = path.join(folder, 'profile');
  seedGrants(profile, options.grants ?? {});
  const bus = await Bus.open(folder);
  const context = await launchProfile(profile, {
    ordinary: true,
    args: ['--enable-features=IsolatedWebApps,IsolatedWebAppDevMode', ...(options.args ?? [])],
    env: { LD_PRELOAD: shimLibrary(), FAKEUSB_DIR: bus.folder, FAKEUSB_SOCK: bus.socketPath },
    ...(options.display === undefined ? {} : { display: options.display }),
  });
  return {
    bus,
    context,
    installIwa: async (proxyOrigin) => {
      const browser = context.browser();
      if (browser === null) throw new Error('the browser has no control connection');
      const session = await browser.newBrowserCDPSession();
      await session.send('PWA.install', { manifestId: `${IWA_ORIGIN}/`, installUrlOrBundleUrl: `${proxyOrigin}/` });
      await session.detach();
    },
    open: async (url) => {
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
    close: async () => {
      await context.close();
      bus.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
