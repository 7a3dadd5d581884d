import { describe, expect, it } from 'vitest';
import type { ChannelError } from '../../src/channel/index.ts';
import { bench, withCard } from './driver-setup.ts';
import { outcome, pattern, SUITE_READERS, suiteCases, suiteReader } from './exchange-suite.ts';

describe('the exchange suite: every level and protocol, every size, every APDU case', () => {
  it.each(SUITE_READERS.map((reader) => [reader.name, reader] as const))('%s', async (_name, reader) => {
    const { reader: driven, simulated } = await bench(suiteReader(reader));
    if (reader.fault !== undefined) simulated.fault(reader.fault);
    const wrong: string[] = [];
    await withCard(driven, async (channel) => {
      for (const each of suiteCases(reader)) {
        const answer = await channel
          .transaction((card) => card.transmit(each.command))
          .catch((error: unknown) => `${(error as ChannelError).layer} ${(error as ChannelError).reason}`);
        const came = outcome(each, answer);
        if (came !== 'right') wrong.push(`${each.name}: ${came}`);
      }
    });
    expect(wrong).toEqual([]);
    expect(simulated.journal.commands.filter((command) => !command.answered)).toEqual([]);
  });

  it('the comparison can fail', () => {
    const [first] = SUITE_READERS;
    const each = first === undefined ? undefined : suiteCases(first)[1];
    if (each === undefined) throw new Error('no case');
    expect(outcome(each, each.answer)).toBe('right');
    expect(outcome(each, pattern(each.answer.length, 1))).toMatch(/^wrong/);
  });
});
