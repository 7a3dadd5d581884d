import { type OpenSources, sourcesFor } from '../../src/app/sources.ts';
import type { UsbHost } from '../../src/usb/index.ts';

/** The doors of the pages: the browser's own, and the simulated bench, whose readers are labelled wherever they appear. */
export function pageSources(bench: UsbHost): OpenSources {
  const real = sourcesFor({});
  const simulated = sourcesFor({ usb: bench, simulated: true });
  return (trace) => [...real.openSources(trace), ...simulated.openSources(trace)];
}
