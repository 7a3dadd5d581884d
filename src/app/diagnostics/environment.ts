import { environmentVerdict, hostEnvironment, hostFacts, type Platform, type UsbEnvironment } from '../../usb/index.ts';
import type { EnvironmentFact, EnvironmentFactKey } from './state.ts';

const PLATFORM_NAMES: Readonly<Record<Platform, string | undefined>> = {
  windows: 'Windows',
  macos: 'macOS',
  linux: 'Linux',
  chromeos: 'ChromeOS',
  android: 'Android',
  unknown: undefined,
};

/** The empty module: magic and version (WebAssembly core 1, 5.5.16). Compiling it fails where a policy forbids WebAssembly. */
const EMPTY_MODULE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

interface Scope {
  readonly WebAssembly?: { readonly Module: new (source: Uint8Array<ArrayBuffer>) => object };
  readonly crypto?: { readonly subtle?: object };
}

function compiles({ WebAssembly: engine }: Scope): boolean {
  if (engine === undefined) return false;
  try {
    return new engine.Module(EMPTY_MODULE) instanceof Object;
  } catch {
    return false;
  }
}

function fact(key: EnvironmentFactKey, yes: boolean): EnvironmentFact {
  return { key, state: yes ? 'yes' : 'no' };
}

function told(key: EnvironmentFactKey, value: string | undefined): EnvironmentFact {
  return value === undefined ? { key, state: 'unknown' } : { key, state: 'yes', value };
}

/** The facts about browser and page, in reading order. `scope` stands for the page's global scope. */
export function environmentFacts(scope: object = globalThis): readonly EnvironmentFact[] {
  const usb = hostEnvironment(scope);
  const { browser, hasSmartCard } = hostFacts(scope);
  return [
    told('browser', browser),
    told('operating-system', PLATFORM_NAMES[usb.platform]),
    fact('secure-context', usb.secureContext),
    fact('webusb', usb.hasUsb),
    fact('usb-allowed-by-policy', usb.usbAllowed),
    fact('isolated-web-app', usb.isolatedApp),
    fact('cross-origin-isolated', usb.crossOriginIsolated),
    fact('web-smart-card', hasSmartCard),
    fact('web-assembly', compiles(scope)),
    fact('web-crypto', (scope as Scope).crypto?.subtle !== undefined),
  ];
}

/** Whether the browser can be asked for a reader from here. */
export function chooserReachable(environment: UsbEnvironment): boolean {
  return environmentVerdict(environment) === undefined;
}
