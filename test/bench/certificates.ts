import { atEachLevel, exceeds, type Reads } from './certificate-read.ts';
import { median } from './measure.ts';
import { fact, heading, ratio } from './report.ts';
import { existsSync } from 'node:fs';

const ROUNDS = 5;
const READS = 10;
const needed = ['/usr/sbin/pcscd', '/usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Linux/libccid.so', '/usr/bin/gcc'];

/** A certificate of 2 kB at each exchange level, beside libccid on the same bus. */
export async function benchCertificates(): Promise<void> {
  heading('A certificate of 2 kB: the driver in Chromium beside pcscd and libccid, twin readers on one emulated bus');
  const absent = needed.filter((file) => !existsSync(file));
  if (absent.length > 0 || process.getuid?.() !== 0) {
    fact(`skipped: ${absent.length > 0 ? `${absent.join(', ')} absent` : 'pcscd on a bus of its own needs root'}`);
    return;
  }
  await atEachLevel(async ({ level, driver, libccid }) => {
    await driver(2);
    await libccid(2);
    const runs: { readonly driver: Reads; readonly libccid: Reads }[] = [];
    for (let round = 0; round < ROUNDS; round++) runs.push({ driver: await driver(READS), libccid: await libccid(READS) });
    const last = runs.at(-1);
    if (last === undefined) throw new Error('nothing was measured');
    const each = (side: 'driver' | 'libccid'): string => {
      const { apdus, bulkOut, bulkIn } = last[side];
      const ms = median(runs.map((run) => run[side].ms)) / READS;
      return `${apdus / READS} commands, ${bulkOut / READS} + ${bulkIn / READS} transfers, ${ms.toFixed(2)} ms`;
    };
    const times = median(runs.map((run) => run.driver.ms)) / median(runs.map((run) => run.libccid.ms));
    fact(`${level.name.padEnd(14)} driver ${each('driver')}; libccid ${each('libccid')}; time ${times.toFixed(2)} x`);
    // A count does not depend on the machine: one too many fails.
    const over = exceeds(last.driver, last.libccid);
    ratio({ name: `${level.name}: kinds of exchange over libccid's count`, value: over.length, budget: 0, unit: '', note: over.join('; ') });
  });
  fact('The driver goes through WebUSB, a renderer and the browser process; libccid through libusb, pcscd and its socket.');
}
