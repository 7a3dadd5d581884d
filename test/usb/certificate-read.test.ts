import { describe, expect, it } from 'vitest';
import { atEachLevel, exceeds, LEVELS, OBJECT_BYTES, type Reads } from '../bench/certificate-read.ts';

/** Commands and transfers of one certificate of 2 kB; the times are the bench's business. */
describe('a certificate read by the driver in Chromium and over libccid, from twins of one reader', () => {
  it('never more commands or messages than libccid, at every level', async () => {
    const seen: Record<string, { readonly driver: Reads; readonly libccid: Reads }> = {};
    await atEachLevel(async ({ level, driver, libccid }) => {
      await driver(1);
      seen[level.name] = { driver: await driver(3), libccid: await libccid(3) };
      // Twice the work for one side must show.
      expect(exceeds(await driver(6), await libccid(3))).toHaveLength(3);
    });
    expect(Object.keys(seen)).toEqual(LEVELS.map(({ name }) => name));
    for (const [name, { driver, libccid }] of Object.entries(seen)) {
      expect([name, driver.bytes, libccid.bytes]).toEqual([name, 3 * OBJECT_BYTES, 3 * OBJECT_BYTES]);
      expect([name, exceeds(driver, libccid)]).toEqual([name, []]);
    }
    const counts = ({ apdus, bulkOut, bulkIn }: Reads): string => `${apdus} ${bulkOut} ${bulkIn}`;
    console.log(
      Object.entries(seen)
        .map(([name, both]) => `${name}: commands, bulk OUT, bulk IN of 3 reads: driver ${counts(both.driver)}, libccid ${counts(both.libccid)}`)
        .join('\n'),
    );
    // One extended command, or one of 256 bytes at a time.
    expect(seen['extended APDU']?.driver.apdus).toBe(3);
    expect(seen['short APDU']?.driver.apdus).toBe(27);
  });
});
