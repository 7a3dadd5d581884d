import type { UsbHost } from './host.ts';
import type { Platform, UsbEnvironment } from './verdict.ts';

/** What of a page's or worker's global scope matters here; everything may be missing. */
interface Scope {
  readonly navigator?: {
    readonly usb?: UsbHost;
    readonly userAgentData?: { readonly platform?: string; readonly brands?: readonly { readonly brand: string; readonly version: string }[] };
    readonly userAgent?: string;
    readonly smartCard?: object;
    readonly locks?: LockManager;
  };
  readonly window?: Window;
  readonly WorkerGlobalScope?: unknown;
  readonly BroadcastChannel?: new (name: string) => BroadcastChannel;
  readonly document?: {
    readonly permissionsPolicy?: { allowsFeature(name: string): boolean };
    readonly featurePolicy?: { allowsFeature(name: string): boolean };
  };
  readonly location?: { readonly protocol?: string };
  readonly isSecureContext?: boolean;
  readonly crossOriginIsolated?: boolean;
}

/** The browser's own `navigator.usb`, or undefined where there is none. The only place that names it. */
export function hostUsb(scope: object = globalThis): UsbHost | undefined {
  return (scope as Scope).navigator?.usb;
}

/** True where a browser's page or worker runs; false in a script of Node's. */
function inBrowser({ window: page, WorkerGlobalScope: worker }: Scope): boolean {
  return page !== undefined || worker !== undefined;
}

/** What the browser says of itself and of this page. Where there is no page, there is none that could be insecure. */
export function hostEnvironment(scope: object = globalThis): UsbEnvironment {
  const { navigator, document, location, isSecureContext, crossOriginIsolated } = scope as Scope;
  const policy = document?.permissionsPolicy ?? document?.featurePolicy;
  return {
    hasUsb: navigator?.usb !== undefined,
    secureContext: isSecureContext ?? !inBrowser(scope),
    usbAllowed: policy?.allowsFeature('usb') ?? true,
    isolatedApp: location?.protocol === 'isolated-app:',
    crossOriginIsolated: crossOriginIsolated ?? false,
    platform: platformOf(navigator?.userAgentData?.platform ?? navigator?.userAgent ?? ''),
  };
}

/** What a page or worker has for sharing a reader with the others of its origin; a script outside a browser has none of it. */
export interface HostPage {
  readonly locks?: LockManager;
  readonly broadcast?: BroadcastChannel;
  readonly page?: Window;
}

/**
 * Web Locks, a channel of that name to the other pages and workers, and the window that tells when the page goes. Nothing tells a worker, but
 * its lock and its devices go with it.
 */
export function hostPage(channelName: string, scope: object = globalThis): HostPage {
  const { navigator, window: page, BroadcastChannel: Channel } = scope as Scope;
  if (!inBrowser(scope)) return {};
  return {
    ...(page === undefined ? {} : { page }),
    ...(navigator?.locks === undefined ? {} : { locks: navigator.locks }),
    ...(Channel === undefined ? {} : { broadcast: new Channel(channelName) }),
  };
}

function platformOf(text: string): Platform {
  if (/android/i.test(text)) return 'android';
  if (/windows/i.test(text)) return 'windows';
  if (/cros|chrome ?os|chromium os/i.test(text)) return 'chromeos';
  if (/mac/i.test(text)) return 'macos';
  return /linux/i.test(text) ? 'linux' : 'unknown';
}

/** What a diagnosis wants to know besides. */
export interface HostFacts {
  /** Name and version as the browser gives them, 'Chromium 156'; undefined where it gives none. */
  readonly browser?: string;
  /** True where the Web Smart Card API exists. */
  readonly hasSmartCard: boolean;
}

/** Facts about the browser that no access verdict depends on. */
export function hostFacts(scope: object = globalThis): HostFacts {
  const { navigator } = scope as Scope;
  const brands = navigator?.userAgentData?.brands?.filter(({ brand }) => !/not.?a.?brand/i.test(brand)) ?? [];
  const browser =
    brands.length > 0
      ? brands.map(({ brand, version }) => `${brand} ${version}`).join(', ')
      : /(?:Firefox|Edg|OPR|Chrom(?:e|ium)|Version|Node\.js)\/[\d.]+/
          .exec(navigator?.userAgent ?? '')?.[0]
          .replace('Version/', 'Safari/')
          .replace('/', ' ');
  return { ...(browser === undefined ? {} : { browser: browser.slice(0, 200) }), hasSmartCard: navigator?.smartCard !== undefined };
}
