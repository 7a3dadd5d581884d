import { createSimulatedReader } from '../../src/simulator/reader/index.ts';
import { ToyCard } from '../unit/simulator/reader/toy-card.ts';
import { startLab } from '../usb/lab.ts';
import { bundle, serve } from './browser.ts';
import { heading, ratio } from './report.ts';

/** `transmit` against a hand-written loop on the same reader in the same page. */
export async function benchTransmit(): Promise<void> {
  heading('One exchange, real Chromium on the emulated bus');
  const server = await serve(await bundle('transmit.ts'));
  const reader = createSimulatedReader({ productName: 'Bench', productId: 0x0fff, interfaceClass: 0xff, cards: [new ToyCard()] });
  const { vendorId, productId, serialNumber } = reader.device.options;
  const lab = await startLab({ grants: { [new URL(server.url).origin]: [{ vendorId, productId, serialNumber: serialNumber ?? '' }] } });
  try {
    lab.bus.plug('1-1', reader.device);
    const page = await lab.open(server.url);
    await page.waitForFunction(() => typeof window.benchTransmit === 'function');
    const [byHand, transmit] = await page.evaluate(() => window.benchTransmit());
    if (byHand === undefined || transmit === undefined) throw new Error('nothing was measured');
    ratio({
      name: 'transmit / hand-written loop (IN queued before OUT)',
      value: transmit.medianMs / byHand.medianMs,
      budget: 1.15,
      note: `${byHand.medianMs.toFixed(3)} ms by hand, ${transmit.medianMs.toFixed(3)} ms transmit`,
    });
  } finally {
    await lab.close();
    server.close();
  }
}
