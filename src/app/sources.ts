import type { Trace } from '../codec/trace.ts';
import { keepClaimed, pageReleasePolicy } from '../channel/release-policy.ts';
import { createWebUsbSource } from '../channel/webusb-source.ts';
import type { ReaderSource } from '../channel/types.ts';
import { hostEnvironment, hostPage, hostUsb, type UsbEnvironment, type UsbHost } from '../usb/index.ts';

/** Makes the doors to readers that a flow uses; called once per flow with the place its trace goes to. */
export type OpenSources = (trace: Trace) => readonly ReaderSource[];

/** Where readers come from. Without anything: the browser's own WebUSB. */
export interface SourceOptions {
  /** Any object of WebUSB's shape instead of `navigator.usb`: a simulated one, Node's `usb` package. */
  readonly usb?: UsbHost;
  /** True when `usb` exists in software only: every screen that shows its readers says so. */
  readonly simulated?: boolean;
  /** Whole control over the doors; `usb` and `simulated` are then unused. */
  readonly openSources?: OpenSources;
}

/** A given WebUSB object answers for itself: the page's own limits do not apply to it. */
function environmentOf(usb: UsbHost | undefined): UsbEnvironment {
  const host = hostEnvironment();
  return usb === undefined ? host : { ...host, hasUsb: true, secureContext: true, usbAllowed: true };
}

/** The doors for these options, and what the page can do. */
export function sourcesFor(options: SourceOptions): { readonly openSources: OpenSources; readonly environment: UsbEnvironment } {
  const environment = environmentOf(options.usb);
  const { usb = hostUsb(), simulated = false } = options;
  return {
    environment,
    openSources:
      options.openSources ??
      ((trace) => {
        // The browser's readers are shared with the other pages of this origin; a given object is its giver's to share.
        const release = options.usb === undefined ? pageReleasePolicy(hostPage('web-minidriver')) : keepClaimed;
        return [createWebUsbSource({ usb, environment, simulated, trace, release })];
      }),
  };
}
